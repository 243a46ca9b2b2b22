"""Attention under masks that change every step: FlexAttention over static buffers on a GPU, dense on a CPU."""

import torch
from torch import Tensor

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


class PrefixAttention:
    """Queries that stand behind drawn slots of a row of C clean slots, over what those slots see of it: n of them a row.

    attend(q [B, h, n, c], k, v [B, g, C, c]) -> (output [B, h, n, c], logarithm of the softmax's denominator [B, h, n], float32), both
    with gradients, so that further keys can join the softmax afterwards.
    """

    def __init__(self, clean: Slots, at: Tensor):
        C, n = clean.tokens.shape[1], at.shape[1]
        self.bounds = self._bounds(clean, at)
        self.flex = at.is_cuda
        shared, first, last = self.bounds

        def sees(b, h, q, kv):
            return (kv < shared[b, q]) | ((first[b, q] <= kv) & (kv <= last[b, q]))

        if not self.flex:
            row = torch.arange(len(at))[:, None, None]
            self._mask = lambda: sees(row, 0, torch.arange(n)[None, :, None], torch.arange(C)[None, None, :])[:, None]
            return
        from torch.nn.attention.flex_attention import AuxRequest, create_block_mask, flex_attention

        make = torch.compile(create_block_mask, dynamic=False)
        self._make = lambda: make(sees, len(at), None, n, C, device="cuda")
        self.mask = mask = self._make()
        kernel = torch.compile(flex_attention, dynamic=False)

        def attend(q, k, v):
            out, aux = kernel(q, k, v, block_mask=mask, enable_gqa=True, return_aux=AuxRequest(lse=True))
            return out, aux.lse

        self.attend = attend

    @staticmethod
    def _bounds(clean: Slots, at: Tensor) -> list[Tensor]:
        return [*(getattr(clean, name).gather(1, at).clone() for name in ("shared", "first")), at.to(clean.first.dtype).clone()]

    def update(self, clean: Slots, at: Tensor):
        """Takes the slots at [B, n] to stand behind; returns attend."""
        for old, new in zip(self.bounds, self._bounds(clean, at)):
            old.copy_(new)
        if not self.flex:
            mask = self._mask()
            return lambda q, k, v: dense_prefix_attention(q, k, v, mask)
        new = self._make()
        for name in Attention.TENSORS:
            getattr(self.mask, name).copy_(getattr(new, name))
        return self.attend


def dense_prefix_attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """As PrefixAttention's attend, under mask bool [B, 1, n, C]; memory grows with n C."""
    k, v = (t.repeat_interleave(q.shape[1] // t.shape[1], 1) for t in (k, v))
    scores = (q.float() @ k.float().mT * q.shape[-1] ** -0.5).masked_fill(~mask, float("-inf"))
    return (scores.softmax(-1) @ v.float()).to(q.dtype), scores.logsumexp(-1)
