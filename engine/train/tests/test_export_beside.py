"""Heads and adapters beside an exported model: no second download of its weights, and right numbers."""

import json

import numpy as np
import onnxruntime
import pytest
import torch
from test_export import TOKENIZER, blob_of

from tidar_train.adapter import adapter_tensors, applied, begin_adapter
from tidar_train.eagle import after, before, begin_head, fuse, head_tensors
from tidar_train.export import export, register
from tidar_train.export_beside import config_of, main, ranges_of
from tidar_train.export_beside import export as export_beside
from tidar_train.goldens import HIDDEN
from tidar_train.lm import random_weights, rotary, served, stack, unstack
from tidar_train.model import Config, load, rms_norm
from tidar_train.recipe import assemble

CONFIG = Config(layers=4, width=96, heads=6, kv_heads=2, head_size=32, ffn=160, vocabulary=320,
                rope_theta=10000.0, norm_eps=1e-5, max_positions=64)  # fmt: skip
TAPS, VOCABULARY = (0, 1, 2), 192
TOLERANCES = [("webgpu-f32", 1e-4), ("wasm-f32", 1e-4), ("webgpu-f16", 2e-2)]
groups = CONFIG.heads // CONFIG.kv_heads


def noisy(weights, seed):
    g = torch.Generator().manual_seed(seed)
    return weights.map(lambda _, t: t + 0.1 * torch.randn(t.shape, generator=g))


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The target as served and its folder; a head and an adapter as served, and their folders."""
    folder = tmp_path_factory.mktemp("beside")
    target = noisy(random_weights(CONFIG), 0)
    export(unstack(target, CONFIG), CONFIG, TOKENIZER, {}, folder / "target", "1" * 64, part_bytes=50000)
    head, adapter = noisy(begin_head(target, CONFIG, 3, 1), 1), noisy(begin_adapter(target, 32, 2), 2)
    export_beside(folder / "target", head_tensors(head, TAPS), {"title": "head"}, folder / "head", "2" * 64, VOCABULARY, part_bytes=30000)
    tensors = adapter_tensors(adapter) | {"shift": torch.ones(1)}
    export_beside(folder / "target", tensors, {"title": "adapter"}, folder / "adapter", "3" * 64, part_bytes=30000)
    return folder, served(target), served(head), served(adapter)


def session(folder, name, graph, tmp_path):
    """A graph on the CPU, its data assembled from the target's parts and the folder's own behind them."""
    known, own = (json.loads((folder / f / "manifest.json").read_text()) for f in ("target", name))
    blob = blob_of(folder / "target", known) + blob_of(folder / name, own)
    (tmp_path / graph["file"]).write_bytes((folder / name / graph["file"]).read_bytes())
    (tmp_path / graph["data"]["file"]).write_bytes(assemble(blob, graph["data"]["recipe"], graph["data"]["bytes"]))
    return onnxruntime.InferenceSession(tmp_path / graph["file"], providers=["CPUExecutionProvider"])


def run(s, feeds):
    real = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(int64)": np.int64, "tensor(int32)": np.int32}
    feeds = {i.name: feeds[i.name].numpy().astype(real[i.type]) for i in s.get_inputs()}
    return {o.name: torch.from_numpy(x.astype(np.float32)) for o, x in zip(s.get_outputs(), s.run(None, feeds))}


def graph_of(folder, name, variant):
    manifest = json.loads((folder / name / "manifest.json").read_text())
    return next(g for g in manifest["graphs"] if g["name"] == variant)


def a_pass(layers, q=7, cached=5, capacity=9):
    """tokens, positions, bias, past, rows, and the graph's inputs besides x."""
    torch.manual_seed(4)
    tokens, positions = torch.randint(0, CONFIG.vocabulary, (1, q)), torch.randint(cached, 40, (1, q))
    shape = (1, CONFIG.kv_heads, capacity, CONFIG.head_size)
    past = [(torch.randn(shape), torch.randn(shape)) for _ in range(layers)]
    bias = torch.where(torch.rand(q, capacity + q) < 0.5, 0.0, HIDDEN)
    bias[:, cached:capacity] = HIDDEN
    bias[range(q), range(capacity, capacity + q)] = 0
    rows = torch.tensor([6, 0, 3])
    pos = torch.cat((positions.T.expand(-1, groups + 1), torch.zeros(q, 1, dtype=torch.int64)), 1).reshape(1, -1)
    feeds = {"pos": pos, "bias": bias, "rows": rows} | {f"past_{t}_{n}": x for n, pair in enumerate(past) for t, x in zip("kv", pair)}
    return tokens, positions, bias, past, rows, feeds


def close(a, b, tolerance):
    return a.shape == b.shape and (a - b).abs().max() <= tolerance * b.abs().max()


def streams(weights, tokens, positions, bias, past):
    """Residual streams after each layer, by the reference model's layers."""
    model = load(unstack(weights, CONFIG), CONFIG)
    found = []
    for layer in model.layers:
        layer.register_forward_hook(lambda _, __, out: found.append(out[0]))
    with torch.no_grad():
        logits, _ = model(tokens, positions, bias, past)
    return found, logits


