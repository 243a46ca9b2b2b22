"""Writes what the exported graphs must reproduce: one prefill and three TiDAR steps in PyTorch, float32.

    python -m tidar_train.goldens --checkpoint NAME.q8 --model ../../static/models/NAME --out ../../tests/fixtures/parity

The weights are the checkpoint's, rounded to the export's bits by quantize.py; the exported blob is not
read, so that a fault in its layout shows; the slots are built here by the paper's words, not by other
code of this project. From the model's folder come the tokenizer and the special ids.
The format of the files is told in README.md beside them.
"""

import argparse
import base64
import hashlib
import json
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import jinja2
import torch
from tokenizers import Tokenizer
from torch import Tensor

from .checkpoint import read_bytes, read_checkpoint
from .model import Cache, Config, Model, load
from .quantize import dequantize, quantize

HIDDEN = -1e4
PROMPT = "What is gravity?"
K, STEPS = 8, 3
COLUMNS = range(0, 49152, 192)  # 256 logits of every row


@dataclass
class Pass:
    """Slots of one pass over `cached` kept positions: tokens, absolute positions, and the slots each one sees."""

    cached: int
    tokens: list[int]
    positions: list[int]
    sees: list[list[int]]

    def bias(self, capacity: int | None = None) -> Tensor:
        """[q, P + q], 0 or HIDDEN; P is the number of cached positions, or `capacity` with the rest hidden."""
        columns = self.cached if capacity is None else capacity
        bias = torch.full((len(self.sees), columns + len(self.sees)), HIDDEN)
        bias[:, : self.cached] = 0
        for row, seen in zip(bias, self.sees):
            row[[columns + slot for slot in seen]] = 0
        return bias


def prefill(prompt: list[int], k: int, mask: int) -> Pass:
    """The prompt, causal, and one block of k masks that see it and each other."""
    n = len(prompt)
    causal = [list(range(i + 1)) for i in range(n)]
    return Pass(0, prompt + [mask] * k, list(range(n + k)), causal + [list(range(n + k))] * k)


def step(cached: int, drafts: list[int], k: int, mask: int) -> Pass:
    """k drafts, causal, then block j = 1..k of k masks: each sees drafts 1..j and its own block."""
    tokens, positions, sees = list(drafts), [], []
    for i in range(k):
        positions.append(cached + i)
        sees.append(list(range(i + 1)))
    for j in range(1, k + 1):
        first = len(tokens)
        tokens += [mask] * k
        positions += range(cached + j, cached + j + k)
        sees += [list(range(j)) + list(range(first, first + k))] * k
    return Pass(cached, tokens, positions, sees)


def run(model: Model, passed: Pass, cache: Cache | None) -> tuple[Tensor, Cache]:
    """Logits [q, V] of a pass, and the new keys and values of its slots."""
    with torch.no_grad():
        logits, new = model(torch.tensor([passed.tokens]), torch.tensor([passed.positions]), passed.bias(), cache)
    return logits[0], new


def keep(cache: Cache | None, new: Cache, slots: list[int]) -> Cache:
    """The cache with these slots of a pass appended."""
    chosen = [(k[:, :, slots], v[:, :, slots]) for k, v in new]
    if cache is None:
        return chosen
    return [(torch.cat((k, a), 2), torch.cat((v, b), 2)) for (k, v), (a, b) in zip(cache, chosen)]


def trace(model: Model, prompt: list[int], k: int, steps: int, mask: int) -> list[tuple[Pass, Tensor, list[int]]]:
    """Greedy TiDAR, trust AR: (pass, logits [q, V], slots kept) of the prefill and of each step."""
    passed = prefill(prompt, k, mask)
    logits, new = run(model, passed, None)
    kept = list(range(len(prompt)))
    cache, out = keep(None, new, kept), [(passed, logits, kept)]
    best = logits.argmax(-1).tolist()
    drafts = [best[len(prompt) - 1], *best[len(prompt) + 1 :]]
    for _ in range(steps):
        passed = step(cache[0][0].shape[2], drafts, k, mask)
        logits, new = run(model, passed, cache)
        best = logits.argmax(-1).tolist()
        accepted = 1
        while accepted < k and drafts[accepted] == best[accepted - 1]:
            accepted += 1
        kept = list(range(accepted))
        cache = keep(cache, new, kept)
        out.append((passed, logits, kept))
        block = best[accepted * k :][:k]  # k drafts, then block 1, ...: block j starts at slot j * k
        drafts = [best[accepted - 1], *block[1:]]
    return out


