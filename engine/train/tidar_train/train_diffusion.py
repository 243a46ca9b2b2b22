"""Stage `train diffusion`: a mask predictor. Nie et al., LLaDA (arXiv 2502.09992), algorithm 2, on the answers of chats:

t ~ U(0, 1) for every document; each token of the answer is masked with probability t; the prompt never is; every slot sees the whole
document, both ways; the loss is the masked tokens' cross-entropy weighted 1/t, over all of the answer's tokens. With `shift` (Ye et al., Dream, arXiv
2508.15487) the state at slot i predicts the token at i + 1, as in the AR weights that it starts from; without, the one at i.

An answer that ends is followed by END_OF_TEXT up to a length drawn anew for each document, at most `canvas`, because a canvas has a fixed length before
anything is written on it. Documents carry the whole chat prefix: it sees the canvas, too.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .adapter import Adapter, adapter_tensors, applied
from .corpus import Corpus, Rows, pack
from .flex import Attention
from .lm import Tensors, Weights, embed_common, hidden, served, unstack
from .loss import CHUNK, head_loss
from .model import Config
from .slots import END_OF_TEXT, MASK, TURN_END, canvas_slots
from .trainer import Plan, Trainer, settled

EPSILON = 1e-3  # the least t, as in the authors' code


@dataclass(frozen=True)
class DiffusionPlan(Plan):
    """rank: of an adapter on the frozen weights, 0 to train all of them. shift: see above. canvas: an answer's tokens and padding at most."""

    rows: int = 24
    lr: float = 8e-4
    rank: int = 0
    shift: bool = True
    canvas: int = 256


def canvases(corpus: Corpus, most: int, seed: int) -> Corpus:
    """The corpus with END_OF_TEXT behind every answer that ends: answer and padding have a length drawn evenly from the answer's own to `most`."""
    answer = corpus.length - corpus.prompt
    ends = corpus.tokens[np.cumsum(corpus.length) - 1] == TURN_END
    room = np.where(ends, np.maximum(0, most - answer), 0)
    added = np.random.default_rng(seed).integers(0, room + 1)
    padding = np.full(most, END_OF_TEXT, np.uint16)
    tokens = [part for document, n in zip(corpus.documents(), added) for part in (document, padding[:n])]
    return Corpus(corpus.length + added, corpus.prompt, corpus.tenths, np.concatenate(tokens))


def canvas_rows(corpus: Corpus, prefix: list[int], C: int, plan: DiffusionPlan) -> Rows:
    """Packed rows of whole documents, nothing shared."""
    return pack(canvases(corpus, plan.canvas, plan.seed), [], C, plan.seed)


def shift_of(tensors: dict[str, Tensor]) -> bool:
    """Whether a diffusion checkpoint reads a mask one slot before its place. Raises ValueError where it does not say."""
    if "shift" not in tensors:
        raise ValueError("the checkpoint is no diffusion model: it does not say whether its masks are shifted; train one with `train diffusion`")
    return bool(tensors["shift"][0])


class DiffusionTrainer(Trainer):
    FIGURES = ("loss", "right", "right_few_masked", "right_many_masked")

    def __init__(self, weights: Tensors, shared: Weights, config: Config, rows: Rows, plan: DiffusionPlan, device, say=lambda *a, **b: None):
        self.adapted = isinstance(weights, Adapter)
        super().__init__(weights, config, served(shared) if self.adapted else shared, config, rows, plan, device, say)
        self.attention = None

    def _optimisers(self):
        if not self.adapted:
            return super()._optimisers()
        p = self.plan
        return [torch.optim.AdamW([t for _, t in self.masters.items()], lr=p.lr, betas=(0.9, 0.95), weight_decay=p.weight_decay, fused=self.gpu)]

    def checkpoint(self, masters: Tensors) -> dict[str, Tensor]:
        tensors = adapter_tensors(masters) if self.adapted else unstack(settled(masters), self.config)
        return tensors | {"shift": torch.tensor([float(self.plan.shift)])}

    def losses(self, rows: Rows) -> tuple[Tensor, Tensor]:
        p = self.plan
        B, C = rows.tokens.shape
        first = rows.first.int()
        draw = lambda: torch.rand(B, C, device=self.device, generator=self.generator)
        t = EPSILON + (1 - EPSILON) * draw().gather(1, first.long())  # one a document
        masked = rows.answer & (draw() < t)
        slots = canvas_slots(torch.where(masked, MASK, rows.tokens), first)
        if self.attention is None:
            self.attention = Attention(slots)
        model = applied(self.working, self.teacher) if self.adapted else self.working
        states = hidden(model, slots, C, self.attention.update(slots), self.config, self.layer, embed=embed_common)
        # Masked slots first, in whole chunks: others among them weigh nothing.
        n = min(B * C, -(-max(1, int(masked.sum())) // CHUNK) * CHUNK)
        index = masked.flatten().int().argsort(descending=True, stable=True)[:n]
        seen, level = masked.flatten()[index], t.flatten()[index]
        one = torch.ones(n, device=self.device)
        loss, figures = head_loss(
            states.flatten(0, 1)[(index - int(p.shift)).clamp(min=0)], model.emb, None, None, rows.tokens.flatten()[index].long(),
            seen / level / rows.answer.sum().clamp(min=1), one, one < 0, gradients=self.gradients,
        )  # fmt: skip
        share = lambda which: (figures[:, 2] * which).sum() / which.sum().clamp(min=1)
        return loss, torch.stack((loss.detach(), share(seen), share(seen & (level < 0.5)), share(seen & (level >= 0.5))))
