"""Stage `train eagle3`: a drafting head for the text half of a frozen model, as served, trained on chains of its own states.

Loss of a chain: at each step the cross-entropy against the target's distribution behind the text so far, weighted fade^step. Chains begin
at positions drawn from the answers; the rows that they rest on are those of the whole text.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from .corpus import Rows
from .eagle import Head, after, before, fuse, head_tensors, unroll
from .flex import Attention, PrefixAttention
from .lm import Weights, hidden, served
from .loss import head_loss
from .model import Config, rms_norm
from .slots import clean_slots
from .trainer import Plan, Trainer, draw_positions, pick, settled


@dataclass(frozen=True)
class EaglePlan(Plan):
    """taps: layers of the target from 0, () for eagle.usual_taps. chains: a row and step. further: steps of a chain beyond its first. fade:
    weight of each step as a factor of the one before (the authors' code: 0.8)."""

    rows: int = 24
    lr: float = 2e-3
    taps: tuple[int, ...] = ()
    chains: int = 256
    further: int = 6
    fade: float = 0.8


class EagleTrainer(Trainer):
    FIGURES = ("loss", "agreement", "place1", "place2", "place3", "tokens_a_pass")

    def __init__(self, head: Head, taps: tuple[int, ...], target: Weights, config: Config, rows: Rows, plan: EaglePlan, device,
                 say=lambda *a, **b: None):  # fmt: skip
        if max(taps) >= config.layers:
            raise ValueError(f"taps {taps}: the target has the layers 0 to {config.layers - 1}")
        super().__init__(head, config, served(target), config, rows, plan, device, say)
        self.taps = taps
        wrap = (lambda f: torch.compile(f, dynamic=False)) if self.gpu else (lambda f: f)
        self.before, self.after, self.fuse = wrap(before), wrap(after), wrap(fuse)
        self.attention = self.prefix_attention = None

    def checkpoint(self, masters: Head) -> dict[str, Tensor]:
        return head_tensors(settled(masters), self.taps)

    def losses(self, rows: Rows) -> tuple[Tensor, Tensor]:
        p, c, steps = self.plan, self.config, 1 + self.plan.further
        clean = clean_slots(rows.tokens, rows.first.int(), rows.shared.int())
        C = clean.tokens.shape[1]
        starts = draw_positions(rows, p.chains, self.generator).sort(-1).values  # what step 0 predicts; sorted: neighbours share documents
        at = (starts - 2).clamp(min=0)
        if self.attention is None:
            self.attention, self.prefix_attention = Attention(clean), PrefixAttention(clean, at)
            # On a GPU FlexAttention outside of a compiled layer is compiled by itself; its masks keep their addresses.
            self.text_attention = torch.compile(self.attention.attend, dynamic=False) if self.gpu else None
        attend, attend_prefix = self.attention.update(clean), self.prefix_attention.update(clean, at)
        with torch.no_grad():
            teacher, taps = hidden(self.teacher, clean, C, attend, c, self.layer, self.taps)
        features = self.fuse(self.working, taps, c)
        states = unroll(self.working, c, self.teacher.emb, features, clean, at, steps, self.text_attention or attend, attend_prefix, self.before, self.after)

        target = torch.stack([starts + s for s in range(steps)])  # [steps, B, n]
        inside = target.clamp(max=C - 1)
        of = lambda values, index: torch.stack([values.gather(1, i) for i in index])
        document = rows.first.gather(1, starts)
        valid = (target < C) & of(rows.answer, inside) & (of(rows.first, inside) == document) & (rows.first.gather(1, at) == document)
        factor = p.fade ** torch.arange(steps, device=self.device)
        weight = valid * (factor / factor.sum() / valid.sum((1, 2)).clamp(min=1))[:, None, None]
        normed = rms_norm(torch.stack(states), self.working.nf, c.norm_eps).flatten(0, 2)
        none = torch.zeros(weight.numel(), device=self.device)
        loss, figures = head_loss(
            normed, self.teacher.emb, torch.cat([pick(teacher, i - 1) for i in inside]), self.teacher.emb,
            of(clean.tokens, inside).flatten().long(), weight.flatten(), none, none > 0, gradients=self.gradients,
        )  # fmt: skip
        return loss, self._figures(loss, figures, valid, rows.greedy.gather(1, starts))

    @torch.no_grad()
    def _figures(self, loss: Tensor, figures: Tensor, valid: Tensor, greedy: Tensor) -> Tensor:
        """agreement: with the target's first choice, over all steps; place i: at the i-th step; tokens_a_pass: 1 + drafts that are the
        text's tokens in a row, on greedy text. valid [steps, B, n], greedy [B, n]."""
        same, text = (figures[:, i].view(valid.shape) * valid for i in (3, 2))
        greedy = greedy & valid[0]
        place = [same[min(s, len(same) - 1)].sum() / valid[min(s, len(same) - 1)].sum().clamp(min=1) for s in range(3)]
        passes = 1 + (text.cumprod(0).sum(0) * greedy).sum() / greedy.sum().clamp(min=1)
        return torch.stack([loss.detach(), same.sum() / valid.sum().clamp(min=1), *place, passes])
