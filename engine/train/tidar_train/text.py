"""SmolLM2's chat text as tokens."""

import json
from functools import cache
from pathlib import Path

from tokenizers import Tokenizer

from .tokenizer import tokenizer_json

SYSTEM = "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
USER, ASSISTANT = "<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n"


@cache
def tokenizer(path: str | Path) -> Tokenizer:
    """From the compact source that stage `load` writes (tokenizer.py). Raises what tokenizer_json raises."""
    return Tokenizer.from_str(json.dumps(tokenizer_json(json.loads(Path(path).read_text()))))


def chat_prefix(t: Tokenizer) -> list[int]:
    """The tokens before the first question, which all chats share, less the last one (a prompt must not be empty)."""
    return t.encode(SYSTEM + USER).ids[:-1]


def chat_prompts(t: Tokenizer, questions: list[str]) -> list[list[int]]:
    """What follows chat_prefix: its last token, the question, and the start of the answer; for each question."""
    start = len(chat_prefix(t))
    return [e.ids[start:] for e in t.encode_batch([SYSTEM + USER + q + ASSISTANT for q in questions])]
