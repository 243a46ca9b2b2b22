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
    """A batch of rows. All tensors are integer, [B, S]."""

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

    def sees(self, b, h, q, kv):
        """FlexAttention's mask_mod; also valid for index tensors that broadcast."""
        block = self.block[b, q]
        return (
            (kv < self.shared[b, q])
            | ((self.first[b, q] <= kv) & (kv <= self.last[b, q]))
            | ((block <= kv) & (kv < block + self.size[b, q]))
        )

    def dense(self) -> Tensor:
        """The mask as bool [B, 1, S, S], True where the row's slot sees the column's."""
        B, S = self.tokens.shape
        index = torch.arange(S, device=self.tokens.device)
        b = torch.arange(B, device=self.tokens.device)[:, None, None]
        return self.sees(b, 0, index[None, :, None], index[None, None, :])[:, None]


def clean_slots(tokens: Tensor, first: Tensor, shared: Tensor) -> Slots:
    """Causal rows. tokens [B, C]; first [B, C]: the index at which the slot's document begins in the row;
    shared [B, C]: P where the document continues the row's prefix, else 0. Padding is its own document."""
    index = torch.arange(tokens.shape[1], device=tokens.device).expand_as(tokens)
    zero = torch.zeros_like(tokens)
    return Slots(tokens, index - first + shared, shared, first, index, zero, zero)


def with_blocks(clean: Slots, starts: Tensor, k: int) -> Slots:
    """Appends one block of k masks for every start. starts [B, n]: index of the clean slot that the block's first
    mask predicts; the block sees its document before that slot, and itself."""
    B, C = clean.tokens.shape
    n = starts.shape[1]
    per_block = lambda field: field.gather(1, starts).repeat_interleave(k, 1)  # [B, n] -> [B, n * k]
    offset = torch.arange(k, device=starts.device).repeat(n)
    block = C + torch.arange(n, device=starts.device).repeat_interleave(k)[None] * k
    masks = Slots(
        tokens=torch.full((B, n * k), MASK, dtype=clean.tokens.dtype, device=starts.device),
        positions=per_block(clean.positions) + offset,
        shared=per_block(clean.shared),
        first=per_block(clean.first),
        last=starts.repeat_interleave(k, 1) - 1,
        block=block.expand(B, -1).to(clean.tokens.dtype),
        size=torch.full((B, n * k), k, dtype=clean.tokens.dtype, device=starts.device),
    )
    return Slots(*(torch.cat((getattr(clean, f), getattr(masks, f)), 1) for f in Slots.FIELDS))


def decode_slots(prefix: list[int], drafts: list[int], device="cpu") -> Slots:
    """One TiDAR pass without a cache: prefix, then the k drafts (causal), then block j = 1..k of k masks each, which
    sees the prefix, drafts 1..j and itself. One row; slot order as in the engine: drafts, then blocks."""
    n, k = len(prefix), len(drafts)
    tokens = torch.tensor([prefix + drafts], device=device)
    zero = torch.zeros_like(tokens)
    clean = clean_slots(tokens, zero, zero)
    # Block j's first mask stands at position n + j, one past draft j; a slot of that index need not exist.
    starts = torch.arange(n + 1, n + k + 1, device=device)[None]
    padded = Slots(*(torch.nn.functional.pad(getattr(clean, f), (0, 1)) for f in Slots.FIELDS))
    padded.positions[:, -1] = n + k
    slots = with_blocks(padded, starts, k)
    keep = torch.cat((torch.arange(n + k), torch.arange(n + k + 1, n + k + 1 + k * k))).to(device)
    out = Slots(*(getattr(slots, f)[:, keep] for f in Slots.FIELDS))
    out.block = torch.where(out.block > 0, out.block - 1, 0)
    return out
