"""Attention of one new token a sequence over a static cache: the inner loop of batched sampling.

append_attend writes the new key and value at `position` and attends to cached positions 0..position.
On a GPU one Triton program serves the h/g queries of one sequence and one key head, and reads only what is cached.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

try:
    import triton
    import triton.language as tl
except ImportError:  # a CPU needs no Triton
    triton = None


def append_attend_reference(q: Tensor, k: Tensor, v: Tensor, keys: Tensor, values: Tensor, position: Tensor) -> Tensor:
    """q [B, h, c]; k, v [B, g, c]; keys, values [B, T, g, c], written in place; position int [B]. Returns [B, h, c]."""
    row = torch.arange(len(q), device=q.device)
    keys[row, position] = k
    values[row, position] = v
    mask = torch.arange(keys.shape[1], device=q.device) <= position[:, None]  # [B, T]
    out = F.scaled_dot_product_attention(
        q[:, :, None], keys.transpose(1, 2), values.transpose(1, 2), mask[:, None, None], enable_gqa=True
    )
    return out[:, :, 0]


if triton:

    @triton.jit
    def _append_attend(q_p, k_p, v_p, keys_p, values_p, position_p, out_p, T, scale,
                       H: tl.constexpr, G: tl.constexpr, C: tl.constexpr, STEP: tl.constexpr, EXACT: tl.constexpr):  # fmt: skip
        b = tl.program_id(0).to(tl.int64)
        g = tl.program_id(1)
        group: tl.constexpr = H // G
        head = tl.arange(0, 16)  # tl.dot wants 16 rows; `group` of them are real
        c = tl.arange(0, C)
        real = (head < group)[:, None]
        position = tl.load(position_p + b)
        q = tl.load(q_p + (b * H + g * group + head[:, None]) * C + c[None, :], mask=real, other=0.0)
        k_new = tl.load(k_p + (b * G + g) * C + c)
        v_new = tl.load(v_p + (b * G + g) * C + c)
        base = b * T * G * C + g * C
        tl.store(keys_p + base + position * G * C + c, k_new)
        tl.store(values_p + base + position * G * C + c, v_new)
        # The new token itself starts the running softmax; the cache follows, STEP positions at a time.
        top = tl.sum(q.to(tl.float32) * k_new.to(tl.float32)[None, :], 1) * scale
        total = tl.full((16,), 1.0, tl.float32)
        acc = tl.zeros((16, C), tl.float32) + v_new.to(tl.float32)[None, :]
        for start in range(0, position, STEP):
            t = start + tl.arange(0, STEP)
            seen = t < position
            offset = base + t[:, None] * G * C + c[None, :]
            k = tl.load(keys_p + offset, mask=seen[:, None], other=0.0)
            v = tl.load(values_p + offset, mask=seen[:, None], other=0.0)
            score = tl.dot(q, tl.trans(k), input_precision="ieee" if EXACT else "tf32") * scale
            score = tl.where(seen[None, :], score, float("-inf"))
            new_top = tl.maximum(top, tl.max(score, 1))
            shrink = tl.exp(top - new_top)
            p = tl.exp(score - new_top[:, None])
            total = total * shrink + tl.sum(p, 1)
            acc = acc * shrink[:, None] + tl.dot(p.to(v.dtype), v, input_precision="ieee" if EXACT else "tf32")
            top = new_top
        out = (acc / total[:, None]).to(out_p.dtype.element_ty)
        tl.store(out_p + (b * H + g * group + head[:, None]) * C + c[None, :], out, mask=real)


def append_attend(q: Tensor, k: Tensor, v: Tensor, keys: Tensor, values: Tensor, position: Tensor) -> Tensor:
    """As append_attend_reference."""
    if not q.is_cuda:
        return append_attend_reference(q, k, v, keys, values, position)
    B, h, c = q.shape
    g = k.shape[1]
    out = torch.empty(q.shape, dtype=q.dtype, device=q.device)  # contiguous, whatever q is
    _append_attend[(B, g)](
        q.contiguous(), k.contiguous(), v.contiguous(), keys, values, position, out, keys.shape[1], c**-0.5,
        H=h, G=g, C=c, STEP=64, EXACT=q.dtype == torch.float32, num_warps=4 if q.dtype == torch.float32 else 2,
    )  # fmt: skip
    return out
