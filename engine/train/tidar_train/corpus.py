"""Stage `corpus`: text that the base model writes itself, for distillation; its file format; and rows for training.

File, little endian: int32 D; D x uint16 document length; D x uint16 prompt length; D x uint8 temperature * 10, plus OWN where the
model in training wrote the answer and not the base; then the documents' tokens, uint16. NAME.xz is read as NAME compressed.
"""

import lzma
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .lm import Weights
from .model import Config
from .prompts import corpus_prompts
from .sample import Documents, Dry, Sampler
from .slots import TURN_END
from .text import ASSISTANT, chat_prefix, chat_prompts

OWN = 128
DISTINCT = 0.7  # documents with a smaller share of distinct 4-grams in the answer are dropped: they loop


@dataclass
class Corpus:
    """length, prompt int64 [D]; tenths uint8 [D]; tokens uint16 [sum of length]."""

    length: np.ndarray
    prompt: np.ndarray
    tenths: np.ndarray
    tokens: np.ndarray

    def documents(self) -> list[np.ndarray]:
        return np.split(self.tokens, np.cumsum(self.length)[:-1]) if len(self.length) else []

    def take(self, which: np.ndarray) -> "Corpus":
        """The documents of the given indices, in their order."""
        documents = self.documents()
        tokens = [documents[i] for i in which]
        return Corpus(self.length[which], self.prompt[which], self.tenths[which],
                      np.concatenate(tokens) if tokens else np.zeros(0, np.uint16))  # fmt: skip


def join(corpora: list[Corpus]) -> Corpus:
    """One corpus after the other."""
    each = lambda field: np.concatenate([getattr(c, field) for c in corpora])
    return Corpus(each("length"), each("prompt"), each("tenths"), each("tokens"))


def read_corpus(path: str | Path) -> Corpus:
    """Raises ValueError where the file's length does not fit its head."""
    path = Path(path)
    data = lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()
    count = int(np.frombuffer(data, "<i4", 1)[0]) if len(data) >= 4 else 0
    if len(data) < 4 + 5 * count:
        raise ValueError(f"{path} is cut short: {len(data)} bytes for {count} documents")
    length = np.frombuffer(data, "<u2", count, 4).astype(np.int64)
    if len(data) != 4 + 5 * count + 2 * length.sum():
        raise ValueError(f"{path}: {len(data)} bytes, but its documents have {length.sum()} tokens")
    prompt = np.frombuffer(data, "<u2", count, 4 + 2 * count).astype(np.int64)
    tenths = np.frombuffer(data, "u1", count, 4 + 4 * count)
    return Corpus(length, prompt, tenths, np.frombuffer(data, "<u2", -1, 4 + 5 * count))


def write_corpus(path: str | Path, corpus: Corpus) -> None:
    """Uncompressed; whole, or not at all."""
    parts = (np.array([len(corpus.length)], "<i4"), corpus.length.astype("<u2"), corpus.prompt.astype("<u2"),
             corpus.tenths.astype("u1"), corpus.tokens.astype("<u2"))  # fmt: skip
    part = Path(f"{path}.part")
    part.write_bytes(b"".join(x.tobytes() for x in parts))
    part.replace(path)


def distinct_share(corpus: Corpus, n: int = 4, device="cpu") -> np.ndarray:
    """Share of distinct n-grams (n <= 4) in each answer, [D]; 1 where the answer is shorter than n."""
    put = lambda x: torch.from_numpy(x.astype(np.int64)).to(device)
    tokens, length, prompt = put(corpus.tokens), put(corpus.length), put(corpus.prompt)
    end = length.cumsum(0)
    document = torch.repeat_interleave(torch.arange(len(end), device=device), length)
    gram = tokens.clone()
    for i in range(1, n):
        gram[:-i] |= tokens[i:] << (16 * i)
    index = torch.arange(len(gram), device=device)
    inside = (index >= (end - length + prompt)[document]) & (index + n <= end[document])
    gram, document = gram[inside], document[inside]
    # One sort of (document, 40-bit hash of the n-gram); 200 n-grams a document leave no room for collisions.
    hashed = (gram * -7046029254386353131 >> 20) & ((1 << 40) - 1)
    key = ((document << 40) | hashed).sort().values
    document = key >> 40
    fresh = torch.ones_like(key, dtype=torch.bool)
    fresh[1:] = key[1:] != key[:-1]
    count = lambda x: torch.bincount(x, minlength=len(end)).double()
    total = count(document)
    return torch.where(total > 0, count(document[fresh]) / total.clamp(min=1), 1.0).cpu().numpy()


