"""Graphs that rest on an exported model's blob: an EAGLE-3 head's two, and the model itself with a diffusion adapter.

fuse     taps [1, q, t d] -> feature [1, q, d]
draft    one decoder layer (eagle.py). q, r and P as in graph.py, whose pos, bias, rows and cache it takes.
inputs   token    [1, q, d]      embeddings of the tokens behind the rows' positions
         feature  [1, q, d]      fused taps, or states of rows before
         pos, bias, rows, past_k_0, past_v_0
outputs  logits   [r, V'] float32, of the first V' tokens
         state    [1, q, d]      stands in for the features of the rows behind
         new_k_0, new_v_0
adapted  inputs and outputs of graph.py's graph.
"""

import onnx
from onnx import TensorProto, helper

from .graph import Variant, _Graph
from .model import Config
from .recipe import Blob, Step

Built = tuple[onnx.ModelProto, list[Step], int]


def build_fuse(config: Config, variant: Variant, blob: Blob, taps: int) -> Built:
    """The graph, the recipe of its external data, and that file's size. The blob must hold what export_beside.fill_head puts there."""
    g, d = _Graph(config, variant, blob), config.width
    g.name = f"{variant.name}.fuse"
    g.constant("split", [d] * taps)
    g.node("Split", ["taps", "split"], [f"tap{i}" for i in range(taps)], axis=-1)
    for i in range(taps):
        g.gain(f"head.nt.{i}")
        g.node("SimplifiedLayerNormalization", [f"tap{i}", f"head.nt.{i}"], [f"tap{i}/normed"], epsilon=config.norm_eps, axis=-1)
    g.node("Concat", [f"tap{i}/normed" for i in range(taps)], ["joined"], axis=-1)
    g.linear("joined", "head.fc", taps * d, d, "feature")
    value = helper.make_tensor_value_info
    model = g.model(f"eagle3-fuse-{variant.name}", [value("taps", g.float, [1, "q", taps * d])], [value("feature", g.float, [1, "q", d])])
    return model, g.steps, g.size


def build_draft(config: Config, variant: Variant, blob: Blob, vocabulary: int) -> Built:
    """As build_fuse; logits of the first `vocabulary` tokens."""
    c, kv, groups = config, config.kv_heads * config.head_size, config.heads // config.kv_heads
    one = Config(**{**c.__dict__, "layers": 1, "vocabulary": vocabulary})
    g = _Graph(one, variant, blob)
    g.name, g.prefix, g.fed, g.kept = f"{variant.name}.draft", "head.", 2 * c.width, {0}
    value = helper.make_tensor_value_info
    inputs = [
        value("token", g.float, [1, "q", c.width]), value("feature", g.float, [1, "q", c.width]),
        value("pos", TensorProto.INT64, [1, f"{groups + 2}q"]), value("bias", g.float, ["q", "P+q"]), value("rows", TensorProto.INT32, ["r"]),
        *(value(f"past_{t}_0", g.float, [1, c.kv_heads, "P", c.head_size]) for t in "kv"),
    ]  # fmt: skip
    outputs = [
        value("logits", TensorProto.FLOAT, ["r", vocabulary]), value("state", g.float, [1, "q", c.width]),
        *(value(f"new_{t}_0", g.float, [1, "q", kv]) for t in "kv"),
    ]  # fmt: skip
    g.prepare()
    for name, gain in (("token", "head.ne"), ("feature", "head.nx")):
        g.gain(gain)
        g.node("SimplifiedLayerNormalization", [name, gain], [f"{name}/normed"], epsilon=c.norm_eps, axis=-1)
    g.node("Concat", ["token/normed", "feature/normed"], ["l0/in"], axis=-1)
    g.node("Identity", [g.layer(0, "feature", kv, "head.nf")], ["state"])
    g.head("l1/in", "head.emb")
    return g.model(f"eagle3-draft-{variant.name}", inputs, outputs), g.steps, g.size


class _Adapted(_Graph):
    """The model's graph; every linear that has an adapter adds its product, and the norms are the adapter's."""

    def __init__(self, config: Config, variant: Variant, blob: Blob, rank: int):
        super().__init__(config, variant, blob)
        self.rank = rank

    def linear(self, x: str, name: str, k: int, n: int, y: str, bits: int = 4, dtype: int | None = None) -> None:
        if f"adapter.{name}.a.values" not in self.blob.ranges:
            return super().linear(x, name, k, n, y, bits, dtype)
        super().linear(x, name, k, n, f"{y}/shared", bits, dtype)
        super().linear(x, f"adapter.{name}.a", k, self.rank, f"{y}/thin", 8)
        super().linear(f"{y}/thin", f"adapter.{name}.b", self.rank, n, f"{y}/own", 8)
        self.node("Add", [f"{y}/shared", f"{y}/own"], [y])

    def gain(self, name: str) -> None:
        self.weight(name, self.float, [self.config.width], "copy" if self.variant.half else "f16-to-f32", f"adapter.{name}")


def build_adapted(config: Config, variant: Variant, blob: Blob, rank: int) -> Built:
    """As build_fuse, of the whole model; the blob must hold what export_beside.fill_adapter puts there."""
    return _Adapted(config, variant, blob, rank).build()
