"""The export on a model of two small layers with random weights: same bytes, right layout, right logits."""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from tokenizers import Tokenizer

from tidar_train.export import TOKENS, export, reorder_heads
from tidar_train.goldens import HIDDEN, quantized
from tidar_train.model import Config, Model, load
from tidar_train.recipe import assemble

CONFIG = Config(layers=2, width=96, heads=6, kv_heads=2, head_size=32, ffn=160, vocabulary=320,
                rope_theta=10000.0, norm_eps=1e-5, max_positions=64)  # fmt: skip
BYTES = sorted(set(range(33, 127)) | set(range(161, 173)) | set(range(174, 256)))
ALPHABET = [chr(b) for b in BYTES] + [chr(256 + n) for n in range(256 - len(BYTES))]
TOKENIZER = {
    "tokens": [f"<{n}>" for n in range(17)] + ALPHABET + ["he", "ll", "hell"] + [f"<more{n}>" for n in range(44)],
    "merges": ["h e", "l l", "he ll"],
    "chat": "{% for m in messages %}{{ m.content }}{% endfor %}",
}


@pytest.fixture(scope="module")
def tensors():
    torch.manual_seed(3)
    model = Model(CONFIG)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(1 + 0.1 * torch.randn_like(p) if p.ndim == 1 else 0.2 * torch.randn_like(p))
    return {name: p.detach() for name, p in model.named_parameters()}


@pytest.fixture(scope="module")
def exported(tensors, tmp_path_factory):
    out = tmp_path_factory.mktemp("export") / "tiny"
    return out, export(tensors, CONFIG, TOKENIZER, {"title": "tiny"}, out, "0" * 64, part_bytes=50000)


def blob_of(out: Path, manifest: dict) -> bytes:
    return b"".join((out / part["file"]).read_bytes() for part in manifest["parts"])


def session(out: Path, manifest: dict, name: str, folder: Path) -> onnxruntime.InferenceSession:
    """The graph on the CPU, its external data assembled as a browser does."""
    graph = next(g for g in manifest["graphs"] if g["name"] == name)
    (folder / graph["file"]).write_bytes((out / graph["file"]).read_bytes())
    data = assemble(blob_of(out, manifest), graph["data"]["recipe"], graph["data"]["bytes"])
    (folder / graph["data"]["file"]).write_bytes(data)
    return onnxruntime.InferenceSession(folder / graph["file"], providers=["CPUExecutionProvider"])


def test_exporting_twice_gives_the_same_bytes(tensors, exported, tmp_path):
    out, _ = exported
    again = tmp_path / "tiny"
    export(tensors, CONFIG, TOKENIZER, {"title": "tiny"}, again, "0" * 64, part_bytes=50000)
    names = sorted(p.name for p in out.iterdir())
    assert names == sorted(p.name for p in again.iterdir())
    assert [n for n in names if (out / n).read_bytes() != (again / n).read_bytes()] == []


def test_manifest_names_every_file_with_its_size_and_hash(exported):
    out, manifest = exported
    assert json.loads((out / "manifest.json").read_text()) == manifest
    files = [*manifest["parts"], *manifest["graphs"], *manifest["tokenizer"].values()]
    assert {f["file"] for f in files} | {"manifest.json"} == {p.name for p in out.iterdir()}
    for file in files:
        data = (out / file["file"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])
    assert len(manifest["parts"]) > 1 and max(p["bytes"] for p in manifest["parts"]) <= 50000
    assert manifest["evaluation"] is None


def test_recipes_fill_exactly_the_initializers_without_overlap(exported):
    out, manifest = exported
    for graph in manifest["graphs"]:
        model = onnx.load(out / graph["file"], load_external_data=False)
        wanted = {}
        for tensor in model.graph.initializer:
            place = {e.key: e.value for e in tensor.external_data}
            if place:
                assert place["location"] == graph["data"]["file"]
                wanted[tensor.name] = [int(place["offset"]), int(place["length"])]
        steps = graph["data"]["recipe"]
        assert {s["name"]: s["to"] for s in steps} == wanted
        end = 0
        for start, length in sorted(s["to"] for s in steps):
            assert start >= end and start % 64 == 0
            end = start + length
        assert end == graph["data"]["bytes"]


