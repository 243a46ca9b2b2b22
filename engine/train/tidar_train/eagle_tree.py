"""Trees of an EAGLE-3 head's drafts, grown as EAGLE-2 does (Li et al., arXiv 2406.16858), and what a target accepts of them.

A node is a token behind its parent's. Its confidence is the product of the head's probabilities along its path. Level by level the head continues the
`width` most confident nodes of the level, `width` likeliest tokens each; of all that were proposed, the most confident `nodes` are checked by the target in one
pass. By teacher forcing, all passes of an answer at once: what the head proposes behind a wrong token matters, too, because it competes for places.
n: passes that could start in an answer, w: width, C: tokens of prompt and answer, m: proposals of a tree.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .eagle import Head, after, before, fuse, join_own, unroll
from .flex import dense_prefix_attention
from .lm import Weights, dense_attention, rotary
from .model import Config, rms_norm
from .slots import END_OF_TEXT, TURN_END
from .tnfe import Answer


@dataclass
class Proposals:
    """Of every pass: confidence [n, m], logarithms; follows bool [n, m]: the path is the text's; level int [m], from 1."""

    confidence: np.ndarray
    follows: np.ndarray
    level: np.ndarray

    def accepted(self, nodes: int) -> np.ndarray:
        """Drafts that each pass accepts of the most confident `nodes`: [n]. Ties go to what was proposed first."""
        chosen = np.argsort(-self.confidence, axis=1, kind="stable")[:, :nodes]
        right = np.take_along_axis(self.follows, chosen, 1)
        return (self.level[chosen] * right).max(1)


@torch.no_grad()
def propose(target: Weights, config: Config, head: Head, states: tuple, a: Answer, width: int, depth: int) -> Proposals:
    """states: of speculate_eagle3.target_pass over the answer."""
    _, tapped, slots = states
    C = len(a.tokens)
    at = torch.arange(a.prompt - 1, C - 1, device=tapped.device)[None]
    n, w = at.shape[1], width
    features = fuse(head, tapped, config)
    seen = slots.dense()[:, :, at[0]]
    first = unroll(head, config, target.emb, features, slots, at, 1, dense_attention(slots), None)[0]  # [1, n, d]
    _, k0, v0 = before(features, F.embedding(slots.tokens.roll(-1, 1), target.emb), head.ne, head.nx, head.qkv[0], *rotary(slots.positions, config), config)
    rest = (head.o[0], head.n2, head.gu[0], head.down[0], config)
    text = F.pad(slots.tokens[0], (0, depth + 1), value=-1)
    behind = at[0, :, None] + 1  # the token that the pass is sure of
    wide = lambda t: t.repeat_interleave(w, -2)  # [1, n, d] -> [1, n w, d]

    def children(state: Tensor):
        """The w likeliest tokens behind each state [1, q, d]: their logarithms and themselves, [q, w]."""
        return (rms_norm(state[0], head.nf, config.norm_eps) @ target.emb.T).float().log_softmax(-1).topk(w, -1)

    confidence, token = children(first)
    follows = token == text[behind + 1]
    found = [(confidence, follows, 1)]
    feature, own = wide(first), []
    prefix = seen.repeat_interleave(w, 2)
    for level in range(1, depth):
        flat = token.reshape(1, n * w)
        positions = wide(slots.positions[:, at[0], None])[..., 0] + level
        q, k, v = before(feature, F.embedding(flat, target.emb), head.ne, head.nx, head.qkv[0], *rotary(positions, config), config)
        own.append((k, v))
        state = after(feature, join_own(q, *dense_prefix_attention(q, k0, v0, prefix), own), *rest)
        chance, proposed = (t.view(n, w, w) for t in children(state))
        chance = confidence[..., None] + chance
        right = follows[..., None] & (proposed == text[behind + 1 + level][..., None])
        confidence, best = chance.flatten(1).topk(w, -1)
        found.append((chance.flatten(1), right.flatten(1), level + 1))
        parent = best // w
        token, follows = proposed.flatten(1).gather(1, best), right.flatten(1).gather(1, best)
        index = (parent + w * torch.arange(n, device=parent.device)[:, None]).flatten()
        feature = state[:, index]
        own = [(keys[:, :, index], values[:, :, index]) for keys, values in own]  # each node's own ancestors
    levels = np.concatenate([np.full(x.shape[1], level) for x, _, level in found])
    return Proposals(torch.cat([x for x, *_ in found], 1).cpu().numpy(), torch.cat([x for _, x, _ in found], 1).cpu().numpy(), levels)


def tree_passes(accepted: np.ndarray) -> int:
    """Passes of an answer whose pass at token s accepts accepted[s] drafts."""
    s = count = 0
    while s < len(accepted):
        s, count = s + 1 + int(accepted[s]), count + 1
    return count


@torch.no_grad()
def decode(target: Weights, config: Config, head: Head, taps, prompt: list[int], width: int, depth: int, nodes: int, limit: int) -> tuple[list[int], list[int]]:
    """The real loop, greedy, without caches: every node's path is a plain causal text of the head's, every accepted path is the target's own choice.
    Returns (answer, tokens written by each pass)."""
    from .speculate_eagle3 import head_state, target_pass

    def verify(tokens):
        states, tapped, _ = target_pass(target, config, tokens, taps)
        return (states[0] @ target.emb.T).argmax(-1).tolist(), fuse(head, tapped[0], config)

    def grow(text: list[int], features: Tensor) -> list[tuple[int, ...]]:
        """Paths of the most confident nodes."""
        beam, proposed = [((), 0.0, features)], []
        for _ in range(depth):
            grown = []
            for path, sure, known in beam:
                state = head_state(head, config, target.emb, known, [*text[1:], *path])
                log_p = (rms_norm(state, head.nf, config.norm_eps) @ target.emb.T).float().log_softmax(-1)
                more = torch.cat((known, state[None]))
                grown += [((*path, int(t)), sure + float(p), more) for p, t in zip(*log_p.topk(width))]
            proposed += grown
            beam = sorted(grown, key=lambda x: -x[1])[:width]
        return [path for path, _, _ in sorted(proposed, key=lambda x: -x[1])[:nodes]]

    text, lengths = list(prompt), []
    choices, features = verify(text)
    while len(text) - len(prompt) < limit:
        block = [choices[-1]]
        tree = set(grow(text + block, features))
        while True:  # one pass of the target checks all paths; here those that it takes, one token after the other
            choices, features = verify(text + block)
            if (*block[1:], choices[-1]) not in tree:
                break
            block.append(choices[-1])
        written = block[: limit - (len(text) - len(prompt))]
        ends = [i for i, t in enumerate(written) if t in (TURN_END, END_OF_TEXT)]
        written = written[: ends[0] + 1] if ends else written
        text += written
        lengths.append(len(written))
        if ends:
            break
    return text[len(prompt) :], lengths
