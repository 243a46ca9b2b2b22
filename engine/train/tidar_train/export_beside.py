"""Exports what rests on an exported model without a second download of its weights: an EAGLE-3 head, or a diffusion adapter.

    python -m tidar_train.export_beside --target ../../static/models/NAME --checkpoint HEAD.q8 --card cards/HEAD.json \\
        --out ../../static/models/HEAD

The folder's own weight parts continue the target's: joined behind all of the target's parts they are one blob, and every range of a recipe is one of
that blob, so a graph may name the target's embedding or linears by where they lie. manifest.json is as export.py tells, with
    kind          "eagle3" or "adapter"
    target        {name, checkpoint, bytes}: the model that it rests on, sha256 of its checkpoint, length of its blob
    parts, graphs[].download: the own ones alone
of a head
    taps          the target's layers, from 0
    vocabulary    drafts are among so many first tokens
    graphs        [{name, activations, download, taps, fuse, draft}], each of the three {file, bytes, sha256, data} as in export.py.
                  taps is the target's graph of that name with one more output, `taps` [1, q, t d]: its data is what the target's own graph has.
                  fuse: taps [1, q, t d] -> feature [1, q, d]. draft: see graph_beside.py
of an adapter
    rank, canvas  "dream" or "llada"
    graphs        as in export.py: each takes the place of the target's graph of its name
"""

import argparse
import hashlib
import json
import sys
from dataclasses import fields
from pathlib import Path

import onnx
import torch
from onnx import helper
from torch import Tensor

from .adapter import adapter_of
from .checkpoint import read_bytes, read_checkpoint
from .eagle import head_of
from .export import PART_BYTES, _write, canvas_kind, register, reorder_heads, write_manifest
from .graph import VARIANTS
from .graph_beside import build_adapted, build_draft, build_fuse
from .model import Config
from .quantize import quantize
from .recipe import Blob, Range

CAMEL = {"kv_heads": "kvHeads", "head_size": "headSize", "rope_theta": "ropeTheta", "norm_eps": "normEps", "max_positions": "maxPositions"}


def config_of(manifest: dict) -> Config:
    """The architecture of an exported model."""
    return Config(**{f.name: manifest["architecture"][CAMEL.get(f.name, f.name)] for f in fields(Config)})


def ranges_of(manifest: dict) -> dict[str, Range]:
    """Where an exported model's tensors lie in its blob, by export.fill_blob's names, read off its recipes."""
    ranges = {"emb.values": tuple(manifest["embedding"]["values"]), "emb.scales": tuple(manifest["embedding"]["scales"])}
    for graph in manifest["graphs"]:
        if graph["name"].startswith("webgpu"):
            kind = "f16" if graph["activations"] == "float16" else "f32"
            for step in graph["data"]["recipe"]:
                name = f"rope.{step['name']}.{kind}" if step["name"] in ("cos", "sin") else step["name"]
                ranges[name] = tuple(step["from"])
    return ranges


def with_taps(model: onnx.ModelProto, taps: tuple[int, ...], width: int) -> onnx.ModelProto:
    """The target's graph with the output `taps`. Raises ValueError where the graph does not keep a tapped layer's stream."""
    made = {name for node in model.graph.node for name in node.output}
    missing = [n for n in taps if f"l{n}/out" not in made]
    if missing:
        raise ValueError(f"the target's graph has no residual stream after layer {missing[0]}; the last layer's is never stored")
    model.graph.node.append(helper.make_node("Concat", [f"l{n}/out" for n in taps], ["taps"], name="Concat:taps", axis=-1))
    kind = next(i for i in model.graph.input if i.name == "x").type.tensor_type.elem_type
    model.graph.output.append(helper.make_tensor_value_info("taps", kind, [1, "q", len(taps) * width]))
    return model


