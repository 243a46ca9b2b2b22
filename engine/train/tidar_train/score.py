"""Stage `score`: stores a teacher's distribution beside a corpus that was sampled without it, or by another model (stored.py)."""

import numpy as np
import torch
import torch.nn.functional as F

from .corpus import Corpus, Rows
from .flex import Attention
from .lm import Weights, hidden, layer
from .loss import CHUNK
from .model import Config
from .slots import clean_slots
from .stored import FORCED, Stored, answer_tokens, top_of


@torch.no_grad()
def scored(weights: Weights, config: Config, rows: Rows, corpus: Corpus, batch: int, device: str, kept: int) -> Stored:
    """What the teacher thinks of every answer token; rows: packed from the corpus. The distribution is the plain one, without a penalty; so a greedy
    text's token that is not its first choice is flagged as one that only a penalty chose. Raises ValueError where rows are too short for
    a document."""
    K = min(kept, config.vocabulary)
    count = answer_tokens(corpus)
    parts = [torch.zeros(count, *shape, dtype=kind) for kind, shape in
             ((torch.int16, (K,)), (torch.float16, (K,)), (torch.float16, ()), (torch.uint8, ()))]  # fmt: skip
    seen = int((rows.source >= 0).sum())
    if seen != count:
        raise ValueError(f"{count - seen} answer tokens belong to documents longer than a row of {rows.tokens.shape[1]} tokens; give a longer --row")
    fast = weights.emb.is_cuda
    wrap = (lambda f: torch.compile(f, dynamic=False)) if fast else (lambda f: f)
    compiled, top, attention = wrap(layer), wrap(top_of), None
    for a in range(0, len(rows), batch):
        # The last batch is filled up with its first row, so that one compiled shape serves all.
        which = torch.arange(a, a + batch)
        part = rows[torch.where(which < len(rows), which, a)].to(device)
        part.source[max(0, len(rows) - a) :] = -1
        clean = clean_slots(part.tokens, part.first.int(), part.shared.int())
        attention = attention or Attention(clean)
        states = hidden(weights, clean, part.tokens.shape[1], attention.update(clean), config, compiled)
        # The distribution of a slot's token is that behind the slot before it; no answer begins a row.
        index = (part.source >= 0).flatten().nonzero().flatten()
        token, source = part.tokens.flatten()[index], part.source.flatten()[index].long().cpu()
        greedy = part.greedy.flatten()[index]
        behind = F.pad(states.flatten(0, 1)[index - 1], (0, 0, 0, -len(index) % CHUNK))
        for b in range(0, len(index), CHUNK):
            found = [t[: len(index) - b] for t in top(F.linear(behind[b : b + CHUNK], weights.emb), K)]
            cut = slice(b, b + CHUNK)
            forced = greedy[cut] & ((found[0][:, 0].int() & 0xFFFF) != token[cut])
            for store, values in zip(parts, (*found, FORCED * forced.to(torch.uint8))):
                store[source[cut]] = values.cpu()
    tokens, *others = (t.numpy() for t in parts)
    return Stored(tokens.view(np.uint16), *others)
