"""Stage `check`: are the fast paths of this machine's GPU the slow ones' equals? Fresh random inputs, a few seconds.

Relative errors |fast - slow| / |slow| against float32: bfloat16 paths must stay under 2e-2
(gradients, which pass three layers twice, under 6e-2), float32 ones under 1e-5.
"""

import numpy as np
import torch
from torch import Tensor

from .attend import append_attend, append_attend_reference
from .eagle import after, before, begin_head, unroll
from .flex import Attention, PrefixAttention, dense_prefix_attention
from .lm import dense_attention, hidden, layer, random_weights, scales, snap
from .loss import chunk_gradients, stored_gradients
from .model import Config
from .quantize import dequantize, quantize
from .sample import Dry, Sampler
from .slots import clean_slots, with_blocks
from .stored import top_of

SMALL = Config(layers=3, width=128, heads=6, kv_heads=2, head_size=64, ffn=256, vocabulary=1024, rope_theta=100000.0,
               norm_eps=1e-5, max_positions=512)  # fmt: skip


def error(fast: Tensor, slow: Tensor) -> float:
    fast, slow = fast.detach().float(), slow.detach().float()
    return float((fast - slow).norm() / slow.norm())


def random_slots(device, B: int = 2, C: int = 256, k: int = 8, blocks: int = 48):
    """Rows of four documents behind a shared prefix of 4, and blocks behind random slots."""
    cuts = (torch.rand(B, C - 16, device=device).topk(4).indices + 6).sort(-1).values
    index = torch.arange(C, device=device)
    first = torch.where(index[None, None] >= cuts[..., None], cuts[..., None], 0).amax(1).int()
    shared = torch.where(first > 0, 4, 0).int()
    tokens = torch.randint(17, SMALL.vocabulary, (B, C), device=device, dtype=torch.int32)
    after = torch.randint(6, C - 1, (B, blocks), device=device).sort(-1).values
    return with_blocks(clean_slots(tokens, first, shared), after, k)


def check_training(device) -> dict[str, float]:
    """Compiled layers under FlexAttention, forward and backward in bfloat16, with masks changed in place."""
    weights = random_weights(SMALL).to(device).map(lambda n, t: t * (4 if n in ("qkv", "o", "gu", "down") else 1))
    fast = weights.map(lambda _, t: t.bfloat16().requires_grad_())
    slow = weights.map(lambda _, t: t.bfloat16().float().requires_grad_())
    compiled = torch.compile(layer, dynamic=False)
    attention = Attention(random_slots(device))
    result = {}
    for turn in range(2):
        slots = random_slots(device)
        ours = hidden(fast, slots, 256, attention.update(slots), SMALL, compiled)
        theirs = hidden(slow, slots, 256, dense_attention(slots), SMALL)
        push = torch.randn_like(theirs)
        names = [name for name, _ in fast.items()]
        a = torch.autograd.grad(ours, [t for _, t in fast.items()], push.bfloat16())
        b = torch.autograd.grad(theirs, [t for _, t in slow.items()], push)
        result[f"states {turn}"] = error(ours, theirs)
        result |= {f"gradient of {name} {turn}": error(x, y) for name, x, y in zip(names, a, b)}
    return result


