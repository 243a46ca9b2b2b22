"""Exports a checkpoint for the browser: graphs, one weight blob in parts, tokenizer, manifest.json.

    python -m tidar_train.export --checkpoint NAME.q8 --tokenizer tokenizer.json \\
        --card cards/NAME.json --out ../../static/models/NAME

Linear layers become 4-bit, embedding and head one 8-bit table (see quantize.py). One blob serves all
graphs; how each graph's external data is made of it is told in recipe.py and stored in the manifest.
The same input gives the same bytes.

manifest.json (sizes in bytes, ranges [offset, bytes] of the blob, files relative to the manifest):
    formatVersion, name, license, card
    checkpoint    sha256 of the .q8 file that this came from
    architecture  layers, width, heads, kvHeads, headSize, ffn, vocabulary, ropeTheta, normEps, maxPositions
    tokens        ids with a role: start and end of a chat message, mask
    quantisation  block, and bits of linears and of the embedding
    tokenizer     file and config, each {file, bytes, sha256}
    canvas        only of a diffusion model: "dream" or "llada"
    parts         [{file, bytes, sha256}]: joined in order they are the blob
    embedding     values and scales: ranges; row t is (byte - zeroPoint) * scale, one scale per 32 bytes
    graphs        [{name, activations, file, bytes, sha256, data: {file, bytes, recipe}, download}]; download
                  is everything that a visitor fetches to run this graph
    evaluation    null here; the evaluation script writes it
"""

import argparse
import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from .checkpoint import read_bytes, read_checkpoint
from .graph import VARIANTS, build
from .model import CONFIGS, Config, rotary_angles
from .quantize import BLOCK, quantize
from .recipe import Blob
from .tokenizer import tokenizer_config, tokenizer_json

FORMAT_VERSION = 1
PART_BYTES = 16 * 2**20
DOWNLOAD_LIMIT = 100 * 10**6
POSITIONS = 2048  # rows of the rotary table: twice the length of a training row
TOKENS = {"start": 1, "end": 2, "mask": 16}


def fill_blob(tensors: dict[str, Tensor], config: Config) -> Blob:
    """All weights as the graphs want them: q, k and v merged and query heads reordered (see graph.py)."""
    blob = Blob()
    blob.add_quantized("emb", *quantize(tensors["emb.weight"], 8), 8)
    positions = torch.arange(config.max_positions)[None]
    for name, table in zip(("cos", "sin"), rotary_angles(positions, config)):
        blob.add(f"rope.{name}.f32", table.numpy().astype("<f4"))
        blob.add(f"rope.{name}.f16", table.numpy().astype("<f2"))
    blob.add("nf", tensors["nf"].numpy().astype("<f2"))
    for n in range(config.layers):
        name, weight = f"layers.{n}", lambda t: tensors[f"layers.{n}.{t}.weight"]
        for norm in ("n1", "n2"):
            blob.add(f"{name}.{norm}", tensors[f"{name}.{norm}"].numpy().astype("<f2"))
        merged = torch.cat((reorder_heads(weight("q"), config, 0), weight("k"), weight("v")))
        blob.add_quantized(f"{name}.qkv", *quantize(merged, 4), 4)
        # Blocks are 32 columns of one head: reordering columns by whole heads moves blocks, and changes none.
        blob.add_quantized(f"{name}.o", *quantize(reorder_heads(weight("o"), config, 1), 4), 4)
        for matrix in ("g", "u", "d"):
            blob.add_quantized(f"{name}.{matrix}", *quantize(weight(matrix), 4), 4)
    return blob


def reorder_heads(w: Tensor, config: Config, dim: int) -> Tensor:
    """Moves query head g * (h/G) + r to place r * G + g along dim (G KV heads, r within its group)."""
    groups = config.heads // config.kv_heads
    order = torch.arange(config.heads).view(config.kv_heads, groups).T.flatten()
    return w.unflatten(dim, (config.heads, config.head_size)).index_select(dim, order).flatten(dim, dim + 1)


