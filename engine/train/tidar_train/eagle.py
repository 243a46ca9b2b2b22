"""EAGLE-3's drafting head (Li, Wei, Zhang, Zhang, arXiv 2503.01840): one decoder layer that reads what the target already knows.

Row i of the head joins a feature of position i with the token at i + 1 and predicts the token at i + 2. The feature is fused from
taps, the target's residual stream after a few layers, where the target has been, and the head's own state of the row before where it has
not. The vocabulary is the target's own table, frozen and not copied. Unlike the paper's, each tap is normalised before they are
fused, so that layers whose streams differ in size weigh alike, also in 4 bits.
B: batch, C: text slots of a row, n: chains a row, t: taps, d: width, h: heads, g: KV heads, c: head size, f: FFN, V: vocabulary.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .lm import Tensors, Weights, after_attention, rotary, rotate
from .model import Config, rms_norm
from .slots import Slots


@dataclass
class Head(Tensors):
    """nt [t, d]: norms of the taps; fc [1, d, t d]; ne, nx [d]: norms of token and feature; qkv [1, (h + 2g) c, 2 d], columns of the token
    first; o [1, d, h c]; n2 [d]; gu [1, 2 f, d]; down [1, d, f]; nf [d]."""

    nt: Tensor
    fc: Tensor
    ne: Tensor
    nx: Tensor
    qkv: Tensor
    o: Tensor
    n2: Tensor
    gu: Tensor
    down: Tensor
    nf: Tensor

    LINEARS = ("fc", "qkv", "o", "gu", "down")
    BITS = dict.fromkeys(LINEARS, 4)


def usual_taps(layers: int) -> tuple[int, ...]:
    """A low, a middle and a high layer, from 0: 2, n/2, n - 3; fewer where these coincide. Never the last, whose stream no exported graph keeps."""
    most = max(0, layers - 2)
    return tuple(sorted({min(2, most), min(layers // 2, most), max(0, layers - 3)}))


def begin_head(target: Weights, config: Config, taps: int, seed: int) -> Head:
    """A random head of the target's shape, unsure of every word: its logits through the target's table have size 1."""
    g = torch.Generator().manual_seed(seed)
    draw = lambda *shape: torch.randn(1, *shape, generator=g) * shape[-1] ** -0.5
    d, c, f, ones = config.width, config.head_size, config.ffn, lambda *shape: torch.ones(*shape)
    size = d**0.5 * float(target.emb.float().square().mean().sqrt())
    calm = 2**-0.5  # the state grows no faster than in a model of one layer
    return Head(
        nt=ones(taps, d), fc=draw(d, taps * d), ne=ones(d), nx=ones(d),
        qkv=draw((config.heads + 2 * config.kv_heads) * c, 2 * d), o=draw(d, config.heads * c) * calm,
        n2=ones(d), gu=draw(2 * f, d), down=draw(d, f) * calm, nf=ones(d) / size,
    )  # fmt: skip


def head_tensors(head: Head, taps: tuple[int, ...]) -> dict[str, Tensor]:
    """A checkpoint's tensors: `taps` and the norms (nt flat) as vectors, the linears as NAME.weight."""
    tensors = {"taps": torch.tensor(taps, dtype=torch.float32)}
    for name, t in head.items():
        tensors |= {f"{name}.weight": t[0]} if name in Head.LINEARS else {name: t.flatten()}
    return tensors


def head_of(tensors: dict[str, Tensor]) -> tuple[Head, tuple[int, ...]]:
    """The inverse of head_tensors. Raises ValueError where the tensors are no head's."""
    if "taps" not in tensors or "fc.weight" not in tensors:
        raise ValueError("the checkpoint is no EAGLE-3 head: it has no taps; train one with `train eagle3`")
    taps = tuple(int(n) for n in tensors["taps"])
    values = {name: tensors[f"{name}.weight"][None] for name in Head.LINEARS} | {name: tensors[name] for name in ("ne", "nx", "n2", "nf")}
    return Head(nt=tensors["nt"].view(len(taps), -1), **values), taps


