"""An exported model back as a checkpoint's tensors, so that training can go on from what was released.

What the export rounded stays rounded: linears have their 4-bit values, the embedding its 8-bit ones. Rounding these again gives the same bytes
(quantize.py), so that exporting what was read gives the same blob.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .export import reorder_heads
from .export_beside import config_of, ranges_of
from .model import Config
from .quantize import dequantize


def is_release(path: str | Path) -> bool:
    """Whether the path is an exported model's folder."""
    return (Path(path) / "manifest.json").is_file()


def blob_of(folder: Path, manifest: dict) -> bytes:
    """The folder's weights, joined. Raises ValueError where a part does not have the manifest's length."""
    parts = []
    for part in manifest["parts"]:
        data = (folder / part["file"]).read_bytes()
        if len(data) != part["bytes"]:
            raise ValueError(f"{folder / part['file']} has {len(data)} bytes; the manifest says {part['bytes']}")
        parts.append(data)
    return b"".join(parts)


def read_release(folder: str | Path, config: Config) -> dict[str, Tensor]:
    """float32 tensors by a checkpoint's names. Raises ValueError where the folder's model is not of this shape, or rests on another."""
    folder = Path(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    if "kind" in manifest:
        raise ValueError(f"{folder} holds a model of kind {manifest['kind']!r}, which rests on another; give the folder of a whole model")
    found = config_of(manifest)
    # The export chooses how many positions it serves.
    if Config(**{**found.__dict__, "max_positions": config.max_positions}) != config:
        raise ValueError(f"{folder} holds {found}, but --config asks for {config}")
    blob, ranges = blob_of(folder, manifest), ranges_of(manifest)

    def half(name: str) -> Tensor:
        start, size = ranges[name]
        return torch.from_numpy(np.frombuffer(blob, "<f2", size // 2, start).astype("<f4"))

    def matrix(name: str, columns: int, bits: int) -> Tensor:
        start, size = ranges[f"{name}.values"]
        raw = np.frombuffer(blob, np.uint8, size, start)
        unsigned = raw if bits == 8 else np.stack((raw & 15, raw >> 4), -1).reshape(-1)
        values = torch.from_numpy((unsigned.astype(np.int16) - (1 << (bits - 1))).astype(np.int8)).view(-1, columns)
        return dequantize(values, half(f"{name}.scales").half().view(len(values), -1))

    d, h, kv = config.width, config.heads * config.head_size, config.kv_heads * config.head_size
    tensors = {"nf": half("nf"), "emb.weight": matrix("emb", d, 8)}
    for n in range(config.layers):
        name = f"layers.{n}"
        q, k, v = matrix(f"{name}.qkv", d, 4).split((h, kv, kv))
        parts = {"n1": half(f"{name}.n1"), "n2": half(f"{name}.n2"), "q.weight": restore_heads(q, config, 0), "k.weight": k, "v.weight": v,
                 "o.weight": restore_heads(matrix(f"{name}.o", h, 4), config, 1)}  # fmt: skip
        parts |= {f"{x}.weight": matrix(f"{name}.{x}", config.ffn if x == "d" else d, 4) for x in "gud"}
        tensors |= {f"{name}.{key}": tensor for key, tensor in parts.items()}
    return tensors


def restore_heads(w: Tensor, config: Config, dim: int) -> Tensor:
    """The inverse of export.reorder_heads."""
    order = reorder_heads(torch.arange(config.heads * config.head_size), config, 0)
    return w.index_select(dim, order.argsort())
