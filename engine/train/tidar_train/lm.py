"""The model for training and sampling at speed: the reference model's arithmetic over stacked weights.

One tensor per kind of matrix, all layers together, so that a step quantises, reduces and updates eight tensors
instead of 211; query, key and value (and gate and up) are one product. Rows are B * S slots.
"""

from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from torch import Tensor

from .model import Config, rms_norm, rotary_angles
from .quantize import BLOCK, dequantize, quantize
from .slots import END_OF_TEXT, MASK, Slots


class Tensors:
    """A dataclass of tensors. BITS: of the matrices that are served rounded; LINEARS: those that Muon may train, as stacks."""

    BITS: dict[str, int] = {}
    LINEARS: tuple[str, ...] = ()

    def items(self) -> list[tuple[str, Tensor]]:
        return [(f.name, getattr(self, f.name)) for f in fields(self)]

    def map(self, f):
        """The same of f(name, tensor)."""
        return type(self)(**{name: f(name, tensor) for name, tensor in self.items()})

    def to(self, *args, **kwargs):
        return self.map(lambda _, t: t.to(*args, **kwargs))


@dataclass
class Weights(Tensors):
    """emb [V, d]; nf [d]; n1, n2 [N, d]; qkv [N, (h + 2g) c, d]; o [N, d, h c]; gu [N, 2 f, d]; down [N, d, f]."""

    emb: Tensor
    nf: Tensor
    n1: Tensor
    n2: Tensor
    qkv: Tensor
    o: Tensor
    gu: Tensor
    down: Tensor

    LINEARS = ("qkv", "o", "gu", "down")
    BITS = {"qkv": 4, "o": 4, "gu": 4, "down": 4, "emb": 8}


def stack(tensors: dict[str, Tensor], config: Config) -> Weights:
    """From a checkpoint's tensors. Raises KeyError where one is missing."""
    each = lambda *names: torch.stack([torch.cat([tensors[f"layers.{n}.{x}"] for x in names]) for n in range(config.layers)])
    return Weights(
        emb=tensors["emb.weight"], nf=tensors["nf"], n1=each("n1"), n2=each("n2"),
        qkv=each("q.weight", "k.weight", "v.weight"), o=each("o.weight"),
        gu=each("g.weight", "u.weight"), down=each("d.weight"),
    )  # fmt: skip


def unstack(weights: Weights, config: Config) -> dict[str, Tensor]:
    """The inverse of stack: a checkpoint's tensors, in its order."""
    h, g = config.heads * config.head_size, config.kv_heads * config.head_size
    tensors = {"nf": weights.nf, "emb.weight": weights.emb}
    for n in range(config.layers):
        q, k, v = weights.qkv[n].split((h, g, g))
        gate, up = weights.gu[n].chunk(2)
        parts = {"n1": weights.n1[n], "n2": weights.n2[n], "q.weight": q, "k.weight": k, "v.weight": v,
                 "o.weight": weights.o[n], "g.weight": gate, "u.weight": up, "d.weight": weights.down[n]}  # fmt: skip
        tensors |= {f"layers.{n}.{name}": tensor for name, tensor in parts.items()}
    return tensors


def random_weights(config: Config, seed: int = 0) -> Weights:
    """Normal(0, 0.02) matrices and unit norms, float32: for tests and timings."""
    g = torch.Generator().manual_seed(seed)
    draw = lambda *shape: torch.randn(*shape, generator=g) * 0.02
    N, d, c = config.layers, config.width, config.head_size
    return Weights(
        emb=draw(config.vocabulary, d), nf=torch.ones(d), n1=torch.ones(N, d), n2=torch.ones(N, d),
        qkv=draw(N, (config.heads + 2 * config.kv_heads) * c, d), o=draw(N, d, config.heads * c),
        gu=draw(N, 2 * config.ffn, d), down=draw(N, d, config.ffn),
    )  # fmt: skip


def scales(w: Tensor, bits: int) -> Tensor:
    """quantize's scales without its checks, so that it compiles into one kernel. w [..., n] -> float16 [..., n / 32, 1]."""
    blocks = w.float().unflatten(-1, (-1, BLOCK))
    top = blocks.gather(-1, blocks.abs().argmax(-1, keepdim=True))
    return (top / -8 if bits == 4 else top.abs() / 127).half()


def snap(w: Tensor, scale: Tensor, bits: int) -> Tensor:
    """dequantize(*quantize(w, bits)) [..., n], given its scales. A function of its own, because a compiler that fuses
    the two keeps the scales in float32."""
    blocks, scale = w.float().unflatten(-1, (-1, BLOCK)), scale.float()
    low, high = (-8, 7) if bits == 4 else (-127, 127)
    return ((blocks / torch.where(scale == 0, 1.0, scale)).round().clamp(low, high) * scale).flatten(-2)


