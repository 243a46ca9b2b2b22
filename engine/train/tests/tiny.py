"""A tiny model, tokenizer and text for tests: bytes as tokens, two layers.

    python tests/tiny.py DATA    writes what run.sh's rehearsal needs
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch

from tidar_train.model import CONFIGS
from tidar_train.checkpoint import write_checkpoint
from tidar_train.corpus import Corpus
from tidar_train.lm import random_weights, unstack

torch.set_num_threads(1)  # tiny products: more threads only wait for each other
CONFIG = CONFIGS["tiny"]
PREFIX = [1, 40, 41]


def byte_characters() -> list[str]:
    """The printable characters that byte-level BPE uses for bytes 0..255 (GPT-2's table)."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(b) if b in plain else chr(next(others)) for b in range(256)]


def write_model(folder: Path) -> tuple[str, str]:
    """A random checkpoint and a tokenizer source without merges. Returns their paths."""
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *(f"<special {i}>" for i in range(3, 17))]
    tokenizer = folder / "tokenizer-source.json"
    rest = [f"<more {i}>" for i in range(CONFIG.vocabulary - len(special) - 256)]
    chat = "{% for m in messages %}{{ m.content }}{% endfor %}"
    tokenizer.write_text(json.dumps({"tokens": special + byte_characters() + rest, "merges": [], "chat": chat}))
    write_checkpoint(folder / "base.q8", unstack(random_weights(CONFIG), CONFIG))
    return str(folder / "base.q8"), str(tokenizer)


def counting_corpus(documents: int, seed: int = 0) -> Corpus:
    """PREFIX, three tokens of prompt, then a progression modulo 64 whose step the prompt tells: learnable at once."""
    r = np.random.default_rng(seed)
    tokens = []
    for _ in range(documents):
        start, step = r.integers(64), r.integers(1, 4)
        answer = 100 + (start + step * np.arange(r.integers(12, 30))) % 64
        tokens.append(np.array([*PREFIX, 50, 60 + step, 100 + (start - step) % 64, *answer, 2], np.uint16))
    length = np.array([len(t) for t in tokens], np.int64)
    return Corpus(length, np.full(documents, len(PREFIX) + 3), np.zeros(documents, np.uint8), np.concatenate(tokens))


if __name__ == "__main__":
    data = Path(sys.argv[1])
    data.mkdir(parents=True, exist_ok=True)
    base, tokenizer = write_model(data)
    Path(tokenizer).rename(data / "tokenizer.json")
    write_checkpoint(data / "start.q8", unstack(random_weights(CONFIG, 1), CONFIG))