def prompts_of(corpora: list[Corpus], prefix: list[int]) -> list[list[int]]:
    """The distinct prompts of chats: what follows the prefix (see text.chat_prefix) and precedes the answer."""
    found, head = set(), np.array(prefix, np.uint16)
    for corpus in corpora:
        for tokens, prompt in zip(corpus.documents(), corpus.prompt):
            if prompt > len(head) and np.array_equal(tokens[: len(head)], head):
                found.add(tokens[len(head) : prompt].tobytes())
    return [np.frombuffer(text, np.uint16).tolist() for text in sorted(found)]


def from_documents(documents: Documents) -> Corpus:
    return Corpus(
        np.array([len(t) for t in documents.tokens], np.int64), documents.prompt.astype(np.int64),
        documents.tenths.astype(np.uint8), np.concatenate(documents.tokens),
    )  # fmt: skip


@dataclass(frozen=True)
class SamplingPlan:
    """What to sample. rows: documents at a time. templates: questions made by rule. invented_seconds: time for questions that the model makes up from
    the bare chat prefix, at temperature 1; seconds: time for answers, 0 for one answer to every prompt. greedy, warm: shares of rows at temperature 0
    and `warm_temperature`; the rest has temperature 1 and no repetition penalty. dry: None for no penalty anywhere."""

    rows: int = 3072
    templates: int = 100_000
    invented_seconds: float = 25
    seconds: float = 180
    answer: int = 224
    question: int = 48
    greedy: float = 0.7
    warm: float = 0.15
    warm_temperature: float = 0.6
    dry: Dry | None = Dry()


