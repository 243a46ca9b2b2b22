"""Optimisers over the stacked float32 weights, and the learning rate's course."""

import math

import torch
from torch import Tensor


def schedule(step: int, steps: int, warmup: int, decay: float) -> float:
    """Factor of the peak rate: linear warm-up, constant, then a cosine to 0 over the last `decay` share of the steps."""
    if step < warmup:
        return (step + 1) / warmup
    start = steps * (1 - decay)
    return 1.0 if step < start else 0.5 * (1 + math.cos(math.pi * (step - start) / max(1.0, steps - start)))


def orthogonal(g: Tensor, iterations: int = 5) -> Tensor:
    """Approximately the nearest semi-orthogonal matrices to g [N, m, n], by the quintic Newton-Schulz iteration of
    Jordan et al., Muon (kellerjordan.github.io/posts/muon), in bfloat16."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = g.bfloat16()
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(iterations):
        s = x @ x.mT
        x = a * x + (b * s + c * s @ s) @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised, for stacks of matrices [N, m, n]. `splits` cuts a stack's rows into the matrices that it
    joins. Updates have the size of Adam's: 0.2 sqrt(max(m, n)) (Liu et al., Moonlight, arXiv 2502.16982)."""

    def __init__(self, params, lr: float, momentum: float = 0.95, splits: dict[Tensor, list[int]] | None = None):
        super().__init__(params, dict(lr=lr, momentum=momentum))
        self.splits = splits or {}

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state.setdefault(p, {})
                buffer = state.setdefault("momentum", torch.zeros_like(p))
                buffer.lerp_(p.grad, 1 - group["momentum"])
                nesterov = p.grad.lerp(buffer, group["momentum"])
                for rows, weight in zip(nesterov.split(self.splits.get(p, [p.shape[1]]), 1), p.split(self.splits.get(p, [p.shape[1]]), 1)):
                    weight.add_(orthogonal(rows).float(), alpha=-group["lr"] * 0.2 * math.sqrt(max(rows.shape[1:])))
