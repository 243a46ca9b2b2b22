"""Sampling many documents at once from an autoregressive model, at a fixed batch without idle rows.

Every row runs one document after another; when one ends, the row takes the next prompt of the queue. Prompts are fed
one token a step like everything else, except the prefix that all of them share, whose keys and values are put into
the cache once. The whole step is one CUDA graph: the queue, the penalty and the log live on the GPU.
B: rows, T: positions of a row, P: shared prefix, V: vocabulary.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .attend import append_attend
from .lm import Weights, after_attention, before_attention, rotary
from .model import Config, rms_norm
from .slots import END_OF_TEXT, TURN_END
from .stored import FORCED, PENALISED, Stored, top_of

RING = 256  # steps whose distributions wait on the GPU before they move to the host


@dataclass(frozen=True)
class Dry:
    """Penalty on tokens that would prolong a repetition inside the answer ("DRY" in llama.cpp): where the last m
    tokens occurred before and m >= allowed, the token that followed them loses strength * base^(m - allowed)."""

    strength: float = 0.8
    base: float = 1.75
    allowed: int = 4
    most: int = 16


@dataclass
class Documents:
    """tokens: one array per document, prefix included; prompt: lengths of the prompts; tenths: temperature * 10;
    number: index of the document's prompt in the queue; ended: whether it ended by itself; row, step: where the sampler chose the answer's
    first token."""

    tokens: list[np.ndarray]
    prompt: np.ndarray
    tenths: np.ndarray
    number: np.ndarray
    ended: np.ndarray
    row: np.ndarray
    step: np.ndarray


class Sampler:
    """temperatures: one a row, 0 for greedy; greedy rows must come first. Only rows with `penalised` (default: all)
    feel `dry`. kept: of how many tokens a place `stored` shall know the probability."""

    def __init__(self, weights: Weights, config: Config, temperatures: list[float], positions: int,
                 dry: Dry | None = None, penalised: list[bool] | None = None, fast: bool = False, kept: int = 0):  # fmt: skip
        self.kept = min(kept, config.vocabulary)
        self.weights, self.config, self.T, self.dry = weights, config, positions, dry
        self.B = len(temperatures)
        self.device = weights.emb.device
        self.temperature = torch.tensor(temperatures, device=self.device)
        self.greedy = int((self.temperature == 0).sum())
        if (self.temperature[: self.greedy] != 0).any():
            raise ValueError("rows with temperature 0 must come first")
        self.penalised = torch.tensor(penalised or [True] * self.B, device=self.device)
        shape = (config.layers, self.B, positions, config.kv_heads, config.head_size)
        self.keys = torch.zeros(shape, dtype=weights.emb.dtype, device=self.device)
        self.values = torch.zeros_like(self.keys)
        self.cos, self.sin = rotary(torch.arange(positions, device=self.device), config)  # [T, 1, c/2]
        wrap = (lambda f: torch.compile(f, dynamic=False)) if fast else (lambda f: f)
        self.fast = fast
        self._before, self._after = wrap(before_attention), wrap(after_attention)
        self._choose, self._advance, self._top = wrap(self._choose), wrap(self._advance), wrap(top_of)

    def _logits(self, token: Tensor, position: Tensor) -> Tensor:
        """One step: writes the cache at `position` [B] and returns float32 logits [B, V]."""
        w, x = self.weights, F.embedding(token, self.weights.emb)
        cos, sin = self.cos[position], self.sin[position]
        for n in range(self.config.layers):
            q, k, v = self._before(x, w.n1[n], w.qkv[n], cos, sin, self.config)
            attended = append_attend(q, k, v, self.keys[n], self.values[n], position)
            x = self._after(x, attended.flatten(1), w.o[n], w.n2[n], w.gu[n], w.down[n], self.config)
        x = rms_norm(x, w.nf, self.config.norm_eps)
        if x.is_cuda and x.dtype == torch.bfloat16:
            return torch.mm(x, w.emb.T, out_dtype=torch.float32)  # bfloat16 logits would make ties
        return (x @ w.emb.T).float()

    def _choose(self, plain: Tensor, history: Tensor, match: Tensor, position: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The next token [B], the logits that it is drawn from, float32 [B, V], and stored's flags, uint8 [B]. plain: logits without the penalty;
        history int [B, T]; match [B, T]: how many tokens up to each place equal the last ones."""
        logits = plain
        if self.dry:
            d = self.dry
            length = match[:, :-1].clamp(max=d.most).float()
            loss = torch.where(length >= d.allowed, d.strength * d.base ** (length - d.allowed), 0.0)
            loss = loss * self.penalised[:, None]
            next_token = history[:, 1:]  # what followed
            known = torch.arange(self.T - 1, device=logits.device) < position[:, None]
            lowered = logits.gather(1, next_token) - torch.where(known, loss, 0.0)
            logits = logits.scatter_reduce(1, next_token, lowered, "amin")
        noise = None
        if self.greedy < self.B:
            noise = -torch.log(-torch.log(torch.rand_like(logits[self.greedy :]).clamp(1e-20, 1 - 1e-7)))
        chosen = self._draw(logits, noise)
        flags = torch.zeros(self.B, dtype=torch.uint8, device=logits.device)
        if self.kept and self.dry:
            flags = PENALISED * self.penalised.to(torch.uint8) + FORCED * (self._draw(plain, noise) != chosen).to(torch.uint8)
        return chosen, logits, flags

    def _draw(self, logits: Tensor, noise: Tensor | None) -> Tensor:
        """The likeliest token in greedy rows, and in the others the one that Gumbel noise picks: [B]."""
        chosen = logits[: self.greedy].argmax(-1)
        if noise is None:
            return chosen
        return torch.cat((chosen, (logits[self.greedy :] / self.temperature[self.greedy :, None] + noise).argmax(-1)))

    def _remember(self, token, position, prompt_end, history, match):
        """history and match after `token` [B] was fed at `position` [B]. Only answers count as repeated."""
        index = torch.arange(self.T, device=token.device)
        history = torch.where(index == position[:, None], token[:, None], history)
        same = (history == token[:, None]) & (index < position[:, None]) & (index >= prompt_end[:, None])
        same = same & (position >= prompt_end)[:, None]
        return history, torch.where(same, F.pad(match, (1, 0))[:, :-1] + 1, 0)

    def _advance(self, chosen, token, position, current, taken, prompts, lengths, P: int, limit: int):
        """The next (token, position, current prompt, prompts taken), and who has just finished."""
        end = lengths[current] + P  # first position of the answer
        asked = prompts[current, (position + 1 - P).clamp(max=prompts.shape[1] - 1)]
        following = torch.where(position + 1 < end, asked, chosen)
        closed = (position >= end) & ((token == TURN_END) | (token == END_OF_TEXT))
        done = closed | (position + 1 >= end + limit) | (position + 1 >= self.T)
        current = torch.where(done, (taken + done.cumsum(0) - 1) % len(lengths), current)
        position = torch.where(done, P, position + 1)
        return torch.where(done, prompts[current, 0], following), position, current, taken + done.sum(), done

    def run(self, prefix: list[int], prompts: list[list[int]], limit: int, steps: int | None = None, seconds: float | None = None) -> Documents:
        """Samples answers of up to `limit` tokens. Prompts (none empty) continue the prefix; they are taken in order,
        again from the first when all are taken. Stops after `steps`, after `seconds`, or, without either, when
        every prompt is answered. Returns finished documents; those that ran out of time are dropped."""
        import time

        device, B, P = self.device, self.B, len(prefix)
        longest = max(map(len, prompts))
        if P + longest + limit > self.T:
            raise ValueError(f"prefix {P} + prompt {longest} + answer {limit} tokens exceed the sampler's {self.T} positions")
        table = torch.zeros(len(prompts), longest, dtype=torch.long)
        for i, prompt in enumerate(prompts):
            table[i, : len(prompt)] = torch.tensor(prompt)
        table, lengths = table.to(device), torch.tensor([len(p) for p in prompts], device=device)
        with torch.no_grad():
            for i, t in enumerate(prefix):  # the same in every row: fills the shared part of the cache
                self._logits(torch.full((B,), t, device=device), torch.full((B,), i, device=device))
        once = steps is None and seconds is None
        if once:  # every prompt answered: at most this many steps
            steps = -(-len(prompts) // B) * (longest + limit)
        capacity = steps or int(seconds * 400) + 64
        current = torch.arange(B, device=device) % len(prompts)
        state = [table[current, 0], torch.full((B,), P, device=device), current, torch.tensor(B, device=device)]
        history = torch.zeros(B, self.T, dtype=torch.long, device=device)
        match = torch.zeros(B, self.T, dtype=torch.int32, device=device)
        log = torch.zeros(capacity, B, dtype=torch.int32, device=device)
        log_prompt = torch.full((capacity, B), -1, dtype=torch.int32, device=device)
        clock = torch.zeros(1, dtype=torch.long, device=device)
        answered = torch.zeros(len(prompts), dtype=torch.int32, device=device)
        # What was thought of each step's next token; a ring on the device, emptied onto the host.
        ring = [torch.zeros((RING, B, *shape), dtype=kind, device=device) for kind, shape in self._kinds()]
        self._thought: list[list[Tensor]] = []
        remember = torch.compile(self._remember, dynamic=False) if self.fast else self._remember

        def step():
            token, position, current, _ = state
            log.index_copy_(0, clock, token[None].int())
            log_prompt.index_copy_(0, clock, torch.where(position == P, current, -1)[None].int())
            logits = self._logits(token, position)
            new_history, new_match = remember(token, position, lengths[current] + P, history, match)
            history.copy_(new_history)
            match.copy_(new_match)
            chosen, logits, flags = self._choose(logits, history, match, position)
            for old, new in zip(ring, (*self._top(logits, self.kept), flags) if self.kept else ()):
                old.index_copy_(0, clock % RING, new[None])
            *following, done = self._advance(chosen, *state, table, lengths, P, limit)
            answered.scatter_reduce_(0, current, done.int(), "amax")
            for old, new in zip(state, following):
                old.copy_(new)
            clock.add_(1)

        with torch.no_grad():
            replay = step
            if device.type == "cuda":
                saved = [t.clone() for t in (*state, history, match, log, log_prompt, clock, answered)]
                stream = torch.cuda.Stream()
                stream.wait_stream(torch.cuda.current_stream())
                with torch.cuda.stream(stream):
                    step(), step(), step()
                torch.cuda.current_stream().wait_stream(stream)
                graph = torch.cuda.CUDAGraph()
                with torch.cuda.graph(graph):
                    step()
                for old, new in zip((*state, history, match, log, log_prompt, clock, answered), saved):
                    old.copy_(new)
                replay = graph.replay
            begun, count = time.monotonic(), 0
            while count < capacity and (seconds is None or time.monotonic() - begun < seconds):
                replay()
                count += 1
                if self.kept and count % RING == 0:
                    self._thought.append([t.to("cpu", copy=True) for t in ring])
                if count % 32 == 0:
                    if device.type == "cuda":
                        torch.cuda.synchronize()
                    if once and bool(answered.all()):
                        break
        self.steps = count
        if self.kept and count % RING:
            self._thought.append([t[: count % RING].to("cpu", copy=True) for t in ring])
        return self._documents(log[:count], log_prompt[:count], prefix, lengths, limit, once)

    def _kinds(self) -> list[tuple[torch.dtype, tuple[int, ...]]]:
        """Types and shapes of stored's fields at one place."""
        K = self.kept
        return [(torch.int16, (K,)), (torch.float16, (K,)), (torch.float16, ()), (torch.uint8, ())] if K else []

    def stored(self, documents: Documents, which: np.ndarray) -> Stored:
        """The distributions behind the last run's documents of these indices, in their order. The sampler forgets them. Needs `kept`."""
        lengths = np.array([len(documents.tokens[i]) for i in which], np.int64) - documents.prompt[which]
        total = int(lengths.sum())
        inside = np.arange(total) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        place = (np.repeat(documents.step[which], lengths) + inside) * self.B + np.repeat(documents.row[which], lengths)
        place = torch.from_numpy(place)
        fields = []
        for i in range(len(self._thought[0])):
            every = torch.cat([chunk[i] for chunk in self._thought]).flatten(0, 1)
            fields.append(every[place].numpy())
            for chunk in self._thought:
                chunk[i] = None
        self._thought = []
        return Stored(fields[0].view(np.uint16), *fields[1:])

    def _documents(self, log: Tensor, log_prompt: Tensor, prefix, lengths, limit: int, once: bool) -> Documents:
        """Cuts the log [steps, B] at the documents' first tokens; drops what is unfinished, and repeats if `once`."""
        tokens, number = log.T.cpu().numpy().astype(np.uint16), log_prompt.T.cpu().numpy()
        lengths = lengths.cpu().numpy()
        P, head = len(prefix), np.array(prefix, np.uint16)
        texts, prompt, tenths, numbers, ended, rows, begins = [], [], [], [], [], [], []
        seen = set()
        temperature = self.temperature.cpu().numpy()
        for row in range(self.B):
            starts = np.flatnonzero(number[row] >= 0)
            bounds = np.append(starts, tokens.shape[1])
            for a, b in zip(bounds[:-1], bounds[1:]):
                which = int(number[row, a])
                body, asked = tokens[row, a:b], int(lengths[which])
                closed = len(body) > asked and body[-1] in (TURN_END, END_OF_TEXT)
                whole = closed or len(body) - asked >= limit or len(body) + P >= self.T
                if not whole or (once and which in seen):
                    continue
                seen.add(which)
                texts.append(np.concatenate((head, body)))
                prompt.append(P + asked)
                tenths.append(round(float(temperature[row]) * 10))
                numbers.append(which)
                ended.append(closed)
                rows.append(row)
                begins.append(a + asked - 1)  # the last token of the prompt was fed there
        return Documents(texts, *(np.array(x) for x in (prompt, tenths, numbers, ended, rows, begins)))
