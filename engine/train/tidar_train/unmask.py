"""Filling a canvas of masks, greedily: the reference of engine/decode's llada and dream, for many prompts at once.

Every pass predicts all masks of the part being filled and keeps the surest, ceil(m / r) of the m masks left with r passes left; ties from
left to right. B: prompts, L: canvas, V: vocabulary.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from .slots import MASK


@dataclass(frozen=True)
class Order:
    """block: tokens of a part (0: the canvas is one); measure: how sure a prediction is, 'probability' of the likeliest token or 'entropy'."""

    block: int
    measure: str


def llada(block: int) -> Order:
    """Low-confidence remasking in blocks (LLaDA, algorithm 5)."""
    return Order(block, "probability")


DREAM = Order(0, "entropy")


def share(masks: int, passes: int) -> int:
    """How many to fill now so that none are left after `passes` passes, this one included."""
    return -(-masks // passes)


def confidence(logits: Tensor, measure: str) -> Tensor:
    """[..., V] -> [...]: the likeliest token's probability, or the sum of p log p."""
    log_p = logits.float().log_softmax(-1)
    if measure == "probability":
        return log_p.amax(-1).exp()
    if measure == "entropy":
        return (log_p.exp() * log_p).nan_to_num(0.0).sum(-1)
    raise ValueError(f"measure is {measure!r}; use 'probability' or 'entropy'")


@torch.no_grad()
def fill(predict: Callable[[Tensor, Tensor], Tensor], B: int, L: int, per_pass: int, order: Order, end: int, device="cpu") -> list[tuple[list[int], int]]:
    """For each prompt its answer, up to the first end token of a finished part, and the passes that it took.

    predict(canvas [B, L], places [B, m]) -> logits [B, m, V] of the tokens at those places.
    """
    canvas = torch.full((B, L), MASK, device=device)
    open_ = torch.ones(B, L, dtype=torch.bool, device=device)
    answers: list[tuple[list[int], int] | None] = [None] * B
    passes = 0
    block = order.block or L
    for start in range(0, L, block):
        stop = min(L, start + block)
        for left in range(share(stop - start, per_pass), 0, -1):
            places = open_[:, start:stop].nonzero()[:, 1].view(B, -1) + start  # from left to right; as many in every row
            logits = predict(canvas, places)
            surest = confidence(logits, order.measure).sort(dim=-1, descending=True, stable=True).indices[:, : share(places.shape[1], left)]
            chosen = places.gather(1, surest)
            canvas.scatter_(1, chosen, logits.argmax(-1).gather(1, surest))
            open_.scatter_(1, chosen, False)
            passes += 1
        for i, part in enumerate(canvas[:, start:stop].tolist()):
            if answers[i] is None and end in part:
                answers[i] = (canvas[i, : start + part.index(end) + 1].tolist(), passes)
        if all(answers):
            break
    return [a or (canvas[i].tolist(), passes) for i, a in enumerate(answers)]