def export(tensors: dict[str, Tensor], config: Config, tokenizer: dict, card: dict, out: Path, source_sha256: str,
           part_bytes: int = PART_BYTES, limit: int = DOWNLOAD_LIMIT) -> dict:  # fmt: skip
    """Writes the model to the folder `out`, whose old parts are removed, and returns the manifest.

    Raises ValueError where the tokenizer does not fit the vocabulary, a head is not a multiple of 32, or
    a download would pass `limit` bytes.
    """
    if len(tokenizer.get("tokens", [])) != config.vocabulary:
        raise ValueError(f"the tokenizer has {len(tokenizer.get('tokens', []))} tokens, the model {config.vocabulary}")
    if config.head_size % BLOCK:
        raise ValueError(f"head size {config.head_size} is not a multiple of the quantisation block, {BLOCK}")
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("weights.*.bin"):
        old.unlink()

    blob = fill_blob(tensors, config)
    data = blob.bytes()
    parts = [
        _write(out / f"weights.{number:02d}.bin", data[start : start + part_bytes])
        for number, start in enumerate(range(0, len(data), part_bytes))
    ]
    files = {
        "file": _write(out / "tokenizer.json", _compact(tokenizer_json(tokenizer))),
        "config": _write(out / "tokenizer_config.json", _compact(tokenizer_config(tokenizer, TOKENS["end"], TOKENS["mask"]))),
    }
    shared = len(data) + sum(file["bytes"] for file in files.values())
    graphs = []
    for variant in VARIANTS:
        model, steps, size = build(config, variant, blob)
        file = _write(out / f"{variant.name}.onnx", model.SerializeToString(deterministic=True))
        graphs.append({
            "name": variant.name,
            "activations": "float16" if variant.half else "float32",
            **file,
            "data": {"file": f"{variant.name}.data", "bytes": size, "recipe": [step.json() for step in steps]},
            "download": shared + file["bytes"],
        })  # fmt: skip
    manifest = {
        "formatVersion": FORMAT_VERSION,
        "name": out.name,
        "license": "Apache-2.0",
        "card": card,
        "checkpoint": {"sha256": source_sha256},
        "architecture": {
            "layers": config.layers, "width": config.width, "heads": config.heads, "kvHeads": config.kv_heads,
            "headSize": config.head_size, "ffn": config.ffn, "vocabulary": config.vocabulary,
            "ropeTheta": config.rope_theta, "normEps": config.norm_eps, "maxPositions": config.max_positions,
        },
        "tokens": TOKENS,
        "quantisation": {"block": BLOCK, "linearBits": 4, "embeddingBits": 8},
        "tokenizer": files,
        "parts": parts,
        "embedding": {
            "values": list(blob.ranges["emb.values"]), "scales": list(blob.ranges["emb.scales"]), "zeroPoint": 128,
        },
        "graphs": graphs,
        "evaluation": None,
    }  # fmt: skip
    if "shift" in tensors:  # a diffusion model says how its masks are read (ModelInfo.canvas)
        manifest["canvas"] = canvas_kind(tensors)
    text = write_manifest(out / "manifest.json", manifest)
    for graph in graphs:
        if graph["download"] + len(text) > limit:
            raise ValueError(f"{graph['name']}: the download takes {graph['download'] + len(text)} bytes, over the limit of {limit}")
    return manifest


def canvas_kind(tensors: dict[str, Tensor]) -> str:
    """"dream" where the slot before a mask predicts it, "llada" where the mask itself does."""
    return "dream" if tensors["shift"][0] else "llada"


def write_manifest(path: Path, manifest: dict) -> str:
    """Writes manifest.json, indented, but each recipe step on one line. Returns the text."""
    steps = {}

    def mark(step: dict) -> str:
        key = f"@step{len(steps)}@"
        steps[f'"{key}"'] = json.dumps(step)
        return key

    def marked(value):
        if isinstance(value, list):
            return [marked(v) for v in value]
        if isinstance(value, dict):
            return {k: [mark(s) for s in v] if k == "recipe" else marked(v) for k, v in value.items()}
        return value

    shown = manifest | {"graphs": marked(manifest["graphs"])}
    lines = json.dumps(shown, indent="\t", ensure_ascii=False).split("\n")
    bare = [line.strip().rstrip(",") for line in lines]
    text = "\n".join(line.replace(key, steps[key]) if key in steps else line for line, key in zip(lines, bare)) + "\n"
    path.write_text(text)
    return text


def register(folder: Path, manifest: dict) -> None:
    """Names an exported head or diffusion model in companions.json beside its folder, where the site and the command line look for weights
    of a decoder's own. A diffusion model serves both samplers, whichever way its masks are read."""
    path = folder.parent / "companions.json"
    known = json.loads(path.read_text()) if path.exists() else {"eagle3": None, "llada": None, "dream": None}
    for decoder in ("eagle3",) if manifest.get("kind") == "eagle3" else ("llada", "dream"):
        known[decoder] = folder.name
    path.write_text(json.dumps(known, indent="\t") + "\n")


def _compact(value: dict) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _write(path: Path, data: bytes) -> dict:
    path.write_bytes(data)
    return {"file": path.name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="tidar_train.export", description=__doc__.split("\n")[0])
    parser.add_argument("--config", choices=CONFIGS, default="smollm2-135m")
    parser.add_argument("--checkpoint", type=Path, required=True, help="the .q8 file (its .q8.json beside it)")
    parser.add_argument("--tokenizer", type=Path, required=True, help="JSON with tokens, merges and chat template")
    parser.add_argument("--card", type=Path, required=True, help="JSON object: what the model is, stored in the manifest")
    parser.add_argument("--out", type=Path, required=True, help="folder to write; its name is the model's")
    parser.add_argument("--register", action="store_true", help="a diffusion model: name it in companions.json beside the folder")
    arguments = parser.parse_args()
    try:
        tensors = read_checkpoint(arguments.checkpoint)
        digest = hashlib.sha256(read_bytes(arguments.checkpoint)).hexdigest()
        config = replace(CONFIGS[arguments.config], max_positions=POSITIONS)
        tokenizer, card = (json.loads(path.read_text()) for path in (arguments.tokenizer, arguments.card))
        manifest = export(tensors, config, tokenizer, card, arguments.out, digest)
        if arguments.register:
            if "canvas" not in manifest:
                raise ValueError(f"{arguments.checkpoint} is no diffusion model, and only those and heads are registered")
            register(arguments.out, manifest)
    except (OSError, ValueError, KeyError) as error:
        print(f"export: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    print(f"{arguments.out}: {len(manifest['parts'])} parts, {sum(p['bytes'] for p in manifest['parts']) / 1e6:.2f} MB of weights")
    for graph in manifest["graphs"]:
        print(f"  {graph['name']}: download {graph['download'] / 1e6:.2f} MB, in memory {graph['data']['bytes'] / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