def check_chains(device) -> dict[str, float]:
    """An EAGLE-3 head's chains behind drawn slots, as train_eagle3 runs them: states, and gradients through output and denominator of the
    attention over the prefix."""
    C, n, steps = 256, 128, 4
    head = begin_head(random_weights(SMALL), SMALL, 3, 0).to(device)
    emb = random_weights(SMALL).emb.to(device) * 10
    fast = head.map(lambda _, t: t.bfloat16().requires_grad_())
    slow = head.map(lambda _, t: t.bfloat16().float().requires_grad_())
    draw = lambda: random_slots(device, C=C, k=1, blocks=1)
    text = lambda slots: clean_slots(slots.tokens[:, :C].contiguous(), slots.first[:, :C].contiguous(), slots.shared[:, :C].contiguous())
    starts = lambda: torch.randint(6, C - steps - 1, (2, n), device=device).sort(-1).values
    clean, at = text(draw()), starts()
    attention, behind = Attention(clean), PrefixAttention(clean, at)
    kit = [torch.compile(f, dynamic=False) for f in (before, after)]
    index = torch.arange(C, device=device)
    result = {}
    for turn in range(2):
        clean, at = text(draw()), starts()
        features, push = torch.randn(2, C, SMALL.width, device=device).bfloat16(), torch.randn(steps, 2, n, SMALL.width, device=device)
        shared, first = (getattr(clean, name).gather(1, at)[..., None] for name in ("shared", "first"))
        mask = ((index < shared) | ((first <= index) & (index <= at[..., None])))[:, None]
        attend = attention.update(clean)
        # Outside of a compiled layer, FlexAttention itself is compiled.
        ours = unroll(fast, SMALL, emb.bfloat16(), features, clean, at, steps, torch.compile(attend, dynamic=False), behind.update(clean, at), *kit)
        theirs = unroll(slow, SMALL, emb.bfloat16().float(), features.float(), clean, at, steps, dense_attention(clean),
                        lambda q, k, v: dense_prefix_attention(q, k, v, mask))  # fmt: skip
        ours, theirs = torch.stack(ours), torch.stack(theirs)
        names = [name for name, _ in head.items() if name in ("ne", "nx", "qkv", "o", "n2", "gu", "down")]
        a = torch.autograd.grad(ours, [getattr(fast, x) for x in names], push.bfloat16())
        b = torch.autograd.grad(theirs, [getattr(slow, x) for x in names], push)
        result[f"chains {turn}"] = error(ours, theirs)
        result |= {f"gradient of a head's {name} {turn}": error(x, y) for name, x, y in zip(names, a, b)}
    return result


def check_decoding(device) -> dict[str, float]:
    """The Triton kernel, and the sampler's graph against its plain steps on a CPU (float32, greedy)."""
    result = {}
    for dtype in (torch.float32, torch.bfloat16):
        q, k, v = (torch.randn(5, h, 64, device=device, dtype=dtype) for h in (9, 3, 3))
        keys, values = (torch.randn(5, 200, 3, 64, device=device, dtype=dtype) for _ in range(2))
        position = torch.tensor([0, 1, 64, 130, 199], device=device)
        slow_keys, slow_values = keys.float(), values.float()
        slow = append_attend_reference(q.float(), k.float(), v.float(), slow_keys, slow_values, position)
        name = str(dtype).split(".")[1]
        result[f"attention {name}"] = error(append_attend(q, k, v, keys, values, position), slow)
        result[f"cache {name}"] = error(keys, slow_keys) + error(values, slow_values)
    weights = random_weights(SMALL).map(lambda n, t: t * (4 if n in ("qkv", "o", "gu", "down") else 1))
    prompts = [[20 + i, 30, 31] for i in range(6)]
    runs = [
        Sampler(weights.to(d), SMALL, [0.0] * 6, 64, Dry(), fast=d != "cpu").run([1, 5], prompts, 40)
        for d in (str(device), "cpu")
    ]  # fmt: skip
    texts = [{int(n): t.tolist() for n, t in zip(r.number, r.tokens)} for r in runs]
    result["greedy texts that differ, float32 (near ties may)"] = sum(texts[0][n] != texts[1][n] for n in texts[1]) / 6
    hot = Sampler(weights.to(device).to(torch.bfloat16), SMALL, [1.0] * 6, 64, fast=True).run([1, 5], prompts[:1], 40, steps=200)
    result["sampled texts that repeat"] = 1 - len({tuple(t.tolist()) for t in hot.tokens}) / len(hot.tokens)
    return result


