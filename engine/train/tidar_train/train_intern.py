"""Stage `train intern`: a small model that writes as the target would, to draft for it in classic speculative decoding.

The same tokenizer, an architecture of its own. Loss: cross-entropy against the target's distribution (as served, 4-bit linears) at
positions drawn from the answers; Zhou et al., DistillSpec, arXiv 2310.08461, find it better than the text's tokens.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from .corpus import Rows
from .flex import Attention
from .lm import Weights, hidden, random_weights, served
from .model import Config
from .slots import clean_slots
from .stored import Stored
from .trainer import Plan, Trainer, draw_positions


@dataclass(frozen=True)
class InternPlan(Plan):
    """hard: share of the loss against the text's token."""

    rows: int = 24
    ar: int = 680
    lr: float = 2e-3
    hard: float = 0.0


def begin(target: Weights, config: Config, seed: int) -> Weights:
    """Random layers below the target's own table of embeddings, cut to its `config.width` strongest directions: logits and neighbours
    of words are there from the first step. Raises ValueError where the vocabularies differ."""
    if target.emb.shape[0] != config.vocabulary:
        raise ValueError(f"the target has {target.emb.shape[0]} tokens, the intern {config.vocabulary}")
    weights = random_weights(config, seed)
    table = target.emb.float()
    _, directions = torch.linalg.eigh(table.T @ table)  # ascending
    weights.emb = (table @ directions[:, -config.width :]).contiguous()
    weights.nf = weights.nf / (config.width**0.5 * weights.emb.square().mean().sqrt())  # logits of size 1: no word is sure yet
    calm = (2 * config.layers) ** -0.5  # the residual stream grows no faster than in a model of one layer
    weights.o, weights.down = weights.o * calm, weights.down * calm
    return weights


class InternTrainer(Trainer):
    FIGURES = ("loss", "agreement", "greedy_agreement")

    def __init__(self, weights: Weights, config: Config, target: Weights | None, target_config: Config, rows: Rows, plan: InternPlan,
                 device, say=lambda *a, **b: None, stored: Stored | None = None):  # fmt: skip
        super().__init__(weights, config, None if target is None else served(target), target_config, rows, plan, device, say, stored)
        self.attention = None

    def losses(self, rows: Rows) -> tuple[Tensor, Tensor]:
        clean = clean_slots(rows.tokens, rows.first.int(), rows.shared.int())
        C = clean.tokens.shape[1]
        if self.attention is None:
            self.attention = Attention(clean)
        attend = self.attention.update(clean)
        states = hidden(self.working, clean, C, attend, self.config, self.layer)
        at = draw_positions(rows, self.plan.ar, self.generator) - 1
        if self.stored is None:
            with torch.no_grad():
                target = hidden(self.teacher, clean, C, attend, self.teacher_config, self.layer)
            loss, figures = self.next_token_loss(states, target, clean, at, rows.greedy, self.plan.hard)
        else:
            loss, figures = self.stored_next_token_loss(states, rows, at, self.plan.hard)
        same, greedy = figures[:, 3], rows.greedy.gather(1, at + 1).flatten()
        return loss, torch.stack((loss.detach(), same.mean(), (same * greedy).sum() / greedy.sum().clamp(min=1)))
