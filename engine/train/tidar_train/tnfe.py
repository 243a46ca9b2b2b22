"""Tokens a pass (T/NFE) of an answer: by teacher forcing over all block starts, and by the real loop.

Decoding with trust AR writes exactly what the AR half alone writes, so the AR answer is sampled first; then blocks
behind every position of it tell what would have been drafted there. A pass that starts at token s writes it (draft 1,
the AR half's own) and drafts s+1, s+2, ... up to the first that is refused. On text sampled from p a draft drawn from q
is accepted with chance min(1, q(x) / p(x)), x being the token that the text has there (Leviathan et al. 2023, read
backwards); greedily that is 1 or 0.
"""

import heapq
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .corpus import DISTINCT
from .lm import Weights, dense_attention, hidden
from .model import Config
from .slots import END_OF_TEXT, MASK, TURN_END, Slots, clean_slots, decode_slots


@dataclass
class Answer:
    """tokens: prompt and answer; prompt: its length; kind: of the prompt; distinct: share of distinct 4-grams."""

    tokens: list[int]
    prompt: int
    kind: str
    distinct: float

    @property
    def loops(self) -> bool:
        return self.distinct < DISTINCT

    @property
    def written(self) -> list[int]:
        """The answer alone."""
        return self.tokens[self.prompt :]


@dataclass
class Drafts:
    """For the passes that may start at the answer's tokens s = 0..n-1: chance [n, k-1] that draft i = 2..k is accepted
    once the earlier ones are, 0 beyond the answer's end; top (probability, token) [n, k-1, 8] of those places."""

    chance: np.ndarray
    top_p: np.ndarray
    top: np.ndarray


class Recorder:
    """Attention that keeps each layer's keys and values, and then lends them to slots that come after."""

    def __init__(self, attend):
        self.attend, self.kept = attend, []

    def record(self, q, k, v):
        self.kept.append((k, v))
        return self.attend(q, k, v)

    def behind(self, bias):
        """attend for [n, h, q, c] slots that see the kept ones under bias [n, 1, q, kept + q]; once through the layers."""
        kept = iter(self.kept)

        def attend(q, k, v):
            keys, values = (torch.cat((old.expand(len(q), -1, -1, -1), new), 2) for old, new in zip(next(kept), (k, v)))
            return F.scaled_dot_product_attention(q, keys, values, bias, enable_gqa=True)

        return attend


