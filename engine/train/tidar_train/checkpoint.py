"""The int8 checkpoint: NAME.q8 beside NAME.q8.json.

The JSON maps each tensor's name to {"kind", "shape", "off"}; "off" is a byte offset into NAME.q8.
Little endian, in the JSON's order, without gaps:
  "q8"   the shape's product of int8, row by row, then one float16 scale per 32 consecutive values
  "f16"  float16
Matrices are stored as q8, vectors as f16. NAME.q8 may be cut into pieces NAME.q8.00, NAME.q8.01, ...,
which are read as if they were one file.

Tensor names: emb.weight (tied with the head), nf (final norm), layers.N.n1 and n2 (norms before
attention and before the MLP), layers.N.{q,k,v,o,g,u,d}.weight as [out, in].
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .quantize import BLOCK, dequantize, quantize


def read_checkpoint(path: str | Path) -> dict[str, Tensor]:
    """Reads a checkpoint, whole or in pieces, as float32 tensors in file order.

    Raises FileNotFoundError or ValueError with the file and what is wrong with it.
    """
    path = Path(path)
    index_path = path.with_name(path.name + ".json")
    if not index_path.exists():
        raise FileNotFoundError(f"{index_path} is missing; it must lie beside the checkpoint {path}")
    index = json.loads(index_path.read_text())
    data = read_bytes(path)
    tensors = {}
    end = 0
    for name, entry in index.items():
        kind, shape, start = entry["kind"], entry["shape"], entry["off"]
        count = int(np.prod(shape))
        if kind not in ("q8", "f16"):
            raise ValueError(f"{index_path}: tensor {name} has the unknown kind {kind!r}")
        end = start + (count + count // BLOCK * 2 if kind == "q8" else 2 * count)
        if end > len(data):
            raise ValueError(f"{path}: {name} ends at byte {end}, but the file has {len(data)}; it is cut short")
        if kind == "q8":
            values = torch.from_numpy(np.frombuffer(data, np.int8, count, start).copy()).view(shape)
            scales = np.frombuffer(data, np.float16, count // BLOCK, start + count).copy()
            tensors[name] = dequantize(values, torch.from_numpy(scales).view(*shape[:-1], -1))
        else:
            tensors[name] = torch.from_numpy(np.frombuffer(data, np.float16, count, start).astype(np.float32)).view(shape)
    if end != len(data):
        raise ValueError(f"{path}: {len(data) - end} bytes lie after the last tensor; {index_path} does not belong to it")
    return tensors


def write_checkpoint(path: str | Path, tensors: dict[str, Tensor], piece_bytes: int | None = None) -> list[Path]:
    """Writes tensors (float, matrices [out, in] with `in` a multiple of 32, and vectors) in their order.

    piece_bytes cuts the data file into pieces of at most so many bytes. Returns the paths written,
    the JSON first. Reading and writing again gives the same bytes.
    """
    path = Path(path)
    index, chunks, offset = {}, [], 0
    for name, tensor in tensors.items():
        tensor = tensor.detach().cpu()
        if tensor.ndim == 2:
            values, scales = quantize(tensor, 8)
            chunk = values.numpy().tobytes() + scales.numpy().tobytes()
        else:
            chunk = tensor.half().numpy().tobytes()
        index[name] = {"kind": "q8" if tensor.ndim == 2 else "f16", "shape": list(tensor.shape), "off": offset}
        chunks.append(chunk)
        offset += len(chunk)
    data = b"".join(chunks)
    size = piece_bytes or len(data)
    pieces = [path] if piece_bytes is None else [path.with_name(f"{path.name}.{n:02d}") for n in range(-(-len(data) // size))]
    index_path = path.with_name(path.name + ".json")
    contents = [json.dumps(index).encode(), *(data[n * size : (n + 1) * size] for n in range(len(pieces)))]
    written = [index_path, *pieces]
    for old in {path, *_pieces(path)} - {*written}:
        old.unlink(missing_ok=True)
    parts = [target.with_name(target.name + ".part") for target in written]
    for part, content in zip(parts, contents):
        part.write_bytes(content)
    for part, target in zip(parts, written):  # who reads while a run goes on finds whole files
        part.replace(target)
    return written


def _pieces(path: Path) -> list[Path]:
    found = [p for p in path.parent.glob(path.name + ".*") if p.suffix[1:].isdigit()]
    return sorted(found, key=lambda p: int(p.suffix[1:]))


def read_bytes(path: Path) -> bytes:
    """The data file's bytes, whole or joined from its pieces. Raises as read_checkpoint does."""
    if path.exists():
        return path.read_bytes()
    pieces = _pieces(path)
    if not pieces:
        raise FileNotFoundError(f"neither {path} nor its pieces {path.name}.00, ... exist; give the path of a .q8 file")
    if [int(p.suffix[1:]) for p in pieces] != list(range(len(pieces))):
        raise ValueError(f"{path}: pieces are missing; found {', '.join(p.name for p in pieces)}")
    return b"".join(p.read_bytes() for p in pieces)