def quantized(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """A checkpoint's tensors with the export's rounding: 8-bit embedding, 4-bit linears, float16 norms."""
    bits = lambda name: 8 if name == "emb.weight" else 4
    return {
        name: dequantize(*quantize(t, bits(name))) if t.ndim == 2 else t.half().float() for name, t in tensors.items()
    }


def encode_chat(model_folder: Path, text: str) -> list[int]:
    """Ids of a one-message chat that waits for the answer, by the exported tokenizer and template."""
    template = json.loads((model_folder / "tokenizer_config.json").read_text())["chat_template"]
    chat = jinja2.Template(template).render(messages=[{"role": "user", "content": text}], add_generation_prompt=True)
    return Tokenizer.from_file(str(model_folder / "tokenizer.json")).encode(chat).ids


def describe(passed: Pass, logits: Tensor, kept: list[int]) -> dict:
    """A pass and its logits as the golden file stores them."""
    top = logits.topk(5)
    sample = logits[:, list(COLUMNS)].contiguous().numpy().astype("<f4").tobytes()
    return {
        "cached": passed.cached,
        "tokens": passed.tokens,
        "positions": passed.positions,
        "sees": passed.sees,
        "kept": kept,
        "argmax": logits.argmax(-1).tolist(),
        "topIds": top.indices.tolist(),
        "topLogits": [[round(x, 5) for x in row] for row in top.values.tolist()],
        "logsumexp": [round(x, 5) for x in logits.double().logsumexp(-1).tolist()],
        "sample": base64.b64encode(sample).decode(),
    }


def mask_picture(passed: Pass) -> list[str]:
    """One string a slot over all columns, cached positions first: '#' seen, '.' hidden."""
    return ["".join("#" if x == 0 else "." for x in row) for row in passed.bias().tolist()]


def main() -> None:
    parser = argparse.ArgumentParser(prog="tidar_train.goldens", description=__doc__.split("\n")[0])
    parser.add_argument("--checkpoint", type=Path, required=True, help="the .q8 file that the model was exported from")
    parser.add_argument("--model", type=Path, required=True, help="the exported model's folder")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    arguments = parser.parse_args()
    try:
        manifest = json.loads((arguments.model / "manifest.json").read_text())
        digest = hashlib.sha256(read_bytes(arguments.checkpoint)).hexdigest()
        if manifest["checkpoint"]["sha256"] != digest:
            raise ValueError(f"{arguments.model} was exported from another checkpoint than {arguments.checkpoint}; export it again")
        a = manifest["architecture"]
        config = Config(a["layers"], a["width"], a["heads"], a["kvHeads"], a["headSize"], a["ffn"], a["vocabulary"],
                        a["ropeTheta"], a["normEps"], a["maxPositions"])  # fmt: skip
        model = load(quantized(read_checkpoint(arguments.checkpoint)), config)
        mask = manifest["tokens"]["mask"]
        passes = trace(model, encode_chat(arguments.model, PROMPT), K, STEPS, mask)
    except (OSError, ValueError, KeyError) as error:
        print(f"goldens: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    arguments.out.mkdir(parents=True, exist_ok=True)
    header = {
        "checkpoint": digest,
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "prompt": PROMPT,
        "k": K,
        "columns": list(COLUMNS),
    }
    golden = header | {"passes": [describe(*p) for p in passes]}
    (arguments.out / "logits.json").write_text(json.dumps(golden) + "\n")
    masks = {"prefill": prefill([0] * 5, 4, mask), "step": step(5, [0] * 4, 4, mask)}
    pictures = {name: {"cached": p.cached, "positions": p.positions, "mask": mask_picture(p)} for name, p in masks.items()}
    text = json.dumps({"k": 4, "prompt": 5} | pictures, indent="\t")
    one_line = re.sub(r"\[[\d,\s]+\]", lambda found: re.sub(r"\s+", "", found[0]).replace(",", ", "), text)
    (arguments.out / "mask-k4.json").write_text(one_line + "\n")
    print(f"{arguments.out}: {len(passes)} passes, accepted {[len(kept) for _, _, kept in passes[1:]]}")


if __name__ == "__main__":
    main()
