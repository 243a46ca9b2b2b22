"""The model as an ONNX graph without weights, in three variants.

Every graph computes one pass over q slots on top of P cache columns. q, r and P are symbolic, P >= 1.

inputs   x        [1, q, d]      embeddings of the slots' tokens
         pos      [1, (h/g + 2) * q] int64: a slot's position once for each of its h/g query groups and
                                 once for its key, then 0 (the value is not rotated): p, p, p, p, 0
         bias     [q, P + q]     added to the scores: 0 or -1e4. Columns: cache first, then the slots
         rows     [r] int32      the slots whose logits are wanted
         past_k_N, past_v_N      [1, g, P, c] the cache of layer N. Hidden columns may hold anything finite
outputs  logits   [r, V] float32
         new_k_N, new_v_N        [1, q, g * c] keys (rotated) and values of the slots

d: width, h: heads, g: KV heads, c: head size, V: vocabulary. x, bias, past and new are float16 in
webgpu-f16 and float32 in the others; the head is float32 in all, or near ties would be lost.

How grouped heads run without repeating the cache: the h/g query heads of one KV head are stacked along
the sequence. Query heads are ordered (group, KV head) in the merged q-k-v matrix, so its output
[1, q, (h/g + 2) * gc] is, seen as [1, (h/g + 2) * q, gc], the rows q1 q2 q3 k v of each slot. One rotary
embedding turns them all; the queries [1, h/g * q, gc] attend with g heads under each mask row repeated
h/g times; the output's order is undone in the columns of the o matrix.
"""

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper

from .model import Config
from .quantize import BLOCK
from .recipe import ALIGN, Blob, Step

OPSET, MICROSOFT, IR_VERSION = 21, "com.microsoft", 10

ITEM_BYTES = {TensorProto.FLOAT: 4, TensorProto.FLOAT16: 2, TensorProto.UINT8: 1}


@dataclass(frozen=True)
class Variant:
    """name; half: float16 activations; packed: weights stay quantised in the graph (MatMulNBits)."""

    name: str
    half: bool
    packed: bool


VARIANTS = (
    Variant("webgpu-f32", half=False, packed=True),
    Variant("webgpu-f16", half=True, packed=True),
    Variant("wasm-f32", half=False, packed=False),
)


def build(config: Config, variant: Variant, blob: Blob) -> tuple[onnx.ModelProto, list[Step], int]:
    """The graph, the recipe of its external data (NAME.data), and that file's size in bytes.

    The blob must hold what export.fill_blob puts there.
    """
    return _Graph(config, variant, blob).build()


