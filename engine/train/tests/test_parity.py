"""The committed export, run by ONNX Runtime on the CPU, against the committed PyTorch goldens."""

import base64
import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from tidar_train.goldens import Pass
from tidar_train.recipe import assemble

ROOT = Path(__file__).parents[3]
MODEL, GOLDEN = ROOT / "static/models/tidar-smollm2-135m", ROOT / "tests/fixtures/parity/logits.json"
CAPACITY = 64


class Runtime:
    """One graph with its cache, as engine/runtime drives it: fixed capacity, unused columns hidden."""

    def __init__(self, manifest: dict, name: str, folder: Path):
        graph = next(g for g in manifest["graphs"] if g["name"] == name)
        blob = b"".join((MODEL / part["file"]).read_bytes() for part in manifest["parts"])
        data = assemble(blob, graph["data"]["recipe"], graph["data"]["bytes"])
        (folder / graph["data"]["file"]).write_bytes(data)
        (folder / graph["file"]).write_bytes((MODEL / graph["file"]).read_bytes())
        self.session = onnxruntime.InferenceSession(folder / graph["file"], providers=["CPUExecutionProvider"])
        self.real = np.float16 if graph["activations"] == "float16" else np.float32
        a, table = manifest["architecture"], manifest["embedding"]
        self.groups = a["heads"] // a["kvHeads"]
        self.cache = {
            f"past_{t}_{n}": np.zeros((1, a["kvHeads"], CAPACITY, a["headSize"]), self.real)
            for n in range(a["layers"])
            for t in "kv"
        }
        read = lambda kind, place: np.frombuffer(blob, kind, place[1] // kind.itemsize, place[0]).reshape(a["vocabulary"], -1)
        self.values = read(np.dtype(np.uint8), table["values"]).astype(np.float32) - table["zeroPoint"]
        self.scales = read(np.dtype("<f2"), table["scales"]).astype(np.float32)

    def run(self, passed: Pass, kept: list[int]) -> np.ndarray:
        """Logits of all slots; the kept ones enter the cache."""
        t = passed.tokens
        feeds = self.cache | {
            "x": (self.values[t] * self.scales[t].repeat(32, 1))[None].astype(self.real),
            "pos": np.array([[p] * (self.groups + 1) + [0] for p in passed.positions]).reshape(1, -1),
            "bias": passed.bias(CAPACITY).numpy().astype(self.real),
            "rows": np.arange(len(t), dtype=np.int32),
        }
        out = dict(zip([o.name for o in self.session.get_outputs()], self.session.run(None, feeds)))
        for name, cache in self.cache.items():
            new = out[name.replace("past", "new")].reshape(len(t), cache.shape[1], -1).transpose(1, 0, 2)
            cache[0, :, passed.cached : passed.cached + len(kept)] = new[:, kept]
        return out["logits"]


@pytest.mark.parametrize("name", ["webgpu-f32", "wasm-f32"])
def test_logits_equal_pytorch(name, tmp_path):
    manifest, golden = json.loads((MODEL / "manifest.json").read_text()), json.loads(GOLDEN.read_text())
    assert manifest["checkpoint"]["sha256"] == golden["checkpoint"], "write the goldens again for these weights"
    runtime = Runtime(manifest, name, tmp_path)
    for passed in golden["passes"]:
        logits = runtime.run(*(Pass(*(passed[f] for f in ("cached", "tokens", "positions", "sees"))), passed["kept"]))
        sample = np.frombuffer(base64.b64decode(passed["sample"]), "<f4").reshape(len(logits), -1)
        error = np.abs(logits[:, golden["columns"]] - sample).max(1) / np.abs(sample).max(1)
        print(name, passed["cached"], "largest relative error of a row", error.max())
        assert error.max() <= 1e-3
        assert logits.argmax(-1).tolist() == passed["argmax"]
        top = np.take_along_axis(logits, np.array(passed["topIds"]), 1)
        assert np.allclose(top, passed["topLogits"], rtol=1e-3)
        total = np.logaddexp.reduce(logits.astype(np.float64), axis=1)
        assert np.allclose(total, passed["logsumexp"], rtol=1e-3)
