"""Which slot sees which: every mask of this package, as three intervals a slot.

A row is a list of `clean` slots (text, causal) followed by mask slots, cut into blocks. Slot i sees slot j where
    j < shared[i]               the prefix that the row's chat documents share (system prompt), or
    first[i] <= j <= last[i]    its own document: up to itself, or, for a mask, up to its block's start, or
    block[i] <= j < block[i] + size[i]     the masks of its own block, both ways.
So every condition is looked up by the seeing slot alone, which keeps FlexAttention's inner loop short.
B: batch, S: slots of a row, C: clean slots, M = S - C: mask slots, k: block size, P: length of the shared prefix.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

MASK = 16  # `<empty_output>`, never used by the base model
END_OF_TEXT, TURN_START, TURN_END = 0, 1, 2


@dataclass
class Slots:
    """A batch of rows. All tensors are integer, [B, S], of one type: int32 where speed matters."""

    tokens: Tensor
    positions: Tensor
    shared: Tensor
    first: Tensor
    last: Tensor
    block: Tensor
    size: Tensor

    FIELDS = ("tokens", "positions", "shared", "first", "last", "block", "size")

    def copy_(self, other: "Slots") -> None:
        """Overwrites this batch in place (compiled kernels keep their addresses)."""
        for name in self.FIELDS:
            getattr(self, name).copy_(getattr(other, name))

    def clone(self) -> "Slots":
        return Slots(*(getattr(self, name).clone() for name in self.FIELDS))

    def rule(self):
        """The mask as FlexAttention's mask_mod (batch, head, seeing slot, seen slot) -> bool; index tensors broadcast."""
        shared, first, last, block, size = self.shared, self.first, self.last, self.block, self.size

        def sees(b, h, q, kv):
            start = block[b, q]
            in_document = (first[b, q] <= kv) & (kv <= last[b, q])
            return (kv < shared[b, q]) | in_document | ((start <= kv) & (kv < start + size[b, q]))

        return sees

    def dense(self) -> Tensor:
        """The mask as bool [B, 1, S, S], True where the row's slot sees the column's."""
        B, S = self.tokens.shape
        index = torch.arange(S, device=self.tokens.device)
        b = torch.arange(B, device=self.tokens.device)[:, None, None]
        return self.rule()(b, 0, index[None, :, None], index[None, None, :])[:, None]


def clean_slots(tokens: Tensor, first: Tensor, shared: Tensor) -> Slots:
    """Causal rows. tokens [B, C]; first [B, C]: the index at which the slot's document begins in the row;
    shared [B, C]: P where the document continues the row's prefix, else 0. Padding is its own document."""
    index = torch.arange(tokens.shape[1], device=tokens.device, dtype=tokens.dtype).expand_as(tokens)
    zero = torch.zeros_like(tokens)
    return Slots(tokens, index - first + shared, shared, first, index, zero, zero)


def canvas_slots(tokens: Tensor, first: Tensor) -> Slots:
    """Rows in which every slot sees its whole document, both ways. tokens [B, C]; first [B, C]: where the slot's document begins."""
    index = torch.arange(tokens.shape[1], device=tokens.device, dtype=tokens.dtype).expand_as(tokens)
    last = torch.searchsorted(first.contiguous(), first.contiguous(), right=True).to(tokens.dtype) - 1  # first never falls along a row
    zero = torch.zeros_like(tokens)
    return Slots(tokens, index - first, zero, first, last, zero, zero)


def with_blocks(clean: Slots, after: Tensor, k: int) -> Slots:
    """Appends blocks of k masks. after int [B, n]: index of the clean slot behind which each block stands; its masks
    take the positions that follow, and see what that slot sees, and their own block."""
    B, C = clean.tokens.shape
    n = after.shape[1]
    dtype = clean.tokens.dtype
    per_block = lambda field: field.gather(1, after).repeat_interleave(k, 1)  # [B, n] -> [B, n * k]
    offset = torch.arange(k, device=after.device).repeat(n)
    block = C + k * torch.arange(n, device=after.device).repeat_interleave(k)
    masks = Slots(
        tokens=torch.full((B, n * k), MASK, dtype=dtype, device=after.device),
        positions=(per_block(clean.positions) + 1 + offset).to(dtype),
        shared=per_block(clean.shared),
        first=per_block(clean.first),
        last=after.repeat_interleave(k, 1).to(dtype),
        block=block.to(dtype).expand(B, -1),
        size=torch.full((B, n * k), k, dtype=dtype, device=after.device),
    )
    return Slots(*(torch.cat((getattr(clean, f), getattr(masks, f)), 1) for f in Slots.FIELDS))


def decode_slots(prefix: list[int], drafts: list[int], k: int, device="cpu") -> Slots:
    """One TiDAR pass without a cache, as a single row: prefix, drafts (causal), then block j = 1..len(drafts) of k masks,
    which sees the prefix, drafts 1..j and itself. Without drafts, one block behind the prefix: the prefill."""
    tokens = torch.tensor([prefix + drafts], device=device)
    zero = torch.zeros_like(tokens)
    behind = range(len(prefix), len(prefix) + len(drafts)) if drafts else [len(prefix) - 1]
    return with_blocks(clean_slots(tokens, zero, zero), torch.tensor([list(behind)], device=device), k)
