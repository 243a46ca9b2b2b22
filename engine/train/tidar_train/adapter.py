"""Low-rank adapters (Hu et al., LoRA, arXiv 2106.09685): a model as the frozen weights of another and, for every linear, a product of two
thin matrices of its own, W + b a; and norms of its own. Embedding and head stay the other's.

N: layers, d: width, r: rank, a multiple of 32 (a block of quantisation).
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .lm import Tensors, Weights
from .quantize import BLOCK


@dataclass
class Adapter(Tensors):
    """X_a [N, r, in], X_b [N, out, r] for X of lm.Weights.LINEARS; n1, n2 [N, d]; nf [d]. Served in 8 bits."""

    qkv_a: Tensor
    qkv_b: Tensor
    o_a: Tensor
    o_b: Tensor
    gu_a: Tensor
    gu_b: Tensor
    down_a: Tensor
    down_b: Tensor
    n1: Tensor
    n2: Tensor
    nf: Tensor

    PAIRS = tuple((x, f"{x}_a", f"{x}_b") for x in Weights.LINEARS)
    BITS = {name: 8 for _, *names in PAIRS for name in names}


def begin_adapter(weights: Weights, rank: int, seed: int) -> Adapter:
    """An adapter that changes nothing yet: b = 0. Raises ValueError where the rank is no multiple of 32."""
    if rank <= 0 or rank % BLOCK:
        raise ValueError(f"rank is {rank}; it must be a multiple of {BLOCK}, the block of quantisation")
    g = torch.Generator().manual_seed(seed)
    matrices = {}
    for name, a, b in Adapter.PAIRS:
        N, out, into = getattr(weights, name).shape
        matrices |= {a: torch.randn(N, rank, into, generator=g) * into**-0.5, b: torch.zeros(N, out, rank)}
    return Adapter(**matrices, **{name: getattr(weights, name).float().clone() for name in ("n1", "n2", "nf")})


def applied(adapter: Adapter, weights: Weights) -> Weights:
    """The model: weights + b a, with the adapter's norms. Gradients reach the adapter."""
    linears = {name: getattr(weights, name) + getattr(adapter, b) @ getattr(adapter, a) for name, a, b in Adapter.PAIRS}
    return replace(weights, n1=adapter.n1, n2=adapter.n2, nf=adapter.nf, **linears)


def adapter_tensors(adapter: Adapter) -> dict[str, Tensor]:
    """A checkpoint's tensors: X_a.N.weight, X_b.N.weight, n1.N, n2.N, nf."""
    tensors = {"nf": adapter.nf}
    for name, stack in adapter.items():
        if name != "nf":
            tensors |= {f"{name}.{n}.weight" if stack.ndim == 3 else f"{name}.{n}": t for n, t in enumerate(stack)}
    return tensors


def adapter_of(tensors: dict[str, Tensor]) -> Adapter:
    """The inverse of adapter_tensors. Raises ValueError where the tensors are no adapter's."""
    if "qkv_a.0.weight" not in tensors:
        raise ValueError("the checkpoint is no adapter: it has no qkv_a.0.weight; train one with `train diffusion --set rank=32`")
    layers = sum(name.startswith("n1.") for name in tensors)
    each = lambda name, end: torch.stack([tensors[f"{name}.{n}{end}"] for n in range(layers)])
    matrices = {name: each(name, ".weight") for name in Adapter.BITS}
    return Adapter(**matrices, n1=each("n1", ""), n2=each("n2", ""), nf=tensors["nf"])