def test_embedding_rows_come_out_of_the_blob(exported, tensors):
    out, manifest = exported
    blob, place = blob_of(out, manifest), manifest["embedding"]
    values = np.frombuffer(blob, np.uint8, place["values"][1], place["values"][0]).reshape(CONFIG.vocabulary, -1)
    scales = np.frombuffer(blob, "<f2", place["scales"][1] // 2, place["scales"][0]).reshape(CONFIG.vocabulary, -1)
    rows = (values.astype(np.float32) - place["zeroPoint"]) * scales.astype(np.float32).repeat(32, 1)
    assert np.array_equal(rows, quantized(tensors)["emb.weight"].numpy())


def test_query_heads_are_stacked_by_group():
    w = torch.arange(CONFIG.heads).float().repeat_interleave(CONFIG.head_size)[:, None]
    assert reorder_heads(w, CONFIG, 0)[:: CONFIG.head_size, 0].tolist() == [0, 3, 1, 4, 2, 5]


# float16 activations against float32: 2^-11 a rounding, a few dozen of them in a row.
@pytest.mark.parametrize("name, tolerance", [("webgpu-f32", 1e-4), ("wasm-f32", 1e-4), ("webgpu-f16", 2e-2)])
def test_graph_equals_the_reference_model(exported, tensors, tmp_path, name, tolerance):
    out, manifest = exported
    run, reference = session(out, manifest, name, tmp_path), load(quantized(tensors), CONFIG)
    q, cached, capacity, g, c = 7, 5, 9, CONFIG.kv_heads, CONFIG.head_size
    torch.manual_seed(4)
    tokens, positions = torch.randint(0, CONFIG.vocabulary, (1, q)), torch.randint(cached, 40, (1, q))
    past = [(torch.randn(1, g, capacity, c), torch.randn(1, g, capacity, c)) for _ in range(CONFIG.layers)]
    bias = torch.where(torch.rand(q, capacity + q) < 0.5, 0.0, HIDDEN)
    bias[:, cached:capacity] = HIDDEN
    bias[range(q), range(capacity, capacity + q)] = 0
    rows = torch.tensor([6, 0, 3])
    with torch.no_grad():
        logits, new = reference(tokens, positions, bias, past, rows)

    real = np.float16 if name.endswith("f16") else np.float32
    groups = CONFIG.heads // g
    pos = torch.cat((positions.T.expand(-1, groups + 1), torch.zeros(q, 1, dtype=torch.int64)), 1).reshape(1, -1)
    feeds = {
        "x": reference.emb.weight[tokens].detach().numpy().astype(real),
        "pos": pos.numpy(),
        "bias": bias.numpy().astype(real),
        "rows": rows.numpy().astype(np.int32),
    }
    for n, pair in enumerate(past):
        feeds |= {f"past_{t}_{n}": tensor.numpy().astype(real) for t, tensor in zip("kv", pair)}
    outputs = dict(zip([o.name for o in run.get_outputs()], run.run(None, feeds)))
    close = lambda a, b: np.abs(a.astype(np.float32) - b.numpy()).max() <= tolerance * b.abs().max()
    assert outputs["logits"].dtype == np.float32 and close(outputs["logits"], logits[0])
    for n, (key, value) in enumerate(new):
        assert close(outputs[f"new_k_{n}"], key.transpose(1, 2).flatten(-2))
        assert close(outputs[f"new_v_{n}"], value.transpose(1, 2).flatten(-2))


def test_tokenizer_splits_digits_merges_and_knows_special_tokens(exported):
    out, manifest = exported
    tokenizer = Tokenizer.from_file(str(out / manifest["tokenizer"]["file"]["file"]))
    assert tokenizer.encode("<2>hello 12").tokens == ["<2>", "hell", "o", "Ġ", "1", "2"]
    text = "naïve 汉字 🙂\n"
    assert tokenizer.decode(tokenizer.encode(text).ids) == text
    assert json.loads((out / "tokenizer_config.json").read_text())["mask_token"] == f"<{TOKENS['mask']}>"


def test_what_cannot_be_exported_is_refused(tensors, tmp_path):
    with pytest.raises(ValueError, match="the tokenizer has 3 tokens, the model 320"):
        export(tensors, CONFIG, {"tokens": ["a", "b", "c"]}, {}, tmp_path / "a", "")
    with pytest.raises(ValueError, match="over the limit of 1000"):
        export(tensors, CONFIG, TOKENIZER, {}, tmp_path / "a", "", limit=1000)