@pytest.mark.parametrize("name, tolerance", TOLERANCES)
def test_a_head_drafts_what_pytorch_drafts(exported, tmp_path, name, tolerance):
    folder, target, head, _ = exported
    tokens, positions, bias, past, rows, feeds = a_pass(CONFIG.layers)
    graph = graph_of(folder, "head", name)
    found, logits = streams(target, tokens, positions, bias, past)
    tapped = run(session(folder, "head", graph["taps"], tmp_path), feeds | {"x": target.emb[tokens]})
    taps = torch.cat([found[n] for n in TAPS], -1)
    assert close(tapped["taps"], taps, tolerance) and close(tapped["logits"], logits[0, rows], tolerance)

    feature = run(session(folder, "head", graph["fuse"], tmp_path), {"taps": taps})["feature"]
    assert close(feature, fuse(head, taps, CONFIG), tolerance)

    _, positions, bias, ((past_k, past_v),), rows, feeds = a_pass(1)
    token = target.emb[tokens]
    out = run(session(folder, "head", graph["draft"], tmp_path), feeds | {"token": token, "feature": feature})
    q, k, v = before(feature, token, head.ne, head.nx, head.qkv[0], *rotary(positions, CONFIG), CONFIG)
    keys, values = torch.cat((past_k, k), 2), torch.cat((past_v, v), 2)
    attended = torch.nn.functional.scaled_dot_product_attention(q, keys, values, bias, enable_gqa=True)
    state = after(feature, attended, head.o[0], head.n2, head.gu[0], head.down[0], CONFIG)
    assert close(out["state"], state, tolerance)
    expected = rms_norm(state[0, rows], head.nf, CONFIG.norm_eps) @ target.emb[:VOCABULARY].T
    assert close(out["logits"], expected, tolerance)
    assert close(out["new_k_0"], k.transpose(1, 2).flatten(-2), tolerance) and close(out["new_v_0"], v.transpose(1, 2).flatten(-2), tolerance)


@pytest.mark.parametrize("name, tolerance", TOLERANCES)
def test_an_adapted_graph_is_the_adapted_model(exported, tmp_path, name, tolerance):
    folder, target, _, adapter = exported
    tokens, positions, bias, past, rows, feeds = a_pass(CONFIG.layers)
    _, logits = streams(applied(adapter, target), tokens, positions, bias, past)
    out = run(session(folder, "adapter", graph_of(folder, "adapter", name), tmp_path), feeds | {"x": target.emb[tokens]})
    assert close(out["logits"], logits[0, rows], tolerance)


def test_nothing_of_the_target_is_downloaded_again(exported):
    folder, target, head, adapter = exported
    for name, weights in (("head", head), ("adapter", adapter)):
        manifest = json.loads((folder / name / "manifest.json").read_text())
        bits = sum(t.numel() * (manifest["kind"] == "adapter" and 34 or 18) // 32 for n, t in weights.items() if n in weights.BITS)
        norms = sum(2 * t.numel() for n, t in weights.items() if n not in weights.BITS)
        own = sum(p["bytes"] for p in manifest["parts"])
        gaps = 64 * 2 * 60  # every tensor begins at a multiple of 64 bytes
        assert bits + norms <= own <= bits + norms + gaps
        assert manifest["target"] == {"name": "target", "checkpoint": "1" * 64, "bytes": sum(p.stat().st_size for p in (folder / "target").glob("*.bin"))}
    assert json.loads((folder / "head" / "manifest.json").read_text())["taps"] == list(TAPS)
    assert json.loads((folder / "adapter" / "manifest.json").read_text())["canvas"] == "dream"


def test_the_target_is_known_by_its_manifest(exported):
    folder, *_ = exported
    known = json.loads((folder / "target" / "manifest.json").read_text())
    assert config_of(known) == CONFIG
    assert {"emb.values", "rope.cos.f16", "rope.sin.f32", "layers.3.qkv.scales", "nf"} <= ranges_of(known).keys()


def test_a_diffusion_model_says_how_its_masks_are_read(tmp_path):
    tensors = unstack(random_weights(CONFIG), CONFIG)
    for shift, kind in ((1.0, "dream"), (0.0, "llada")):
        made = export(tensors | {"shift": torch.tensor([shift])}, CONFIG, TOKENIZER, {}, tmp_path / kind, "")
        assert made["canvas"] == kind
    assert stack(tensors | {"shift": torch.ones(1)}, CONFIG).nf.shape == (96,)


def test_what_was_exported_is_registered(exported, tmp_path):
    folder, *_ = exported
    for name in ("head", "adapter"):
        register(tmp_path / name, json.loads((folder / name / "manifest.json").read_text()))
    assert json.loads((tmp_path / "companions.json").read_text()) == {"eagle3": "head", "llada": "adapter", "dream": "adapter"}


def test_misfits_are_refused(exported, tmp_path, monkeypatch, capsys):
    folder, *_ = exported
    other = Config(**{**CONFIG.__dict__, "width": 64, "heads": 2, "kv_heads": 1})
    head = begin_head(random_weights(other), other, 3, 0)
    with pytest.raises(ValueError, match="width 64, its target 96"):
        export_beside(folder / "target", head_tensors(head, TAPS), {}, tmp_path / "a", "")
    good = begin_head(random_weights(CONFIG), CONFIG, 3, 0)
    with pytest.raises(ValueError, match="no residual stream after layer 3"):
        export_beside(folder / "target", head_tensors(good, (0, 1, 3)), {}, tmp_path / "a", "")
    monkeypatch.setattr("sys.argv", ["export_beside", "--target", str(tmp_path), "--checkpoint", str(tmp_path / "x.q8"), "--card", "c", "--out", "o"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2 and "x.q8" in capsys.readouterr().err