def served(weights):
    """The weights that the site runs: matrices rounded as their BITS say (linears 4, embedding and head 8), norms in float16;
    float32 values."""
    bits = weights.BITS
    return weights.map(lambda name, t: dequantize(*quantize(t, bits[name])) if name in bits else t.half().float())


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary embedding by halves. x [..., h, c]; cos, sin [..., 1, c/2], float32."""
    a, b = x.float().chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1).to(x.dtype)


def before_attention(x, n1, qkv, cos, sin, config: Config):
    """x [..., d] -> query [..., h, c], key and value [..., g, c]; cos, sin [..., 1, c/2]."""
    y = F.linear(rms_norm(x, n1, config.norm_eps), qkv).unflatten(-1, (-1, config.head_size))
    q, k, v = y.split((config.heads, config.kv_heads, config.kv_heads), -2)
    return rotate(q, cos, sin), rotate(k, cos, sin), v


def after_attention(x, attended, o, n2, gu, down, config: Config):
    """x [..., d], attended [..., h c] -> x [..., d]."""
    x = x + F.linear(attended, o)
    gate, up = F.linear(rms_norm(x, n2, config.norm_eps), gu).chunk(2, -1)
    return x + F.linear(F.silu(gate) * up, down)


def layer(x, n1, n2, qkv, o, gu, down, cos, sin, attend, config: Config):
    """One decoder layer. x [B, S, d]; attend(query [B, h, S, c], key, value [B, g, S, c]) -> [B, h, S, c]."""
    # Contiguous: compiled on a CPU, FlexAttention reads transposed views of this graph wrongly (PyTorch 2.13).
    q, k, v = (t.transpose(1, 2).contiguous() for t in before_attention(x, n1, qkv, cos, sin, config))
    attended = attend(q, k, v).transpose(1, 2).flatten(-2)
    return after_attention(x, attended, o, n2, gu, down, config)


def dense_attention(slots: Slots):
    """Softmax attention under the slots' mask, by PyTorch's own kernels; memory grows with S²."""
    mask = slots.dense()
    return lambda q, k, v: F.scaled_dot_product_attention(q, k, v, mask, enable_gqa=True)


def rotary(positions: Tensor, config: Config) -> tuple[Tensor, Tensor]:
    """Cosines and sines [..., 1, c/2] of positions [...]."""
    cos, sin = rotary_angles(positions.reshape(1, -1), config)
    shape = (*positions.shape, 1, config.head_size // 2)
    return cos.reshape(shape), sin.reshape(shape)


def embed_common(tokens: Tensor, emb: Tensor) -> Tensor:
    """F.embedding for text that is full of masks and ends: those rows of the table are taken once, because the gradient of a lookup
    with thousands of equal indices is slow."""
    common = (MASK, END_OF_TEXT)
    anywhere = torch.arange(tokens.shape[-1], device=tokens.device, dtype=tokens.dtype) % len(emb)
    rare = ~torch.isin(tokens, torch.tensor(common, device=tokens.device, dtype=tokens.dtype))
    x = F.embedding(torch.where(rare, tokens, anywhere), emb)
    for t in common:
        x = torch.where((tokens == t)[..., None], emb[t], x)
    return x


def hidden(weights: Weights, slots: Slots, clean: int, attend, config: Config, layer=layer, taps: tuple[int, ...] = (), embed=F.embedding):
    """Normalised states before the head, [B, S, d]. The first `clean` slots are text, the others masks. With taps, also the residual
    stream after those layers (from 0), one behind the other: [B, S, t d].

    All masks share one row of the embedding; it is expanded rather than looked up, because the gradient of a
    lookup with thousands of equal indices is slow.
    """
    B, S = slots.tokens.shape
    cos, sin = rotary(slots.positions, config)
    x = embed(slots.tokens[:, :clean], weights.emb)
    if clean < S:
        x = torch.cat((x, weights.emb[MASK].expand(B, S - clean, -1)), 1)
    per_layer = [getattr(weights, name).unbind(0) for name in ("n1", "n2", "qkv", "o", "gu", "down")]
    tapped = {}
    for n, parts in enumerate(zip(*per_layer)):
        x = layer(x, *parts, cos, sin, attend, config)
        if n in taps:
            tapped[n] = x
    states = rms_norm(x, weights.nf, config.norm_eps)
    return (states, torch.cat([tapped[n] for n in taps], -1)) if taps else states
