"""One weight blob, several graphs: how a graph's external data is assembled from the blob.

The blob is what is downloaded, in parts. A graph file holds no weights; each of its initializers points
into one external data file that exists only in memory. A recipe says how to make that file: a list of
steps, each writing one range of the file from one or two ranges of the blob, in any order, together
covering every initializer. A range is [offset, bytes]; everything is little endian.

    {"name", "transform", "from": range of the blob, "to": range of the file, ...}

transform is one of
    copy                    the same bytes; zeros after them where the range of the file is longer
    f16-to-f32              float16 -> float32, one by one
    q4-dequantise-transpose "shape" [n, k], "scales" a second range of the blob. `from` holds n rows of
                            k nibbles (the lower half of a byte first), `scales` n rows of k/32 float16.
                            Writes float32 [k, n]: out[j][i] = (nibble[i][j] - 8) * scale[i][j / 32]
    q8-dequantise-transpose the same with bytes: out[j][i] = (byte[i][j] - 128) * scale[i][j / 32]

Blob order of quantised values and of their scales is that of com.microsoft.MatMulNBits (block_size 32,
no zero_points input: 2^(bits-1) is implied), so that operator needs copies only.
This module writes blobs, and is the reference for the assembler in engine/runtime.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .quantize import BLOCK

ALIGN = 64  # bytes: every tensor in a blob or data file starts at a multiple of it

Range = tuple[int, int]  # offset, bytes


class Blob:
    """Bytes laid one after another under names. A blob that continues another, of `end` bytes, counts on from there, and knows the ranges of
    that one by name."""

    def __init__(self, end: int = 0, ranges: dict[str, Range] | None = None) -> None:
        self.ranges: dict[str, Range] = dict(ranges or {})
        self._chunks: list[bytes] = []
        self._end = end

    def add(self, name: str, data: np.ndarray) -> None:
        """Appends an array's bytes at the next multiple of 64. Raises ValueError where the name is taken."""
        if name in self.ranges:
            raise ValueError(f"the blob has a tensor {name} already")
        raw = data.tobytes()
        gap = -self._end % ALIGN
        self.ranges[name] = (self._end + gap, len(raw))
        self._chunks += [bytes(gap), raw]
        self._end += gap + len(raw)

    def add_quantized(self, name: str, values: Tensor, scales: Tensor, bits: int) -> None:
        """Appends NAME.values (unsigned, zero at 2^(bits-1)) and NAME.scales of quantize()'s result [n, k]."""
        unsigned = (values.to(torch.int16) + (1 << (bits - 1))).to(torch.uint8).numpy()
        self.add(f"{name}.values", unsigned if bits == 8 else unsigned[:, 0::2] | unsigned[:, 1::2] << 4)
        self.add(f"{name}.scales", scales.numpy())

    def bytes(self) -> bytes:
        """What was added; the blob that it continues is not among it."""
        return b"".join(self._chunks)


@dataclass
class Step:
    name: str
    transform: str
    source: Range
    to: Range
    scales: Range | None = None
    shape: tuple[int, int] | None = None

    def json(self) -> dict:
        """The step as the manifest stores it."""
        step = {"name": self.name, "transform": self.transform, "from": list(self.source)}
        if self.scales is not None:
            step |= {"scales": list(self.scales), "shape": list(self.shape)}
        return step | {"to": list(self.to)}


def assemble(blob: bytes, steps: list[dict], size: int) -> bytearray:
    """The data file of `size` bytes that the steps, as stored in the manifest, make from the blob.

    Raises ValueError where a transform is unknown or does not fill its range.
    """
    out = bytearray(size)
    for step in steps:
        raw = _apply(blob, step)
        start, length = step["to"]
        if len(raw) != length or start + length > size:
            raise ValueError(f"{step['name']}: {step['transform']} gives {len(raw)} bytes for the range {step['to']} of {size}")
        out[start : start + length] = raw
    return out


def _apply(blob: bytes, step: dict) -> bytes:
    start, length = step["from"]
    match step["transform"]:
        case "copy":
            return blob[start : start + length].ljust(step["to"][1], b"\0")
        case "f16-to-f32":
            return np.frombuffer(blob, "<f2", length // 2, start).astype("<f4").tobytes()
        case "q4-dequantise-transpose" | "q8-dequantise-transpose":
            n, k = step["shape"]
            raw = np.frombuffer(blob, np.uint8, length, start).reshape(n, -1)
            if step["transform"].startswith("q4"):
                values = np.stack((raw & 15, raw >> 4), -1).reshape(n, k).astype("<f4") - 8
            else:
                values = raw.astype("<f4") - 128
            at, size = step["scales"]
            scales = np.frombuffer(blob, "<f2", size // 2, at).reshape(n, -1).astype("<f4")
            return np.ascontiguousarray((values * scales.repeat(BLOCK, 1)).T).tobytes()
        case other:
            raise ValueError(f"{step['name']}: unknown transform {other!r}")
