"""A teacher's distribution stored beside a corpus, so that training needs no teacher: NAME.bin.top beside NAME.bin.

For each token of the answers, in the corpus's order, what the teacher thought of that place before the token was chosen: its K likeliest tokens,
the likeliest first, the logarithms of their probabilities, and the probability of all others together. Before temperature; where the sampler felt a
penalty on repetitions, after it, and flagged so.

File, little endian: int32 version (1), int32 K, int64 A; the sha256 of the teacher's weights, 64 characters; A x K uint16 tokens; A x K float16 logarithms; A float16 probability of the rest;
A uint8 flags. At K = 32 a token takes 131 bytes. A: tokens of the answers, the sum of length - prompt over the corpus's documents; K: tokens kept;
V: vocabulary.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from .corpus import Corpus

KEPT = 32
FORCED = 1  # flag: only the penalty chose this token; the same chance without it had chosen another
PENALISED = 2  # flag: the stored distribution feels the penalty
GROUP = 128  # tokens of a group in top_of
HEAD = np.dtype([("version", "<i4"), ("kept", "<i4"), ("tokens", "<i8"), ("teacher", "S64")])


@dataclass
class Stored:
    """tokens uint16 [A, K]; log_p float16 [A, K]; rest float16 [A]; flags uint8 [A]: arrays, or tensors once on a device (`to`), where
    `tokens` is int16 of the same bits."""

    tokens: np.ndarray | Tensor
    log_p: np.ndarray | Tensor
    rest: np.ndarray | Tensor
    flags: np.ndarray | Tensor

    FIELDS = ("tokens", "log_p", "rest", "flags")

    def __len__(self) -> int:
        return len(self.rest)

    def take(self, which) -> "Stored":
        return Stored(*(getattr(self, f)[which] for f in self.FIELDS))

    def to(self, device) -> "Stored":
        put = lambda x: torch.from_numpy(np.ascontiguousarray(x.view(np.int16) if x.dtype == np.uint16 else x)).to(device)
        return Stored(*(put(getattr(self, f)) for f in self.FIELDS))

    def at(self, rows: Tensor) -> "Target":
        """What is stored in these rows [n], on the device; a row of -1 knows nothing."""
        known, rows = rows >= 0, rows.long().clamp(min=0)
        return Target(self.tokens[rows].long() & 0xFFFF, self.log_p[rows].float(), self.rest[rows].float(), self.flags[rows], known)


@dataclass
class Target:
    """Of n positions: tokens int64 [n, K], log_p [n, K], rest [n] float32, flags uint8 [n], known bool [n]."""

    tokens: Tensor
    log_p: Tensor
    rest: Tensor
    flags: Tensor
    known: Tensor

    def forced(self, policy: str) -> Tensor:
        """Where the token alone is the target, bool [n]: see PENALTY."""
        mark = self.flags & FORCED > 0
        return mark & (self.flags & PENALISED == 0) if policy == "distribution" else mark & (policy == "token")

    def weight(self, policy: str) -> Tensor:
        """0 where the loss shall say nothing, else 1: float32 [n]."""
        skipped = (self.flags & FORCED > 0) & (policy == "skip")
        return (self.known & ~skipped).float()


# What the loss makes of a token that only the penalty chose:
#   distribution  the penalised distribution is the target, as everywhere in that text: the model learns how likely the penalty made each
#                 token, so a near tie moves it little and a deep loop far. Where only the plain distribution is known, as `token`.
#   token         the token alone: the strongest push out of loops, but a near tie that the penalty tipped counts as a certainty
#   skip          nothing: such tokens are no text of the model's
PENALTY = ("distribution", "token", "skip")


def top_of(logits: Tensor, kept: int = KEPT) -> tuple[Tensor, Tensor, Tensor]:
    """The `kept` likeliest tokens of logits [n, V]: (tokens int16 of uint16's bits [n, K], logarithms float16 [n, K], rest float16 [n]), the
    likeliest first. Exact: the best K of V are among the K groups with the highest maxima, so only K * GROUP logits are sorted."""
    n, V = logits.shape
    logits, kept = logits.float(), min(kept, V)
    if V % GROUP == 0 and V > 2 * kept * GROUP:
        groups = logits.view(n, V // GROUP, GROUP)
        which = groups.amax(-1).topk(kept, -1).indices  # [n, K]
        best, place = groups.gather(1, which[..., None].expand(-1, -1, GROUP)).flatten(1).topk(kept, -1)
        token = which.gather(1, place // GROUP) * GROUP + place % GROUP
    else:
        best, token = logits.topk(kept, -1)
    log_p = best - logits.logsumexp(-1, keepdim=True)
    rest = (1 - log_p.exp().sum(-1)).clamp(min=0)
    return (token - (token > 32767) * 65536).to(torch.int16), log_p.half(), rest.half()


def path_of(corpus: str | Path) -> Path:
    """Where the distribution beside a corpus lies."""
    return Path(f"{corpus}.top")


def answer_tokens(corpus: "Corpus") -> int:
    """A."""
    return int((corpus.length - corpus.prompt).sum())


def write_stored(path: str | Path, stored: Stored, teacher: str) -> None:
    """teacher: sha256 of the weights whose distribution it is."""
    kept = stored.tokens.shape[1]
    with open(path, "wb") as f:
        f.write(np.array([(1, kept, len(stored), teacher.encode())], HEAD).tobytes())
        for part, kind in zip((getattr(stored, x) for x in Stored.FIELDS), ("<u2", "<f2", "<f2", "u1")):
            np.ascontiguousarray(part, kind).tofile(f)


def read_stored(path: str | Path, corpus: "Corpus") -> Stored:
    """Mapped, not read: a page comes when it is asked for. Raises ValueError where the file is not of this corpus."""
    path = Path(path)
    size = path.stat().st_size
    head = np.fromfile(path, HEAD, 1)
    if len(head) < 1 or head["version"][0] != 1:
        raise ValueError(f"{path} is no stored distribution of version 1; make it anew by stage `score`")
    kept, count = int(head["kept"][0]), int(head["tokens"][0])
    if size != HEAD.itemsize + count * (4 * kept + 3):
        raise ValueError(f"{path} is cut short: {size} bytes for {count} tokens of {kept}")
    if count != answer_tokens(corpus):
        raise ValueError(f"{path} knows {count} tokens, but the corpus's answers have {answer_tokens(corpus)}; make it anew by stage `score`")
    offset, parts = HEAD.itemsize, []
    for kind, shape in (("<u2", (count, kept)), ("<f2", (count, kept)), ("<f2", (count,)), ("u1", (count,))):
        parts.append(np.memmap(path, kind, "r", offset, shape) if count else np.zeros(shape, kind))
        offset += parts[-1].nbytes
    return Stored(*parts)


def teacher_of(path: str | Path) -> str:
    """The sha256 that the file names."""
    return np.fromfile(path, HEAD, 1)["teacher"][0].decode()


def join_stored(parts: list[Stored]) -> Stored:
    """One after the other. Raises ValueError where they keep different numbers of tokens."""
    if len({p.tokens.shape[1] for p in parts}) > 1:
        raise ValueError("the corpora's stored distributions keep different numbers of tokens; make them anew by stage `score`")
    return Stored(*(np.concatenate([getattr(p, f) for p in parts]) for f in Stored.FIELDS))
