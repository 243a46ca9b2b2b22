"""Stage `evaluate-eagle3`: what a target accepts of the chains that its EAGLE-3 head drafts. Counted as speculate.py does: a pass
writes the token that the pass before chose, and the drafts that are accepted; gamma drafts stand beside a block of k = gamma + 1.

By teacher forcing: a pass that starts at token s of the answer drafts from row s - 2 of the text (see eagle.py), and its chain matters only
as long as it is the text, so one unrolling over all rows tells the verdict on every draft that could be asked for.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .eagle import Head, after, before, fuse, unroll
from .eagle_tree import propose, tree_passes
from .evaluate import answers, loops, summary
from .flex import dense_prefix_attention
from .lm import Weights, dense_attention, hidden, rotary
from .model import Config, rms_norm
from .slots import END_OF_TEXT, TURN_END, clean_slots
from .speculate import by_place, served_bytes
from .tnfe import Answer, passes


def head_bytes(head: Head, vocabulary: int) -> int:
    """Of the weights that a pass of the head reads as served: its linears in 4 bits (without fc, which only the text's rows need, it would be
    less), and so many rows of the target's table in 8, each with scales."""
    linears = sum(getattr(head, name).numel() for name in Head.LINEARS)
    return linears * 18 // 32 + vocabulary * head.nf.numel() * 34 // 32


def own_bytes(head: Head) -> int:
    """Of the head alone, as downloaded: linears in 4 bits, norms in float16."""
    return head_bytes(head, 0) + sum(2 * t.numel() for name, t in head.items() if name not in Head.LINEARS)


def target_pass(target: Weights, config: Config, tokens: list[int], taps: tuple[int, ...]):
    """(states [1, C, d], taps [1, C, t d], slots) of a text."""
    text = torch.tensor([tokens], device=target.emb.device)
    zero = torch.zeros_like(text)
    slots = clean_slots(text, zero, zero)
    states, tapped = hidden(target, slots, len(tokens), dense_attention(slots), config, taps=taps)
    return states, tapped, slots


@torch.no_grad()
def acceptance(target: Weights, config: Config, head: Head, taps: tuple[int, ...], a: Answer, gamma: int, temperature: float,
               vocabulary: int = 0) -> np.ndarray:  # fmt: skip
    """tnfe.Drafts.chance of chains of `gamma` drafts: [n, gamma], row s for the pass that starts at the answer's token s; place i: the chance
    that draft i + 1 is accepted once all before it are. vocabulary: drafts are among so many first tokens alone (0: all)."""
    states, tapped, slots = target_pass(target, config, a.tokens, taps)
    n, C = len(a.written), len(a.tokens)
    at = torch.arange(a.prompt - 1, C - 1, device=states.device)[None]
    mask = slots.dense()[:, :, at[0]]
    chain = unroll(head, config, target.emb, fuse(head, tapped, config), slots, at, gamma, dense_attention(slots),
                   lambda q, k, v: dense_prefix_attention(q, k, v, mask))  # fmt: skip
    table = target.emb[: vocabulary or None]
    text, chance = slots.tokens[0], np.zeros((n, gamma))
    for i, state in enumerate(chain):
        known = n - 1 - i  # passes whose draft i + 1 lies in the answer
        if known <= 0:
            break
        drafted = rms_norm(state[0, :known], head.nf, config.norm_eps) @ table.T
        token = text[a.prompt + 1 + i :, None]
        if temperature == 0:
            chance[:known, i] = (drafted.argmax(-1) == token[:, 0]).cpu().numpy()
            continue
        log = lambda z: (z.float() / temperature).log_softmax(-1)
        q = F.pad(log(drafted), (0, len(target.emb) - len(table)), value=float("-inf")).gather(-1, token)
        p = log(states[0, a.prompt + i : C - 1] @ target.emb.T).gather(-1, token)
        chance[:known, i] = (q - p).exp().clamp(max=1)[:, 0].cpu().numpy()
    return chance