@torch.no_grad()
def block_states(weights: Weights, config: Config, tokens: list[int], starts: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """States of the text [C, d], and of blocks of k masks that would be drafted at positions `starts` [n]: [n, k, d].

    The mask is that of slots.with_blocks; the text is computed once, and every block is a row of a batch behind it.
    """
    device = weights.emb.device
    text = torch.tensor([tokens], device=device)
    zero = torch.zeros_like(text)
    slots = clean_slots(text, zero, zero)
    recorder = Recorder(dense_attention(slots))
    clean = hidden(weights, slots, len(tokens), recorder.record, config)
    n = len(starts)
    blank = torch.zeros(n, k, dtype=torch.long, device=device)
    masks = Slots(blank + MASK, starts[:, None] + torch.arange(k, device=device), *(blank,) * 5)
    sees = torch.arange(len(tokens) + k, device=device)
    sees = (sees < starts[:, None]) | (sees >= len(tokens))  # [n, C + k]
    bias = sees[:, None, None].expand(-1, 1, k, -1)
    return clean[0], hidden(weights, masks, 0, recorder.behind(bias), config)


@torch.no_grad()
def drafts(weights: Weights, config: Config, a: Answer, k: int, temperature: float) -> Drafts:
    """Teacher forcing: blocks of k at every position of the answer."""
    device = weights.emb.device
    n = len(a.tokens) - a.prompt
    place = torch.arange(n, device=device)
    clean, states = block_states(weights, config, a.tokens, a.prompt + place, k)
    text = F.pad(torch.tensor(a.tokens, device=device), (0, k), value=-1)
    later = place[:, None] + torch.arange(1, k, device=device)  # [n, k-1]
    target = text[a.prompt + later]
    known = target >= 0
    logits = (states[:, 1:] @ weights.emb.T).float()  # [n, k-1, V]
    p, best = logits.softmax(-1).topk(min(8, logits.shape[-1]))
    if temperature == 0:
        chance = (best[..., 0] == target).float()
    else:
        q = (logits / temperature).log_softmax(-1).gather(-1, target.clamp(min=0)[..., None])[..., 0]
        ar = (clean[a.prompt - 1 : -1] @ weights.emb.T).float() / temperature  # row i predicts answer token i
        ar = ar.log_softmax(-1).gather(-1, text[a.prompt : len(a.tokens), None])[:, 0]
        chance = (q - F.pad(ar, (0, k))[later]).exp().clamp(max=1)
    return Drafts((chance * known).cpu().numpy(), p.cpu().numpy(), torch.where(known[..., None], best, -1).cpu().numpy())


def passes(chance: np.ndarray) -> tuple[float, np.ndarray]:
    """Expected number of passes for an answer, and of passes that write 1..k tokens [k]. chance as in Drafts."""
    n, k = len(chance), chance.shape[1] + 1
    visits = np.zeros(n + k)
    visits[0] = 1.0
    counts = np.zeros(k)
    for s in range(n):
        reach = visits[s]
        for j in range(1, min(k, n - s) + 1):
            go_on = chance[s, j - 1] if j < k and s + j < n else 0.0
            counts[j - 1] += reach * (1 - go_on)
            visits[s + j] += reach * (1 - go_on)
            reach *= go_on
    return float(visits[:n].sum()), counts


def tree_passes(d: Drafts, text: list[int], nodes: int) -> int:
    """Passes with a tree of `nodes` candidates below draft 1, chosen each step by the product of the block's own
    probabilities (best first, 8 a place), greedily. text: the answer's tokens."""
    n, places = len(text), d.top.shape[1]
    s = count = 0
    while s < n:
        count += 1
        # Best first: a heap of (-probability, place, follows the text so far).
        heap, accepted, taken = [(-1.0, 0, True)], 0, -1
        while heap and taken < nodes:
            chance, place, follows = heapq.heappop(heap)
            taken += 1
            if follows:
                accepted = max(accepted, place)
            if place < places and s + place + 1 < n:
                for p, token in zip(d.top_p[s, place], d.top[s, place]):
                    heapq.heappush(heap, (chance * float(p), place + 1, follows and int(token) == text[s + place + 1]))
        s += 1 + accepted
    return count


@torch.no_grad()
def decode(weights: Weights, config: Config, prompt: list[int], k: int, limit: int) -> tuple[list[int], list[int]]:
    """The real loop: greedy, trust AR, each pass recomputed without a cache. Returns (answer, tokens written by each pass)."""

    def run(prefix, drafted):
        slots = decode_slots(prefix, drafted, k, weights.emb.device)
        states = hidden(weights, slots, len(prefix) + len(drafted), dense_attention(slots), config)
        return (states[0, len(prefix) - 1 :] @ weights.emb.T).argmax(-1).tolist()

    text = list(prompt)
    out = run(text, [])
    block = [out[0]] + out[2 : 1 + k]  # draft 1 from the AR half
    lengths = []
    while len(text) - len(prompt) < limit:
        out = run(text, block)
        accepted = 1
        while accepted < k and block[accepted] == out[accepted]:  # out[i]: the AR half's choice behind draft i
            accepted += 1
        written = block[:accepted][: limit - (len(text) - len(prompt))]
        ends = [i for i, t in enumerate(written) if t in (TURN_END, END_OF_TEXT)]
        written = written[: ends[0] + 1] if ends else written
        text += written
        lengths.append(len(written))
        if ends:
            break
        masks = 1 + k + (accepted - 1) * k  # block `accepted` in out: 1 prefix state, k drafts, then blocks of k
        block = [out[accepted]] + out[masks + 1 : masks + k]
    return text[len(prompt) :], lengths