def check_small(device) -> dict[str, float]:
    """Rounding of weights, exactly; the loss's gradients."""
    w = torch.randn(3, 64, 96, device=device)
    result = {}
    for bits in (4, 8):
        ours = torch.compile(snap, dynamic=False)(w, torch.compile(scales, dynamic=False)(w, bits), bits)
        result[f"rounding to {bits} bits"] = error(ours, dequantize(*quantize(w, bits)))
    student, teacher = torch.randn(2, 64, 1024, device=device)
    token, share = torch.randint(0, 1024, (64,), device=device), torch.rand(64, device=device)
    for k in (0, 8):
        arguments = (student, teacher, token, share, share, share > 0.5, k, 0.5)
        pairs = zip(torch.compile(chunk_gradients, dynamic=False)(*arguments), chunk_gradients(*arguments))
        result[f"loss, blocks of {k}"] = max(error(a, b) for a, b in pairs)
    return result


def check_stored(device) -> dict[str, float]:
    """The loss against a stored distribution, compiled; the likeliest tokens of compiled `top_of`; what the sampler's graph keeps of them."""
    g = torch.Generator(device).manual_seed(0)
    student, teacher = torch.randn(2, 64, 49152, device=device, generator=g) * 2
    token, share = torch.randint(0, 49152, (64,), device=device, generator=g), torch.rand(64, device=device, generator=g)
    top, slow = torch.compile(top_of, dynamic=False)(teacher, 32), top_of(teacher, 32)
    stored = (slow[0].long() & 0xFFFF, slow[1].float(), slow[2].float())
    best = teacher.topk(32, -1).indices
    result = {"stored tokens that differ": float((stored[0] != best).float().mean() + (top[0] != slow[0]).float().mean())}
    result["stored probabilities"] = max(error(a, b) for a, b in zip(top[1:], slow[1:]))
    for k in (0, 8):
        arguments = (student, *stored, token, share, share, share > 0.5, k, 0.5)
        pairs = zip(torch.compile(stored_gradients, dynamic=False)(*arguments), stored_gradients(*arguments))
        result[f"stored loss, blocks of {k}"] = max(error(a, b) for a, b in pairs)
    weights = random_weights(SMALL).map(lambda n, t: t * (4 if n in ("qkv", "o", "gu", "down") else 1)).to(device)
    prompts = [[20 + i, 30, 31] for i in range(6)]
    sampler = Sampler(weights, SMALL, [0.0] * 4 + [1.0] * 2, 64, Dry(), fast=True, kept=32)
    documents = sampler.run([1, 5], prompts, 40, steps=300)
    kept = sampler.stored(documents, np.arange(len(documents.tokens)))
    text = np.concatenate([t[p:] for t, p in zip(documents.tokens, documents.prompt)])
    greedy = np.repeat(documents.tenths == 0, [len(t) - p for t, p in zip(documents.tokens, documents.prompt)])
    result["stored first choices that greedy text is not"] = float((kept.tokens[:, 0] != text)[greedy].mean())
    return result


def run(device, say=print) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """Says all errors, a group at a time. Returns all of them, and of those that are too large (error, limit); a group that breaks is an error of
    infinity."""
    torch.manual_seed(0)
    errors = {}
    for group in (check_small, check_decoding, check_training, check_chains, check_stored):
        try:
            found = group(device)
        except Exception as broken:  # one broken path must not hide what the others are like
            found = {f"{group.__name__.removeprefix('check_')} broke: {type(broken).__name__}: {str(broken)[:300]}": float("inf")}
        say({name: float(f"{e:.2g}") for name, e in found.items()})
        errors |= found
    tight = ("float32", "loss", "cache")
    # Rounding: compiled division is not IEEE's, so a value half-way between two levels may fall on either.
    loose = {"stored loss": 1e-4, "greedy texts": 0.2, "sampled texts": 0.2, "gradient": 6e-2, "rounding": 5e-3}
    limit = lambda name: next((v for k, v in loose.items() if name.startswith(k)), 1e-5 if any(t in name for t in tight) else 2e-2)
    return errors, {name: (e, limit(name)) for name, e in errors.items() if not e <= limit(name)}