def run(target: Weights, config: Config, heads: dict[str, Head], taps: tuple[int, ...], tokenizer, prompts, *, limit: int, gammas: list[int],
        temperatures: list[float], vocabularies: list[int], real_loops: int, trees: tuple[int, ...] = (), width: int = 8,
        save=lambda result: None) -> dict:  # fmt: skip
    """As JSON's types: {"loops", "cost": by bytes, "drafts": {head's precision: {"temperature T": {"gamma G" or "gamma G, vocabulary V": summary, with
    "acceptance", and, greedily, "tree N": summary of trees of N drafts (eagle_tree.py), as deep as the longest chain}}}, "real_loop"}. The target, as
    served, answers. vocabularies: 0 for all tokens. save(result) is called whenever a part is done."""
    first, *_ = heads.values()
    sizes = [min(v or config.vocabulary, config.vocabulary) for v in vocabularies]
    costs = {str(size): {"head_bytes": head_bytes(first, size), "ratio": round(head_bytes(first, size) / served_bytes(config), 4)} for size in sizes}
    result = {"cost": {"own_bytes": own_bytes(first), "target_bytes": served_bytes(config), "vocabulary": costs}, "taps": list(taps),
              "drafts": {name: {} for name in heads}, "real_loop": []}  # fmt: skip
    for temperature in temperatures:
        items = answers(target, config, tokenizer, prompts, limit, temperature)
        if temperature == 0:
            result["loops"] = loops(items)
            for a in items[:: max(1, len(items) // real_loops)][:real_loops] if real_loops else []:
                result["real_loop"].append(compare_loop(target, config, first, taps, a, max(gammas), limit))
        for name, head in heads.items():
            found = result["drafts"][name].setdefault(f"temperature {temperature:g}", {})
            for size in vocabularies:
                chances = [acceptance(target, config, head, taps, a, max(gammas), temperature, size) for a in items]
                for gamma in gammas:
                    entry = summary(items, [passes(x[:, :gamma]) for x in chances])
                    entry["acceptance"] = by_place(entry["tokens_a_pass_histogram"])
                    found[f"gamma {gamma}" + (f", vocabulary {size}" if size else "")] = entry
                save(result)
        # After all chains, because they take longer.
        for name, head in heads.items() if temperature == 0 and trees else ():
            grown = [propose(target, config, head, target_pass(target, config, a.tokens, taps), a, width, max(gammas)) for a in items]
            for nodes in trees:
                entry = summary(items, [(tree_passes(x.accepted(nodes)), np.zeros(1)) for x in grown])
                del entry["tokens_a_pass_histogram"]
                found = result["drafts"][name][f"temperature {temperature:g}"]
                found[f"tree {nodes}"] = {"slots": 1 + nodes, "head_passes": max(gammas), "width": width, **entry}
            save(result)
    return result


def compare_loop(target: Weights, config: Config, head: Head, taps, a: Answer, gamma: int, limit: int) -> dict:
    """The real loop beside teacher forcing, for one greedy answer."""
    text, lengths = decode(target, config, head, taps, a.tokens[: a.prompt], gamma, limit)
    forced, _ = passes(acceptance(target, config, head, taps, a, gamma, 0.0))
    return {"same_text": text == a.written, "passes": len(lengths), "passes_by_teacher_forcing": forced}


@torch.no_grad()
def head_state(head: Head, config: Config, emb: Tensor, features: Tensor, tokens: list[int]) -> Tensor:
    """The head's state [d] behind its last row, as a plain causal layer: row i joins features[i] [r, d] and tokens[i], at position i."""
    r = len(tokens)
    token = F.embedding(torch.tensor([tokens], device=emb.device), emb)
    angles = rotary(torch.arange(r, device=emb.device)[None], config)
    q, k, v = before(features[None], token, head.ne, head.nx, head.qkv[0], *angles, config)
    attended = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
    return after(features[None], attended, head.o[0], head.n2, head.gu[0], head.down[0], config)[0, -1]


@torch.no_grad()
def decode(target: Weights, config: Config, head: Head, taps: tuple[int, ...], prompt: list[int], gamma: int, limit: int,
           vocabulary: int = 0) -> tuple[list[int], list[int]]:  # fmt: skip
    """The real loop, greedy, without caches. Returns (answer, tokens written by each pass). vocabulary: as of acceptance."""

    def verify(tokens):
        states, tapped, _ = target_pass(target, config, tokens, taps)
        return (states[0] @ target.emb.T).argmax(-1).tolist(), fuse(head, tapped[0], config)

    text, lengths = list(prompt), []
    choices, features = verify(text)
    first = choices[-1]
    while len(text) - len(prompt) < limit:
        block, known = [first], features[: len(text)]
        for _ in range(gamma):
            state = head_state(head, config, target.emb, known, (text + block)[1:])
            block.append(int((rms_norm(state, head.nf, config.norm_eps) @ target.emb[: vocabulary or None].T).argmax()))
            known = torch.cat((known, state[None]))
        choices, features = verify(text + block)
        behind, accepted = choices[len(text) :], 1
        while accepted <= gamma and block[accepted] == behind[accepted - 1]:
            accepted += 1
        first = behind[accepted - 1]
        written = block[:accepted][: limit - (len(text) - len(prompt))]
        ends = [i for i, t in enumerate(written) if t in (TURN_END, END_OF_TEXT)]
        written = written[: ends[0] + 1] if ends else written
        text += written
        lengths.append(len(written))
        if ends:
            break
    return text[len(prompt) :], lengths
