"""Text of no meaning, of the shapes that training has: for compiling, not for learning."""

import numpy as np

from .corpus import Corpus
from .stored import KEPT, Stored, answer_tokens


def meaningless(prefix: list[int], vocabulary: int, C: int, rows: int) -> Corpus:
    """Documents for at least `rows` rows of C tokens: the prefix, 4 tokens of a question, and answers of C / 8 tokens."""
    answer, count = C // 8, 12 * rows
    r = np.random.default_rng(0)
    documents = [np.array([*prefix, *r.integers(17, vocabulary, 4 + answer)], np.uint16) for _ in range(count)]
    length = np.full(count, len(prefix) + 4 + answer)
    return Corpus(length, length - answer, np.zeros(count, np.uint8), np.concatenate(documents))


def meaningless_stored(corpus: Corpus, vocabulary: int) -> Stored:
    """Every token as likely as its neighbours."""
    n, K = answer_tokens(corpus), min(KEPT, vocabulary)
    tokens = np.tile(np.arange(K, dtype=np.uint16), (n, 1))
    return Stored(tokens, np.full((n, K), -np.log(2 * K), np.float16), np.full(n, 0.5, np.float16), np.zeros(n, np.uint8))
