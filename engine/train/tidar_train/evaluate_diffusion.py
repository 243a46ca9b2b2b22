"""Stage `evaluate-diffusion`: what masked diffusion writes with 1, 2, 4, ... tokens a pass, beside the base and TiDAR, which write from left to right.

Each is judged by the same measures: perplexity of its answers under the base; share of distinct 4-grams, of all answers together and of those
that repeat themselves; share of 100 questions answered right (prompts.Question). Greedy throughout.
"""

import math

import numpy as np
import torch
from torch import Tensor

from .corpus import Corpus, distinct_share
from .evaluate import answer_tokens, closeness
from .lm import Weights, dense_attention, hidden
from .model import Config
from .slots import TURN_END, canvas_slots
from .text import chat_prefix, chat_prompts
from .tnfe import Answer, drafts, passes
from .unmask import DREAM, Order, fill, llada


def predictor(model: Weights, config: Config, prompts: list[list[int]], shift: bool):
    """unmask.fill's predict for these prompts: one pass over prompt and canvas, all of it visible both ways."""
    device = model.emb.device
    length = torch.tensor([len(p) for p in prompts], device=device)[:, None]
    longest = int(length.max())
    padded = torch.tensor([p + [0] * (longest - len(p)) for p in prompts], device=device)

    def predict(canvas: Tensor, places: Tensor) -> Tensor:
        L = canvas.shape[1]
        index = torch.arange(longest + L, device=device).expand(len(prompts), -1)
        inside = index < length + L
        tokens = torch.cat((padded, canvas), 1)
        tokens = tokens.scatter(1, length + torch.arange(L, device=device), canvas)  # right behind each prompt
        slots = canvas_slots(torch.where(inside, tokens, 0), torch.where(inside, 0, index))
        states = hidden(model, slots, longest + L, dense_attention(slots), config)
        at = (length + places - int(shift))[..., None].expand(-1, -1, states.shape[-1])
        return states.gather(1, at) @ model.emb.T

    return predict


def written(model: Weights, config: Config, prompts: list[list[int]], L: int, per_pass: int, order: Order, shift: bool, batch: int):
    """[(answer, passes)] of the prompts, `batch` at a time."""
    found = []
    for a in range(0, len(prompts), batch):
        part = prompts[a : a + batch]
        found += fill(predictor(model, config, part, shift), len(part), L, per_pass, order, TURN_END, model.emb.device)
    return found


def quality(texts: list[list[int]], prompts: list[list[int]], kinds: list[str], passes_: list[float], base: Weights, config: Config) -> dict:
    """Of answers and the passes that each took: tokens a pass, perplexity under the base, and repetition."""
    length, prompt = (np.array([len(x) for x in each]) for each in ([p + t for p, t in zip(prompts, texts)], prompts))
    flat = np.concatenate([np.array(p + t, np.uint16) for p, t in zip(prompts, texts)])
    share = distinct_share(Corpus(length, prompt, np.zeros(len(texts), np.uint8), flat))
    items = [Answer(p + t, len(p), kind, float(s)) for p, t, kind, s in zip(prompts, texts, kinds, share)]
    loss = closeness(base, base, config, items)["loss"]
    return {"tokens": int(sum(map(len, texts))), "tokens_a_pass": round(sum(map(len, texts)) / sum(passes_), 4),
            "loss": loss, "perplexity": round(math.exp(loss), 3),
            "distinct_4grams": round(float(share.mean()), 4), "loops": round(float(np.mean([x.loops for x in items])), 4)}  # fmt: skip


def judged(tokenizer, questions, texts: list[list[int]]) -> dict:
    """Shares of questions answered right, by kind and of all."""
    right = [q.right(tokenizer.decode(t)) for q, t in zip(questions, texts)]
    of = lambda kind: [r for q, r in zip(questions, right) if kind in (None, q.kind)]
    return {name: round(sum(of(kind)) / len(of(kind)), 4) for name, kind in (("all", None), ("arithmetic", "arithmetic"), ("facts", "facts")) if of(kind)}


def run(model: Weights, shift: bool, tidar: Weights, base: Weights, config: Config, tokenizer, prompts, questions, *, limit: int, short: int,
        block: int, per_pass: list[int], batch: int, save) -> dict:  # fmt: skip
    """As JSON's types: {"quality": {writer: quality, with "right"}, "samples"}; writers: "ar" (the base), "tidar", and
    "llada N" and "dream N" for N tokens a pass. limit, short: tokens of an answer to a prompt and to a question."""
    prefix = chat_prefix(tokenizer)
    bodies, asked = ([prefix + b for b in chat_prompts(tokenizer, [p.text for p in each])] for each in (prompts, questions))
    kinds = [p.kind for p in prompts]
    result = {"quality": {}, "samples": [{"prompt": p.text} for p in prompts[:12]]}

    def keep(name: str, texts, passes_, answers) -> None:
        result["quality"][name] = quality(texts, bodies, kinds, passes_, base, config) | {"right": judged(tokenizer, questions, answers)}
        for sample, text in zip(result["samples"], texts):
            sample[name] = tokenizer.decode(text)
        save(result)

    for name, weights in (("ar", base), ("tidar", tidar)):
        answer = lambda each, n: answer_tokens(weights, config, prefix, [b[len(prefix) :] for b in each], ["facts"] * len(each), n, 0.0)
        items = answer(bodies, limit)
        took = [len(x.written) if name == "ar" else passes(drafts(weights, config, x, 8, 0.0).chance)[0] for x in items]
        keep(name, [x.written for x in items], took, [x.written for x in answer(asked, short)])
    for n in per_pass:
        for name, order in (("llada", llada(block)), ("dream", DREAM)):
            found = written(model, config, bodies, limit, n, order, shift, batch)
            answers = written(model, config, asked, short, n, order, shift, batch)
            keep(f"{name} {n}", [t for t, _ in found], [took for _, took in found], [t for t, _ in answers])
    return result