def fuse(head: Head, taps: Tensor, config: Config) -> Tensor:
    """Features [..., d] of taps [..., t d]."""
    normed = rms_norm(taps.unflatten(-1, (len(head.nt), -1)), head.nt, config.norm_eps)
    return F.linear(normed.flatten(-2), head.fc[0])


def before(x, token, ne, nx, qkv, cos, sin, config: Config):
    """Features x and embeddings of tokens [B, S, d] -> query [B, h, S, c], key and value [B, g, S, c]."""
    y = torch.cat((rms_norm(token, ne, config.norm_eps), rms_norm(x, nx, config.norm_eps)), -1)
    q, k, v = F.linear(y, qkv).unflatten(-1, (-1, config.head_size)).split((config.heads, config.kv_heads, config.kv_heads), -2)
    return tuple(t.transpose(1, 2).contiguous() for t in (rotate(q, cos, sin), rotate(k, cos, sin), v))


def after(x, attended, o, n2, gu, down, config: Config):
    """Features x [B, S, d], attended [B, h, S, c] -> states [B, S, d]."""
    return after_attention(x, attended.transpose(1, 2).flatten(-2), o, n2, gu, down, config)


def join_own(q: Tensor, out: Tensor, lse: Tensor, own: list[tuple[Tensor, Tensor]]) -> Tensor:
    """Attention over a prefix (out [B, h, n, c], lse [B, h, n], see flex.PrefixAttention) and, in the same softmax, over one key and value of each
    query's own chain for every pair of `own`, [B, g, n, c] each: [B, h, n, c]. No score is computed twice or for another chain."""
    groups, scale = q.shape[1] // own[0][0].shape[1], q.shape[-1] ** -0.5
    widen = lambda t: t.repeat_interleave(groups, 1).float()
    scores = [(q.float() * widen(k)).sum(-1) * scale for k, _ in own]
    share = torch.stack((lse.float(), *scores), -1).softmax(-1)  # [B, h, n, 1 + len(own)]
    total = share[..., :1] * out.float()
    for i, (_, v) in enumerate(own, 1):
        total = total + share[..., i : i + 1] * widen(v)
    return total.to(q.dtype)


def unroll(head: Head, config: Config, emb: Tensor, features: Tensor, clean: Slots, at: Tensor, steps: int, attend, attend_prefix,
           before=before, after=after) -> list[Tensor]:  # fmt: skip
    """Chains of drafts behind the text slots `at` [B, n], all at once: the head's states [B, n, d] at each step.

    features [B, C, d] of the text; emb [V, d]. Step 0 is row at: the true feature, and the text's next token; it predicts the token at at + 2.
    Step s is a row at position at + s: the state of step s - 1 and the text's token at at + s + 1; it sees the true rows 0..at and its own
    chain's rows (training-time test, figure 6 of the paper). Beyond the row's end tokens repeat the last; what is predicted there means nothing.
    attend: causal, over C slots; attend_prefix: of flex.PrefixAttention at `at`.
    """
    last = clean.tokens.shape[1] - 1
    following = clean.tokens.roll(-1, 1)
    positions = clean.positions.gather(1, at)
    q, k0, v0 = before(features, F.embedding(following, emb), head.ne, head.nx, head.qkv[0], *rotary(clean.positions, config), config)
    rest = (head.o[0], head.n2, head.gu[0], head.down[0], config)
    index = at[..., None].expand(-1, -1, features.shape[-1])
    first = attend(q, k0, v0).gather(2, at[:, None, :, None].expand(-1, config.heads, -1, config.head_size))
    x = after(features.gather(1, index), first, *rest)
    states, own = [x], []
    for s in range(1, steps):
        token = F.embedding(clean.tokens.gather(1, (at + s + 1).clamp(max=last)), emb)
        q, k, v = before(x, token, head.ne, head.nx, head.qkv[0], *rotary(positions + s, config), config)
        own.append((k, v))
        x = after(x, join_own(q, *attend_prefix(q, k0, v0), own), *rest)
        states.append(x)
    return states
