"""The reference model: a Llama decoder with an arbitrary additive mask, plain PyTorch, float32.

It is what the exported graphs are checked against. Parameter names are the checkpoint's.
B: batch, q: slots of this pass, P: cached slots, T = P + q, d: width, h: heads, g: KV heads, c: head size.
Everything TiDAR-like (masks, positions, blocks) is in the arguments: positions [B, q] and bias.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Cache = list[tuple[Tensor, Tensor]]  # per layer: keys and values, each [B, g, P, c], keys already rotated


@dataclass(frozen=True)
class Config:
    layers: int
    width: int
    heads: int
    kv_heads: int
    head_size: int
    ffn: int
    vocabulary: int
    rope_theta: float
    norm_eps: float
    max_positions: int


SMOLLM2_135M = Config(
    layers=30, width=576, heads=9, kv_heads=3, head_size=64, ffn=1536,
    vocabulary=49152, rope_theta=100000.0, norm_eps=1e-5, max_positions=8192,
)  # fmt: skip

# Drafts for the above in classic speculative decoding: 17.3 M parameters, 12.6 M of them in the table that is embedding and head.
INTERN_17M = Config(
    layers=6, width=256, heads=4, kv_heads=2, head_size=64, ffn=768,
    vocabulary=49152, rope_theta=100000.0, norm_eps=1e-5, max_positions=8192,
)  # fmt: skip
CONFIGS = {
    "smollm2-135m": SMOLLM2_135M,
    "intern-17m": INTERN_17M,
    # For tests: bytes as tokens, seconds on a CPU.
    "tiny": Config(layers=2, width=64, heads=2, kv_heads=1, head_size=32, ffn=128, vocabulary=288, rope_theta=100000.0,
                   norm_eps=1e-5, max_positions=512),
    "tiny-intern": Config(layers=1, width=32, heads=1, kv_heads=1, head_size=32, ffn=64, vocabulary=288, rope_theta=100000.0,
                          norm_eps=1e-5, max_positions=512),
}  # fmt: skip


def rms_norm(x: Tensor, gain: Tensor, eps: float) -> Tensor:
    """x [..., d] / root mean square of each row * gain [d], in float32, returned in x's type."""
    y = x.float()
    y = y * torch.rsqrt(y.square().mean(-1, keepdim=True) + eps)
    return (y * gain).to(x.dtype)


def rotary_angles(positions: Tensor, config: Config) -> tuple[Tensor, Tensor]:
    """Cosines and sines [B, 1, q, c/2] of positions int [B, q]: angle = position * theta^(-2i/c)."""
    exponent = torch.arange(0, config.head_size, 2, device=positions.device, dtype=torch.float64) / config.head_size
    angle = positions[:, None, :, None].double() * config.rope_theta**-exponent
    return angle.cos().float(), angle.sin().float()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary embedding by halves: x [B, h, q, c] = (x1 | x2) -> (x1 cos - x2 sin | x2 cos + x1 sin)."""
    x1, x2 = x.chunk(2, -1)
    cos, sin = cos.to(x.dtype), sin.to(x.dtype)
    return torch.cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin), -1)


class Layer(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        d, hc, gc = config.width, config.heads * config.head_size, config.kv_heads * config.head_size
        self.n1 = nn.Parameter(torch.ones(d))
        self.n2 = nn.Parameter(torch.ones(d))
        self.q = nn.Linear(d, hc, bias=False)
        self.k = nn.Linear(d, gc, bias=False)
        self.v = nn.Linear(d, gc, bias=False)
        self.o = nn.Linear(hc, d, bias=False)
        self.g = nn.Linear(d, config.ffn, bias=False)
        self.u = nn.Linear(d, config.ffn, bias=False)
        self.d = nn.Linear(config.ffn, d, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, attend, past: tuple[Tensor, Tensor] | None):
        """x [B, q, d] -> (x [B, q, d], keys and values of the q new slots, each [B, g, q, c])."""
        eps = self.config.norm_eps
        y = rms_norm(x, self.n1, eps)
        split = lambda t: t.unflatten(-1, (-1, self.config.head_size)).transpose(1, 2)  # [B, q, hc] -> [B, h, q, c]
        query = rotate(split(self.q(y)), cos, sin)
        key, value = rotate(split(self.k(y)), cos, sin), split(self.v(y))
        keys = key if past is None else torch.cat((past[0], key), 2)  # [B, g, T, c]
        values = value if past is None else torch.cat((past[1], value), 2)
        x = x + self.o(attend(query, keys, values).transpose(1, 2).flatten(-2))
        y = rms_norm(x, self.n2, eps)
        return x + self.d(F.silu(self.g(y)) * self.u(y)), (key, value)


class Model(nn.Module):
    """The whole decoder. The head is the embedding table."""

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.emb = nn.Embedding(config.vocabulary, config.width)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.nf = nn.Parameter(torch.ones(config.width))

    def forward(self, tokens: Tensor, positions: Tensor, bias: Tensor | None = None, past: Cache | None = None,
                rows: Tensor | None = None, attend=None) -> tuple[Tensor, Cache]:  # fmt: skip
        """One pass over q slots.

        tokens, positions int [B, q]; bias float, broadcastable to [B, 1, q, T], added to the scores
        (columns: first the cached slots, then the new ones); rows int [r] picks the slots whose
        logits are wanted (all by default). `attend(query [B,h,q,c], keys, values [B,g,T,c]) -> [B,h,q,c]`
        replaces softmax attention under `bias`, e.g. by FlexAttention.
        Returns logits [B, r, vocabulary] and, per layer, keys and values of the new slots [B, g, q, c].
        """
        hidden, new = self.hidden(tokens, positions, bias, past, attend)
        return F.linear(hidden if rows is None else hidden[:, rows], self.emb.weight), new

    def hidden(self, tokens: Tensor, positions: Tensor, bias: Tensor | None = None, past: Cache | None = None,
               attend=None) -> tuple[Tensor, Cache]:  # fmt: skip
        """As forward, but returns the normalised state before the head, [B, q, d], instead of logits."""
        if attend is None:
            attend = lambda q, k, v: F.scaled_dot_product_attention(q, k, v, bias, enable_gqa=True)
        cos, sin = rotary_angles(positions, self.config)
        x, new = self.emb(tokens), []
        for i, layer in enumerate(self.layers):
            x, pair = layer(x, cos, sin, attend, None if past is None else past[i])
            new.append(pair)
        return rms_norm(x, self.nf, self.config.norm_eps), new


def load(tensors: dict[str, Tensor], config: Config = SMOLLM2_135M) -> Model:
    """A model with a checkpoint's tensors. Raises ValueError where a name or a shape does not fit config."""
    model = Model(config)
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        raise ValueError(f"the checkpoint does not fit {config}: {error}") from error
    return model.eval()
