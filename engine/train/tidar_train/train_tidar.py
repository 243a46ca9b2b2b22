"""Stage `train tidar`: from a checkpoint towards a model that drafts a block of tokens in the pass that verifies the last.

A row holds C clean tokens and M masks, in blocks of k behind positions drawn anew each time. Two losses:
    AR         the text half against the distribution stored with the corpus or the frozen base's, at positions drawn from the answers
    diffusion  the masks against the token and a distribution there: the base's, or the one of the model's own text half
after Liu et al., TiDAR (arXiv 2511.08923).
"""

import random
from dataclasses import dataclass

import torch
from torch import Tensor

from .corpus import Rows
from .flex import Attention
from .lm import Weights, hidden
from .loss import head_loss, stored_head_loss
from .model import Config
from .slots import Slots, clean_slots, with_blocks
from .stored import Stored
from .trainer import Plan, Trainer, draw_positions, pick


@dataclass(frozen=True)
class TidarPlan(Plan):
    """masks: M. blocks: (k, share of steps); the first size is reported. hard: share of the diffusion loss against the token.
    first, fade: weight of place 0 in a block (its prediction goes unused when AR is trusted), and the factor from each place
    to the next. reach: see chunk_gradients. own: the diffusion loss follows the model's own text half, which is what verifies drafts, and not
    the base; the text half gets no gradient from it."""

    masks: int = 2048
    blocks: tuple[tuple[int, float], ...] = ((8, 0.7), (16, 0.15), (4, 0.15))
    hard: float = 0.5
    first: float = 0.25
    fade: float = 0.9
    reach: float = 0.5
    own: bool = False
    ar_weight: float = 1.0


@dataclass
class Batch:
    """slots: rows with blocks. clean: their text half alone. ar_at [B, a]: slots whose next token the AR loss asks for.
    target [B, M]: clean index that each mask predicts; valid [B, M]: it is an answer's token of the same document.
    greedy [B, C]: the slot's document was decoded at temperature 0."""

    slots: Slots
    clean: Slots
    ar_at: Tensor
    target: Tensor
    valid: Tensor
    greedy: Tensor


def draw(rows: Rows, masks: int, ar: int, k: int, generator: torch.Generator) -> Batch:
    """Draws block starts and AR positions among the answers' tokens."""
    C = rows.tokens.shape[1]
    clean = clean_slots(rows.tokens, rows.first.int(), rows.shared.int())
    starts = draw_positions(rows, masks // k, generator).sort(-1).values  # sorted: neighbours share documents
    after = starts - 1
    target = (starts[..., None] + torch.arange(k, device=starts.device)).flatten(1)
    inside = target.clamp(max=C - 1)
    document = lambda index: rows.first.gather(1, index)
    valid = (target < C) & rows.answer.gather(1, inside) & (document(inside) == document(after.repeat_interleave(k, 1)))
    ar_at = draw_positions(rows, ar, generator) - 1
    return Batch(with_blocks(clean, after, k), clean, ar_at, inside, valid, rows.greedy)


class TidarTrainer(Trainer):
    FIGURES = ("ar", "ar_agreement", "diffusion", "place1", "place2", "place3", "tokens_a_pass")

    def __init__(self, weights: Weights, teacher: Weights | None, config: Config, rows: Rows, plan: TidarPlan, device, say=lambda *a, **b: None,
                 stored: Stored | None = None):  # fmt: skip
        super().__init__(weights, config, teacher, config, rows, plan, device, say, stored)
        self.sizes = self._sizes()
        self.student_attention = self.teacher_attention = None

    def _sizes(self):
        """Block sizes of the steps: each once, to compile it; then by chance, the same on all ranks."""
        sizes, shares = zip(*self.plan.blocks)
        yield from sizes
        choose = random.Random(self.plan.seed)
        while True:
            yield choose.choices(sizes, shares)[0]

    def losses(self, rows: Rows) -> tuple[Tensor, Tensor | None]:
        p, c, k = self.plan, self.config, next(self.sizes)
        batch = draw(rows, p.masks, p.ar, k, self.generator)
        C = batch.clean.tokens.shape[1]
        if self.student_attention is None:
            self.student_attention, self.teacher_attention = Attention(batch.slots), Attention(batch.clean) if self.stored is None else None
        states = hidden(self.working, batch.slots, C, self.student_attention.update(batch.slots), c, self.layer)
        teacher = None
        if self.stored is None:
            with torch.no_grad():
                teacher = hidden(self.teacher, batch.clean, C, self.teacher_attention.update(batch.clean), c, self.layer)
            ar, ar_figures = self.next_token_loss(states[:, :C], teacher, batch.clean, batch.ar_at, batch.greedy)
        else:
            ar, ar_figures = self.stored_next_token_loss(states[:, :C], rows, batch.ar_at)
        diffusion, figures = self.diffusion_loss(states, teacher, rows, batch, k)
        reported = None if k != p.blocks[0][0] else self._figures(ar, diffusion, ar_figures, figures, batch, k)
        return p.ar_weight * ar + diffusion, reported

    def diffusion_loss(self, states: Tensor, teacher: Tensor | None, rows: Rows, batch: Batch, k: int) -> tuple[Tensor, Tensor]:
        """Of the masks: (loss, statistics as in loss.chunk_gradients). states [B, C + M, d]; teacher [B, C, d], None where its distribution is stored."""
        p, C = self.plan, batch.clean.tokens.shape[1]
        place = torch.arange(k, device=self.device)
        base = torch.where(place == 0, p.first, p.fade ** (place - 1.0))
        weight = ((base * k / base.sum()).repeat(p.masks // k) * batch.valid).flatten() / batch.valid.sum()
        masks, token = states[:, C:].flatten(0, 1), batch.clean.tokens.gather(1, batch.target).flatten().long()
        hard = torch.full((weight.numel(),), p.hard, device=self.device)
        if self.stored is not None and not p.own:
            target = self.stored.at(rows.source.gather(1, batch.target).flatten())
            return stored_head_loss(masks, self.working.emb, target, token, weight * target.weight(p.penalty), hard,
                                    target.forced(p.penalty), k, p.reach, self.stored_gradients)  # fmt: skip
        verifier, head = (states.detach(), self.working.emb.detach()) if p.own else (teacher, self.teacher.emb)
        penalised = batch.greedy.gather(1, batch.target).flatten() & (not p.own)
        return head_loss(masks, self.working.emb, pick(verifier, batch.target - 1), head, token, weight, hard, penalised, k, p.reach,
                         gradients=self.gradients)  # fmt: skip

    @torch.no_grad()
    def _figures(self, ar, diffusion, ar_figures, figures, batch: Batch, k: int) -> Tensor:
        """FIGURES of one step. place i: how often the mask's first choice is the token, or, with `own`, the text half's first choice.
        tokens_a_pass: 1 + drafts 2..k right in a row, on greedy text."""
        valid = batch.valid.view(-1, k)
        right = figures[:, 3 if self.plan.own else 2].view(-1, k) * valid
        greedy = (batch.greedy.gather(1, batch.target).view(-1, k) & valid)[:, 0]
        share = lambda i: right[:, i].sum() / valid[:, i].sum()
        passes = 1 + (right[:, 1:].cumprod(-1).sum(-1) * greedy).sum() / greedy.sum().clamp(min=1)
        return torch.stack([ar.detach(), ar_figures[:, 3].mean(), diffusion.detach(), share(1), share(2), share(3), passes])