def fill_head(blob: Blob, tensors: dict[str, Tensor], config: Config, vocabulary: int) -> tuple[int, ...]:
    """Adds a head under names with the prefix `head.`; its table of words is the beginning of the target's. Returns the taps."""
    head, taps = head_of(tensors)
    if head.nf.numel() != config.width:
        raise ValueError(f"the head has width {head.nf.numel()}, its target {config.width}")
    half = lambda name, t: blob.add(f"head.{name}", t.numpy().astype("<f2"))
    for i, gain in enumerate(head.nt):
        half(f"nt.{i}", gain)
    for name, at in (("ne", "ne"), ("nx", "nx"), ("n2", "layers.0.n2"), ("nf", "nf")):
        half(at, getattr(head, name))
    h = config.heads * config.head_size
    gate, up = head.gu[0].chunk(2)
    matrices = {
        "fc": head.fc[0],
        "layers.0.qkv": torch.cat((reorder_heads(head.qkv[0, :h], config, 0), head.qkv[0, h:])),
        "layers.0.o": reorder_heads(head.o[0], config, 1), "layers.0.g": gate, "layers.0.u": up, "layers.0.d": head.down[0],
    }  # fmt: skip
    for name, matrix in matrices.items():
        blob.add_quantized(f"head.{name}", *quantize(matrix, 4), 4)
    rows = vocabulary * config.width
    blob.ranges["head.emb.values"] = (blob.ranges["emb.values"][0], rows)
    blob.ranges["head.emb.scales"] = (blob.ranges["emb.scales"][0], rows // 16)
    return taps


def fill_adapter(blob: Blob, tensors: dict[str, Tensor], config: Config) -> int:
    """Adds an adapter under names with the prefix `adapter.`: of every linear X of the graphs X.a and X.b, and the norms. Returns its rank."""
    adapter = adapter_of(tensors)
    if len(adapter.n1) != config.layers or adapter.nf.numel() != config.width:
        raise ValueError(f"the adapter is for {len(adapter.n1)} layers of width {adapter.nf.numel()}, its target has {config.layers} of {config.width}")
    h = config.heads * config.head_size
    blob.add("adapter.nf", adapter.nf.numpy().astype("<f2"))
    for n in range(config.layers):
        name = f"adapter.layers.{n}"
        for norm in ("n1", "n2"):
            blob.add(f"{name}.{norm}", getattr(adapter, norm)[n].numpy().astype("<f2"))
        gate, up = adapter.gu_b[n].chunk(2)
        qkv = adapter.qkv_b[n]
        matrices = {
            "qkv.a": adapter.qkv_a[n], "qkv.b": torch.cat((reorder_heads(qkv[:h], config, 0), qkv[h:])),
            "o.a": reorder_heads(adapter.o_a[n], config, 1), "o.b": adapter.o_b[n],
            "g.a": adapter.gu_a[n], "g.b": gate, "u.b": up, "d.a": adapter.down_a[n], "d.b": adapter.down_b[n],
        }  # fmt: skip
        for matrix, w in matrices.items():
            blob.add_quantized(f"{name}.{matrix}", *quantize(w, 8), 8)
        for part in ("values", "scales"):
            blob.ranges[f"{name}.u.a.{part}"] = blob.ranges[f"{name}.g.a.{part}"]
    return adapter.qkv_a.shape[1]


def export(target: Path, tensors: dict[str, Tensor], card: dict, out: Path, source_sha256: str, vocabulary: int = 0, part_bytes: int = PART_BYTES) -> dict:
    """Writes a head or an adapter, whichever the tensors are, to the folder `out`, and returns the manifest. Raises ValueError where
    it does not fit the model in the folder `target`."""
    known = json.loads((target / "manifest.json").read_text())
    config = config_of(known)
    size = sum(part["bytes"] for part in known["parts"])
    blob = Blob(size, ranges_of(known))
    out.mkdir(parents=True, exist_ok=True)
    for old in [*out.glob("weights.*.bin"), *out.glob("*.onnx")]:
        old.unlink()

    def entry(name: str, model: onnx.ModelProto, data: dict) -> dict:
        return {**_write(out / f"{name}.onnx", model.SerializeToString(deterministic=True)), "data": data}

    def built(name: str, model, steps, data_size: int) -> dict:
        return entry(name, model, {"file": f"{name}.data", "bytes": data_size, "recipe": [step.json() for step in steps]})

    is_head = "taps" in tensors
    vocabulary = vocabulary or config.vocabulary
    if not 0 < vocabulary <= config.vocabulary:
        raise ValueError(f"vocabulary is {vocabulary}; the target has {config.vocabulary} tokens")
    graphs, about = [], {}
    if is_head:
        taps = fill_head(blob, tensors, config, vocabulary)
        about = {"taps": list(taps), "vocabulary": vocabulary}
    else:
        about = {"rank": fill_adapter(blob, tensors, config), "canvas": canvas_kind(tensors)}
    data = blob.bytes()
    parts = [_write(out / f"weights.{i:02d}.bin", data[a : a + part_bytes]) for i, a in enumerate(range(0, len(data), part_bytes))]
    for variant in VARIANTS:
        head = {"name": variant.name, "activations": "float16" if variant.half else "float32"}
        if not is_head:
            one = built(variant.name, *build_adapted(config, variant, blob, about["rank"]))
            graphs.append({**head, **one, "download": len(data) + one["bytes"]})
            continue
        of = next(g for g in known["graphs"] if g["name"] == variant.name)
        tapped = with_taps(onnx.load(target / of["file"], load_external_data=False), taps, config.width)
        three = {
            "taps": entry(f"{variant.name}.taps", tapped, of["data"]),
            "fuse": built(f"{variant.name}.fuse", *build_fuse(config, variant, blob, len(taps))),
            "draft": built(f"{variant.name}.draft", *build_draft(config, variant, blob, vocabulary)),
        }
        graphs.append({**head, **three, "download": len(data) + sum(g["bytes"] for g in three.values())})
    manifest = {
        "formatVersion": known["formatVersion"], "name": out.name, "license": "Apache-2.0", "kind": "eagle3" if is_head else "adapter", "card": card,
        "checkpoint": {"sha256": source_sha256},
        "target": {"name": known["name"], "checkpoint": known["checkpoint"]["sha256"], "bytes": size},
        **about, "parts": parts, "graphs": graphs, "evaluation": None,
    }  # fmt: skip
    write_manifest(out / "manifest.json", manifest)
    return manifest


def main() -> None:
    parser = argparse.ArgumentParser(prog="tidar_train.export_beside", description=__doc__.split("\n")[0])
    parser.add_argument("--target", type=Path, required=True, help="folder of the exported model that it rests on")
    parser.add_argument("--checkpoint", type=Path, required=True, help="the .q8 file of a head or an adapter")
    parser.add_argument("--vocabulary", type=int, default=0, help="a head drafts among so many first tokens; 0: all")
    parser.add_argument("--card", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder to write; its name is the model's")
    parser.add_argument("--register", action="store_true", help="name it in companions.json beside the folder, for the site and the command line")
    a = parser.parse_args()
    try:
        digest = hashlib.sha256(read_bytes(a.checkpoint)).hexdigest()
        manifest = export(a.target, read_checkpoint(a.checkpoint), json.loads(a.card.read_text()), a.out, digest, a.vocabulary)
        if a.register:
            register(a.out, manifest)
    except (OSError, ValueError, KeyError) as error:
        print(f"export_beside: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    print(f"{a.out}: {sum(p['bytes'] for p in manifest['parts']) / 1e6:.2f} MB of weights beside {manifest['target']['name']}")


if __name__ == "__main__":
    main()
