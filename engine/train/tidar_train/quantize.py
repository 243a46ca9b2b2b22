"""Symmetric block quantisation: 32 consecutive values of a row share one float16 scale.

The scale is rounded to float16 before the values are chosen, so a float32 and a float16 reader
of the same bytes see the same weights.

8 bits: scale = max|w| / 127,              value = round(w / scale) in -127..127.
4 bits: scale = (entry of largest |w|) / -8, value = round(w / scale) in -8..7. The scale is signed:
        the entry of largest magnitude becomes -8 exactly, so no level is wasted (llama.cpp's Q4_0).
Ties round to even. Quantising what was dequantised gives the same bytes again.
"""

import torch
from torch import Tensor

BLOCK = 32


def quantize(w: Tensor, bits: int) -> tuple[Tensor, Tensor]:
    """Quantises w, float [..., n] with n a multiple of 32, to 4 or 8 bits.

    Returns (values int8 [..., n], scales float16 [..., n / 32]).
    Raises ValueError where n is not a multiple of 32, bits is not 4 or 8, or w is not finite or
    too large for a float16 scale.
    """
    if bits not in (4, 8):
        raise ValueError(f"bits is {bits}; only 4 and 8 are supported")
    if w.shape[-1] % BLOCK:
        raise ValueError(f"a row of {w.shape[-1]} values is not a multiple of the block, {BLOCK}")
    blocks = w.float().unflatten(-1, (-1, BLOCK))  # [..., n/32, 32]
    low, high = (-8, 7) if bits == 4 else (-127, 127)
    if bits == 4:
        largest = blocks.abs().argmax(-1, keepdim=True)
        scales = (blocks.gather(-1, largest) / -8).half()
    else:
        scales = (blocks.abs().amax(-1, keepdim=True) / 127).half()
    if not torch.isfinite(scales).all():
        raise ValueError("weights are not finite, or too large for a float16 scale")
    # A block whose scale is zero in float16 holds only zeros.
    divisor = torch.where(scales == 0, 1.0, scales.float())
    values = (blocks / divisor).round().clamp(low, high) * (scales != 0)
    return values.to(torch.int8).flatten(-2), scales.squeeze(-1)


def dequantize(values: Tensor, scales: Tensor) -> Tensor:
    """The float32 weights that quantize's (values [..., n], scales [..., n / 32]) stand for: [..., n]."""
    return (values.unflatten(-1, (-1, BLOCK)).float() * scales.unsqueeze(-1).float()).flatten(-2)


def settle(w: Tensor) -> Tensor:
    """w with every value at most 0.455 of a 4-bit step from its 4-bit one, so that rounding to 8 bits first (as a checkpoint
    does; half a level is 0.032 of that step, the scales' rounding 0.008) leaves the 4-bit values as they were trained."""
    values, scales = quantize(w, 4)
    near = dequantize(values, scales)
    most = 0.455 * scales.float().abs().repeat_interleave(BLOCK, -1)
    return near + (w - near).clamp(-most, most)


def fake_quantize(w: Tensor, bits: int) -> Tensor:
    """dequantize(quantize(w)) in w's own type, with the gradient of the identity (straight-through)."""
    with torch.no_grad():
        error = dequantize(*quantize(w, bits)).to(w.dtype) - w
    return w + error
