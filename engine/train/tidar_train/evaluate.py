"""Stage `evaluate`: tokens a pass (tnfe.py), loops, and how close the AR half is to the base, on the held-out prompts."""

import math

import numpy as np
import torch
from torch import Tensor

from .corpus import Corpus, distinct_share
from .lm import Weights, dense_attention, hidden, served
from .model import Config
from .prompts import KINDS, Prompt
from .sample import Sampler
from .slots import clean_slots
from .text import chat_prefix, chat_prompts
from .tnfe import Answer, decode, drafts, passes, tree_passes


def answers(weights: Weights, config: Config, tokenizer, prompts: list[Prompt], limit: int, temperature: float, seed: int = 0) -> list[Answer]:
    """What the AR half answers, by plain autoregressive sampling, in the prompts' order."""
    torch.manual_seed(seed)
    prefix = chat_prefix(tokenizer)
    bodies = chat_prompts(tokenizer, [p.text for p in prompts])
    return answer_tokens(weights, config, prefix, bodies, [p.kind for p in prompts], limit, temperature)


def answer_tokens(weights, config, prefix, bodies, kinds, limit: int, temperature: float) -> list[Answer]:
    """As answers, from token lists: every prompt is prefix + body."""
    positions = -(-(len(prefix) + max(map(len, bodies)) + limit) // 64) * 64
    documents = Sampler(weights, config, [temperature] * len(bodies), positions).run(prefix, bodies, limit)
    found = {int(n): (t.tolist(), int(p)) for n, t, p in zip(documents.number, documents.tokens, documents.prompt)}
    length = np.array([len(found[i][0]) for i in range(len(bodies))])
    prompt = np.array([found[i][1] for i in range(len(bodies))])
    flat = np.concatenate([np.array(found[i][0], np.uint16) for i in range(len(bodies))])
    share = distinct_share(Corpus(length, prompt, np.zeros(len(bodies), np.uint8), flat))
    return [Answer(*found[i], kinds[i], float(share[i])) for i in range(len(bodies))]


def pad(batch: list[Answer], device) -> tuple[Tensor, Tensor]:
    """Tokens [B, C], padded with 0 at the end, and zeros of that shape."""
    C = max(len(a.tokens) for a in batch)
    tokens = torch.tensor([a.tokens + [0] * (C - len(a.tokens)) for a in batch], device=device)
    return tokens, torch.zeros_like(tokens)


def summary(items: list[Answer], counts: list[tuple[float, np.ndarray]]) -> dict:
    """T/NFE of all answers, of those that do not loop, and by kind (without loops); histogram of tokens a pass."""

    def rate(which):
        tokens = sum(len(items[i].tokens) - items[i].prompt for i in which)
        return round(float(tokens / sum(counts[i][0] for i in which)), 4) if which else None

    plain = [i for i, a in enumerate(items) if not a.loops]
    t = np.array([len(items[i].tokens) - items[i].prompt for i in plain], float)
    p = np.array([counts[i][0] for i in plain])
    # Of a ratio of sums, by the spread over answers.
    error = math.sqrt(((t - t.sum() / p.sum() * p) ** 2).mean() * len(t)) / p.sum() if plain else None
    kinds = {kind: rate([i for i in plain if items[i].kind == kind]) for kind in KINDS}
    histogram = sum(counts[i][1] for i in plain) if plain else np.zeros(0)
    return {"all": rate(range(len(items))), "without_loops": rate(plain), "standard_error": None if error is None else round(float(error), 4),
            "by_kind": {k: v for k, v in kinds.items() if v},
            "tokens_a_pass_histogram": [round(float(x), 2) for x in histogram]}  # fmt: skip


def evaluate_drafts(weights: Weights, config: Config, items: list[Answer], ks, temperature: float, trees=()) -> dict:
    """{"k8": summary, ..., "tree7": summary with a tree of 7 nodes and blocks of 8, ...}; trees only greedily."""
    result = {}
    for k in ks:
        found = [drafts(weights, config, a, k, temperature) for a in items]
        result[f"k{k}"] = summary(items, [passes(d.chance) for d in found])
        if k == 8 and temperature == 0:
            for nodes in trees:
                counts = [(tree_passes(d, a.tokens[a.prompt :], nodes), np.zeros(k)) for d, a in zip(found, items)]
                tree = summary(items, counts)
                del tree["tokens_a_pass_histogram"]
                result[f"tree{nodes}"] = {"slots": (1 + nodes) * (1 + k), **tree}
    return result


@torch.no_grad()
def closeness(weights: Weights, base: Weights, config: Config, items: list[Answer], batch: int = 16) -> dict:
    """The AR half against the base on the same text: mean -log p of the answers' tokens under each, in nats, and how
    often their first choices agree. Raises ValueError where there is no text."""
    if not items:
        raise ValueError("every answer of the base loops, so nothing is left to compare on")
    total = np.zeros(4)
    for a in range(0, len(items), batch):
        part = items[a : a + batch]
        tokens, zero = pad(part, weights.emb.device)
        slots = clean_slots(tokens, zero, zero)
        ours, theirs = (hidden(w, slots, tokens.shape[1], dense_attention(slots), config) for w in (weights, base))
        for i, x in enumerate(part):
            cut, text = slice(x.prompt - 1, len(x.tokens) - 1), tokens[i, x.prompt : len(x.tokens), None]
            mine, base_logits = (h[i, cut] @ w.emb.T for h, w in ((ours, weights), (theirs, base)))
            nll = lambda z: -z.log_softmax(-1).gather(-1, text).sum().item()
            agree = (mine.argmax(-1) == base_logits.argmax(-1)).sum().item()
            total += (nll(mine), nll(base_logits), agree, len(text))
    nll, base_nll, agree, n = total
    return {"loss": round(float(nll / n), 4), "base_loss": round(float(base_nll / n), 4),
            "difference": round(float((nll - base_nll) / n), 4),
            "agreement": round(float(agree / n), 4), "tokens": int(n)}  # fmt: skip


def loops(items: list[Answer]) -> float:
    """Share of answers with less than 70 % distinct 4-grams."""
    return round(sum(a.loops for a in items) / len(items), 4)


def run(full: Weights, base: Weights, config: Config, tokenizer, prompts: list[Prompt], *, limit: int, ks: list[int],
        precisions: list[str], temperatures: list[float], trees: list[int], real_loops: int, close: bool, save) -> dict:
    """Everything, as JSON's types; save(result) is called whenever a part is done. precisions: "4-bit" (as served), "full".

    {"loops": {weights: share}, "drafts": {precision: {"temperature T": evaluate_drafts}}, "real_loop": [...],
     "close": {precision: {text: closeness}}, "samples": greedy answers of the first precision}
    """
    result = {"loops": {}, "drafts": {}, "real_loop": [], "close": {}}
    ready = {name: (served(full) if name == "4-bit" else full).to(base.emb.device) for name in precisions}
    for name, weights in ready.items():
        result["drafts"][name] = {}
        for temperature in temperatures:
            items = answers(weights, config, tokenizer, prompts, limit, temperature)
            if temperature == 0:
                result["loops"][name] = loops(items)
                result.setdefault("samples", [{"prompt": p.text, "answer": tokenizer.decode(x.written)} for p, x in zip(prompts, items)])
                for x in items[:: max(1, len(items) // real_loops)][:real_loops] if real_loops and name == precisions[0] else []:
                    result["real_loop"].append(compare_loop(weights, config, x, limit))
            for k in ks:
                found = evaluate_drafts(weights, config, items, [k], temperature, trees)
                result["drafts"][name].setdefault(f"temperature {temperature:g}", {}).update(found)
                save(result)
    if close:
        for temperature in (0.0, 1.0):
            items = answers(base, config, tokenizer, prompts, limit, temperature)
            if temperature == 0:
                result["loops"]["base"] = loops(items)
            plain = [x for x in items if not x.loops]
            for name, weights in ready.items() if plain else ():
                text = f"base, temperature {temperature:g}, without loops"
                result["close"].setdefault(name, {})[text] = closeness(weights, base, config, plain)
                save(result)
    return result


def compare_loop(weights: Weights, config: Config, answer: Answer, limit: int) -> dict:
    """The real loop beside teacher forcing, for one answer, at k = 8."""
    text, lengths = decode(weights, config, answer.tokens[: answer.prompt], 8, limit)
    forced, _ = passes(drafts(weights, config, answer, 8, 0.0).chance)
    return {"same_text": text == answer.written, "passes": len(lengths), "passes_by_teacher_forcing": forced}
