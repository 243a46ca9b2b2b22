"""Classic speculative decoding (Leviathan, Kalman, Matias 2023): an intern drafts gamma tokens one by one, the target checks them in one pass.

Counted as TiDAR is (tnfe.py): a pass writes its first token, which the pass before chose, and the drafts that are accepted. So gamma
drafts are to be compared with a block of k = gamma + 1, and a pass yields at most as many.
"""

import numpy as np
import torch
from torch import Tensor

from .evaluate import answers, loops, summary
from .lm import Weights, dense_attention, hidden, served
from .model import Config
from .slots import END_OF_TEXT, TURN_END, clean_slots
from .tnfe import Answer, passes


@torch.no_grad()
def next_logits(weights: Weights, config: Config, tokens: list[int], behind: int) -> Tensor:
    """Logits of the token after each of tokens[behind:]: [n, V]."""
    text = torch.tensor([tokens], device=weights.emb.device)
    zero = torch.zeros_like(text)
    slots = clean_slots(text, zero, zero)
    return hidden(weights, slots, len(tokens), dense_attention(slots), config)[0, behind:] @ weights.emb.T


def acceptance(target: Weights, target_config: Config, intern: Weights, config: Config, a: Answer, temperature: float) -> np.ndarray:
    """For each token of the target's answer, the chance that the intern's draft there is accepted once all before it are: [n].
    Greedily 1 or 0; at a temperature min(1, q / p) at the token, as in tnfe.drafts."""
    drafted = next_logits(intern, config, a.tokens[:-1], a.prompt - 1)
    text = torch.tensor(a.written, device=drafted.device)[:, None]
    if temperature == 0:
        return (drafted.argmax(-1) == text[:, 0]).double().cpu().numpy()
    own = next_logits(target, target_config, a.tokens[:-1], a.prompt - 1)
    log = lambda z: (z.float() / temperature).log_softmax(-1).gather(-1, text)[:, 0]
    return (log(drafted) - log(own)).exp().clamp(max=1).double().cpu().numpy()


def chances(accepted: np.ndarray, gamma: int) -> np.ndarray:
    """tnfe.Drafts.chance of a chain of gamma drafts: [n, gamma], row s for the pass that starts at token s."""
    padded = np.concatenate((accepted, np.zeros(gamma)))
    return np.stack([padded[i : i + len(accepted)] for i in range(1, gamma + 1)], -1)


def by_place(histogram: list[float]) -> list[float | None]:
    """From how many passes write 1, 2, ... tokens: the share of drafts accepted at each place, among those that were reached. Passes that the
    answer's end cuts short count as refusals."""
    reached = np.cumsum(histogram[::-1])[::-1]  # passes of at least 1, 2, ... tokens
    return [round(float(b / a), 4) if a else None for a, b in zip(reached[:-1], reached[1:])]


def served_bytes(config: Config) -> int:
    """Of the weights that a pass reads as served: linears in 4 bits and the head in 8, each with its scales."""
    c = config
    linears = c.layers * c.width * ((2 * c.heads + 2 * c.kv_heads) * c.head_size + 3 * c.ffn)
    return linears * 18 // 32 + c.vocabulary * c.width * 34 // 32


def run(target: Weights, target_config: Config, interns: dict[str, Weights], config: Config, tokenizer, prompts, *, limit: int,
        gammas: list[int], temperatures: list[float]) -> dict:  # fmt: skip
    """As JSON's types: {"loops": share, "cost": by bytes, "drafts": {intern's precision: {"temperature T": {"gamma G": summary, with "acceptance"}}}}.
    The target answers as served."""
    target = served(target).to(target.emb.device)
    cost = {"intern_bytes": served_bytes(config), "target_bytes": served_bytes(target_config)}
    result = {"cost": cost | {"ratio": round(cost["intern_bytes"] / cost["target_bytes"], 4)}, "drafts": {name: {} for name in interns}}
    for temperature in temperatures:
        items = answers(target, target_config, tokenizer, prompts, limit, temperature)
        if temperature == 0:
            result["loops"] = loops(items)
        for name, intern in interns.items():
            accepted = [acceptance(target, target_config, intern, config, a, temperature) for a in items]
            found = {}
            for gamma in gammas:
                found[f"gamma {gamma}"] = summary(items, [passes(chances(x, gamma)) for x in accepted])
                found[f"gamma {gamma}"]["acceptance"] = by_place(found[f"gamma {gamma}"]["tokens_a_pass_histogram"])
            result["drafts"][name][f"temperature {temperature:g}"] = found
    return result


def decode(target: Weights, target_config: Config, intern: Weights, config: Config, prompt: list[int], gamma: int, limit: int) -> tuple[list[int], list[int]]:
    """The real loop, greedy, without caches. Returns (answer, tokens written by each pass)."""
    text, lengths = list(prompt), []
    first = int(next_logits(target, target_config, text, len(text) - 1).argmax(-1))
    while len(text) - len(prompt) < limit:
        block = [first]
        for _ in range(gamma):
            block.append(int(next_logits(intern, config, text + block, len(text) + len(block) - 1).argmax(-1)))
        choice = next_logits(target, target_config, text + block, len(text)).argmax(-1).tolist()
        accepted = 1
        while accepted <= gamma and block[accepted] == choice[accepted - 1]:
            accepted += 1
        first = choice[accepted - 1]
        written = block[:accepted][: limit - (len(text) - len(prompt))]
        ends = [i for i, t in enumerate(written) if t in (TURN_END, END_OF_TEXT)]
        written = written[: ends[0] + 1] if ends else written
        text += written
        lengths.append(len(written))
        if ends:
            break
    return text[len(prompt) :], lengths
