"""Attention under masks that change every step: FlexAttention over static buffers on a GPU, dense on a CPU."""

import torch

from .lm import dense_attention
from .slots import Slots


class Attention:
    """One shape of batch. Kernels are compiled once, because the masks they read keep their addresses."""

    def __init__(self, slots: Slots):
        self.slots = slots.clone()
        self.flex = slots.tokens.is_cuda
        if not self.flex:
            return
        from torch.nn.attention.flex_attention import create_block_mask, flex_attention

        B, S = slots.tokens.shape
        rule = self.slots.rule()
        make = torch.compile(create_block_mask, dynamic=False)
        self._make = lambda: make(rule, B, None, S, S, device="cuda")
        self.mask = self._make()
        mask = self.mask
        self.attend = lambda q, k, v: flex_attention(q, k, v, block_mask=mask, enable_gqa=True)

    TENSORS = ("kv_num_blocks", "kv_indices", "full_kv_num_blocks", "full_kv_indices",
               "q_num_blocks", "q_indices", "full_q_num_blocks", "full_q_indices")  # fmt: skip

    def update(self, slots: Slots):
        """Takes the step's masks; returns attend(q, k, v)."""
        self.slots.copy_(slots)
        if not self.flex:
            return dense_attention(self.slots)
        new = self._make()
        for name in self.TENSORS:
            getattr(self.mask, name).copy_(getattr(new, name))
        return self.attend