class _Graph:
    def __init__(self, config: Config, variant: Variant, blob: Blob):
        self.config, self.variant, self.blob = config, variant, blob
        self.float = TensorProto.FLOAT16 if variant.half else TensorProto.FLOAT
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.steps: list[Step] = []
        self.size = 0
        self.name = variant.name  # of the external data
        self.prefix = ""  # of the layers' names in the blob
        self.fed = config.width  # width of a layer's normalised input
        self.kept: set[int] = set()  # layers whose residual stream is wanted even after the last

    def build(self) -> tuple[onnx.ModelProto, list[Step], int]:
        c, kv, groups = self.config, self.config.kv_heads * self.config.head_size, self.config.heads // self.config.kv_heads
        value = helper.make_tensor_value_info
        inputs = [
            value("x", self.float, [1, "q", c.width]),
            value("pos", TensorProto.INT64, [1, f"{groups + 2}q"]),
            value("bias", self.float, ["q", "P+q"]),
            value("rows", TensorProto.INT32, ["r"]),
        ]
        outputs = [value("logits", TensorProto.FLOAT, ["r", c.vocabulary])]
        for n in range(c.layers):
            inputs += [value(f"past_{t}_{n}", self.float, [1, c.kv_heads, "P", c.head_size]) for t in "kv"]
            outputs += [value(f"new_{t}_{n}", self.float, [1, "q", kv]) for t in "kv"]

        self.prepare()
        self.gain("layers.0.n1")
        self.node("SimplifiedLayerNormalization", ["x", "layers.0.n1"], ["l0/in"], epsilon=c.norm_eps, axis=-1)
        residual = "x"
        for n in range(c.layers):
            after = f"layers.{n + 1}.n1" if n + 1 < c.layers else "nf"
            residual = self.layer(n, residual, kv, after)
        self.head(f"l{c.layers}/in")
        return self.model(f"tidar-{self.variant.name}", inputs, outputs), self.steps, self.size

    def prepare(self) -> None:
        """Rotary table, shapes, and the bias as the layers want it."""
        c, kv, groups = self.config, self.config.kv_heads * self.config.head_size, self.config.heads // self.config.kv_heads
        for name in ("cos", "sin"):
            blob_name = f"rope.{name}.f16" if self.variant.half else f"rope.{name}.f32"
            # ONNX Runtime refuses a pass that rotates more rows than the table has. A slot rotates groups + 2 of
            # them, so the table goes on in zeros, which no position reads.
            rows = c.max_positions * (groups + 2)
            self.weight(name, self.float, [rows, c.head_size // 2], "copy", blob_name)
        self.constant("axes", [0, 2])
        self.constant("repeats", [1, 1, groups, 1])
        self.constant("stack", [1, 1, -1, 0])
        self.constant("as_rows", [1, -1, kv])
        self.constant("as_slots", [1, -1, (groups + 2) * kv])
        self.constant("as_width", [1, -1, groups * kv])
        self.constant("split", [groups * kv, kv, kv])
        self.constant("flat", [-1, c.width])

        # bias [q, P+q] -> [1, 1, groups * q, P+q], each row repeated; 0 in a reshape keeps the dimension.
        self.node("Unsqueeze", ["bias", "axes"], ["bias/4d"])
        self.node("Tile", ["bias/4d", "repeats"], ["bias/repeated"])
        self.node("Reshape", ["bias/repeated", "stack"], ["bias/stacked"])

    def model(self, name: str, inputs, outputs) -> onnx.ModelProto:
        graph = helper.make_graph(self.nodes, name, inputs, outputs, self.initializers)
        return helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)],
            ir_version=IR_VERSION,
            producer_name="tidar_train",
        )

    def layer(self, n: int, residual: str, kv: int, after: str) -> str:
        """Layer n, from its normalised input l{n}/in to the next layer's. Returns the residual stream's name."""
        c, l, name = self.config, f"l{n}", f"{self.prefix}layers.{n}"
        groups = c.heads // c.kv_heads
        self.linear(f"{l}/in", f"{name}.qkv", self.fed, (groups + 2) * kv, f"{l}/qkv")
        self.node("Reshape", [f"{l}/qkv", "as_rows"], [f"{l}/rows"])
        self.node("RotaryEmbedding", [f"{l}/rows", "pos", "cos", "sin"], [f"{l}/rotated"], MICROSOFT,
                  num_heads=c.kv_heads, interleaved=0)  # fmt: skip
        self.node("Reshape", [f"{l}/rotated", "as_slots"], [f"{l}/slots"])
        self.node("Split", [f"{l}/slots", "split"], [f"{l}/q", f"new_k_{n}", f"new_v_{n}"], axis=-1)
        self.node("Reshape", [f"{l}/q", "as_rows"], [f"{l}/queries"])
        # MultiHeadAttention takes a cache only if it may also name the concatenated one.
        self.node("MultiHeadAttention",
                  [f"{l}/queries", f"new_k_{n}", f"new_v_{n}", "", "", "bias/stacked", f"past_k_{n}", f"past_v_{n}"],
                  [f"{l}/attended", f"{l}/all_k", f"{l}/all_v"], MICROSOFT, num_heads=c.kv_heads)  # fmt: skip
        self.node("Reshape", [f"{l}/attended", "as_width"], [f"{l}/heads"])
        self.linear(f"{l}/heads", f"{name}.o", c.heads * c.head_size, c.width, f"{l}/o")
        self.skip_norm(residual, f"{l}/o", f"{name}.n2", f"{l}/mlp", f"{l}/middle")
        self.linear(f"{l}/mlp", f"{name}.g", c.width, c.ffn, f"{l}/gate")
        self.linear(f"{l}/mlp", f"{name}.u", c.width, c.ffn, f"{l}/up")
        self.node("QuickGelu", [f"{l}/gate"], [f"{l}/silu"], MICROSOFT, alpha=1.0)
        self.node("Mul", [f"{l}/silu", f"{l}/up"], [f"{l}/gated"])
        self.linear(f"{l}/gated", f"{name}.d", c.ffn, c.width, f"{l}/down")
        last = n + 1 == c.layers and n not in self.kept
        self.skip_norm(f"{l}/middle", f"{l}/down", after, f"l{n + 1}/in", "" if last else f"{l}/out")
        return f"{l}/out"

    def head(self, hidden: str, table: str = "emb") -> None:
        """Logits of the wanted rows only: a prefill does not pay for the others."""
        c = self.config
        self.node("Reshape", [hidden, "flat"], ["hidden"])
        self.node("Gather", ["hidden", "rows"], ["wanted"], axis=0)
        if self.variant.half:
            self.node("Cast", ["wanted"], ["wanted/f32"], to=TensorProto.FLOAT)
        self.linear("wanted/f32" if self.variant.half else "wanted", table, c.width, c.vocabulary, "logits", bits=8,
                    dtype=TensorProto.FLOAT)  # fmt: skip

    def linear(self, x: str, name: str, k: int, n: int, y: str, bits: int = 4, dtype: int | None = None) -> None:
        """y [..., n] = x [..., k] times the blob's matrix `name` [n, k], transposed."""
        if not self.variant.packed:
            self.weight(name, TensorProto.FLOAT, [k, n], f"q{bits}-dequantise-transpose", name)
            self.node("MatMul", [x, name], [y])
            return
        dtype = self.float if dtype is None else dtype
        values, scales = f"{name}.values", f"{name}.scales"
        self.weight(values, TensorProto.UINT8, [n, k // BLOCK, BLOCK * bits // 8], "copy", values)
        self.weight(scales, dtype, [n, k // BLOCK], "copy" if dtype == TensorProto.FLOAT16 else "f16-to-f32", scales)
        self.node("MatMulNBits", [x, values, scales], [y], MICROSOFT, K=k, N=n, bits=bits, block_size=BLOCK, accuracy_level=0)

    def skip_norm(self, x: str, skip: str, gain: str, y: str, total: str) -> None:
        """total = x + skip; y = its RMS norm times the gain."""
        self.gain(gain)
        outputs = [y, "", "", total] if total else [y]
        self.node("SkipSimplifiedLayerNormalization", [x, skip, gain], outputs, MICROSOFT, epsilon=self.config.norm_eps)

    def gain(self, name: str) -> None:
        self.weight(name, self.float, [self.config.width], "copy" if self.variant.half else "f16-to-f32", name)

    def weight(self, name: str, dtype: int, shape: list[int], transform: str, source: str) -> None:
        """An initializer in the external data, and the step that writes it there."""
        start = self.size + -self.size % ALIGN
        length = int(np.prod(shape)) * ITEM_BYTES[dtype]
        ranges = self.blob.ranges
        if transform.endswith("dequantise-transpose"):
            step = Step(name, transform, ranges[f"{source}.values"], (start, length), ranges[f"{source}.scales"], (shape[1], shape[0]))
        else:
            step = Step(name, transform, ranges[source], (start, length))
        self.steps.append(step)
        self.size = start + length
        tensor = TensorProto(name=name, data_type=dtype, dims=shape, data_location=TensorProto.EXTERNAL)
        for key, value in (("location", f"{self.name}.data"), ("offset", start), ("length", length)):
            tensor.external_data.add(key=key, value=str(value))
        self.initializers.append(tensor)

    def constant(self, name: str, values: list[int]) -> None:
        self.initializers.append(helper.make_tensor(name, TensorProto.INT64, [len(values)], values))

    def node(self, op: str, inputs: list[str], outputs: list[str], domain: str = "", **attributes) -> None:
        self.nodes.append(helper.make_node(op, inputs, outputs, name=f"{op}:{outputs[0]}", domain=domain, **attributes))