def sample_corpus(weights: Weights, config: Config, tokenizer, plan: SamplingPlan, seed: int, fast: bool, say=print,
                  prompts: list[list[int]] | None = None, kept: int = 0):  # fmt: skip
    """A corpus of plan.seconds' worth of answers, looping ones dropped, and, of `kept` tokens a place, the distribution that they were drawn
    from (stored.Stored; None for 0). Deterministic up to how far time allows. prompts: ask these (see prompts_of), and neither templates
    nor invented ones."""
    torch.manual_seed(seed)
    prefix, newline = chat_prefix(tokenizer), chat_prompts(tokenizer, [""])[0][:1]
    positions = -(-(len(prefix) + 1 + plan.question + 8 + plan.answer) // 64) * 64
    ending = tokenizer.encode(ASSISTANT).ids
    asked = prompts is not None
    prompts = prompts if asked else chat_prompts(tokenizer, [text for _, text in corpus_prompts(plan.templates, seed)])
    if plan.invented_seconds and not asked:
        inventor = Sampler(weights, config, [1.0] * plan.rows, positions, fast=fast)
        made = inventor.run(prefix, [newline], plan.question, seconds=plan.invented_seconds)
        whole = [t for t, ended in zip(made.tokens, made.ended) if ended and t[-1] == TURN_END and 8 <= len(t) - len(prefix)]
        invented = {tuple(t[len(prefix) : -1].tolist()) for t in whole}
        say(f"{len(made.tokens)} questions invented, {len(invented)} kept, {inventor.steps} steps")
        prompts += [list(q) + ending for q in sorted(invented)]
        del inventor
    prompts = [p for p in prompts if len(p) <= plan.question + 8]
    random.Random(seed).shuffle(prompts)
    greedy, warm = round(plan.rows * plan.greedy), round(plan.rows * plan.warm)
    hot = plan.rows - greedy - warm
    temperatures = [0.0] * greedy + [plan.warm_temperature] * warm + [1.0] * hot
    penalised = [True] * (greedy + warm) + [False] * hot
    sampler = Sampler(weights, config, temperatures, positions, plan.dry, penalised, fast, kept)
    documents = sampler.run(prefix, prompts, plan.answer, seconds=plan.seconds or None)
    corpus = from_documents(documents)
    share = distinct_share(corpus, device=weights.emb.device)
    looping = share < DISTINCT
    say(f"{len(prompts)} prompts, {len(share)} answers, {len(corpus.tokens)} tokens in {sampler.steps} steps; "
        f"ended by themselves: {documents.ended.mean():.3f}; looping: {looping.mean():.3f}, "
        f"greedy {looping[corpus.tenths == 0].mean():.3f}")  # fmt: skip
    plain = np.flatnonzero(~looping)
    stored = None
    if kept:
        try:
            stored = sampler.stored(documents, plain)
        except (RuntimeError, MemoryError) as broken:  # the text took minutes, and is of use without
            say(f"the distributions are lost: {broken}")
    return corpus.take(plain), stored


@dataclass
class Rows:
    """Packed rows of C tokens, each beginning with the chat prefix (P tokens), followed by whole documents.

    tokens int32 [R, C]; first int16 [R, C]: where the slot's document begins; shared int16 [R, C]: P in documents
    that continue the prefix, else 0; answer, greedy bool [R, C]: the slot is an answer's token; the base wrote
    the document at temperature 0. source int32 [R, C]: which of the corpus's answer tokens the slot is, counted over all documents
    in order (the row of stored.Stored), -1 where none. Padding is a document of its own without an answer.
    """

    tokens: Tensor
    first: Tensor
    shared: Tensor
    answer: Tensor
    greedy: Tensor
    source: Tensor

    FIELDS = ("tokens", "first", "shared", "answer", "greedy", "source")

    def to(self, device) -> "Rows":
        return Rows(*(getattr(self, f).to(device) for f in self.FIELDS))

    def __getitem__(self, which) -> "Rows":
        return Rows(*(getattr(self, f)[which] for f in self.FIELDS))

    def __len__(self) -> int:
        return len(self.tokens)


def pack(corpus: Corpus, prefix: list[int], C: int, seed: int) -> Rows:
    """Puts documents, in random order, each into the fullest row that still has room for it.

    The prefix is cut off where a document begins with it, and stands once in front of the row. Longer documents
    than a row are dropped.
    """
    P, head = len(prefix), np.array(prefix, np.uint16)
    documents = corpus.documents()
    begins = corpus.length > P
    start = np.cumsum(corpus.length) - corpus.length
    for i in range(P):
        begins[begins] &= corpus.tokens[start[begins] + i] == head[i]
    body = corpus.length - P * begins
    order = np.random.default_rng(seed).permutation(len(documents))
    rows: list[list[int]] = []
    room: dict[int, list[int]] = {}  # free slots -> rows
    open_sizes = 0  # bit s is set where room[s] is not empty
    for i in order[body[order] <= C - P]:
        size = int(body[i])
        fitting = open_sizes >> size
        if fitting:
            free = size + (fitting & -fitting).bit_length() - 1
            row = room[free].pop()
            if not room[free]:
                open_sizes &= ~(1 << free)
        else:
            free, row = C - P, len(rows)
            rows.append([])
        rows[row].append(i)
        free -= size
        if free >= 8:
            room.setdefault(free, []).append(row)
            open_sizes |= 1 << free
    tokens = np.zeros((len(rows), C), np.int32)
    first = np.tile(np.arange(C, dtype=np.int16), (len(rows), 1))
    first[:, :P] = 0
    shared, answer, greedy = np.zeros((len(rows), C), np.int16), np.zeros((len(rows), C), bool), np.zeros((len(rows), C), bool)
    source = np.full((len(rows), C), -1, np.int32)
    known = np.cumsum(corpus.length - corpus.prompt)
    tokens[:, :P] = head
    for r, members in enumerate(rows):
        a = P
        for i in members:
            skip = P if begins[i] else 0
            b = a + int(body[i])
            tokens[r, a:b] = documents[i][skip:]
            first[r, a:b] = a
            shared[r, a:b] = skip
            begin = a + int(corpus.prompt[i]) - skip
            answer[r, begin:b] = True
            source[r, begin:b] = np.arange(known[i] - (b - begin), known[i])
            greedy[r, a:b] = corpus.tenths[i] == 0
            a = b
    return Rows(*(torch.from_numpy(x) for x in (tokens, first, shared, answer, greedy, source)))
