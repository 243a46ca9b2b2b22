import numpy as np
import torch
from tiny import CONFIG, PREFIX

from tidar_train.corpus import distinct_share, from_documents
from tidar_train.lm import dense_attention, hidden, random_weights
from tidar_train.sample import Dry, Sampler
from tidar_train.slots import END_OF_TEXT, TURN_END, clean_slots

WEIGHTS = random_weights(CONFIG).map(lambda _, t: t * 4 if t.ndim > 1 else t)
PROMPTS = [[50, 60 + i] + [70] * (i % 3) for i in range(7)]
LIMIT = 20


def plain_greedy(prompt: list[int]) -> list[int]:
    text = PREFIX + prompt
    for _ in range(LIMIT):
        tokens = torch.tensor([text])
        slots = clean_slots(tokens, 0 * tokens, 0 * tokens)
        text.append(int((hidden(WEIGHTS, slots, len(text), dense_attention(slots), CONFIG)[0, -1] @ WEIGHTS.emb.T).argmax()))
        if text[-1] in (TURN_END, END_OF_TEXT):
            break
    return text


def test_rows_that_take_turns_write_what_one_row_writes_alone():
    documents = Sampler(WEIGHTS, CONFIG, [0.0] * 3, 64).run(PREFIX, PROMPTS, LIMIT)
    found = {int(n): t.tolist() for n, t in zip(documents.number, documents.tokens)}
    assert found == {i: plain_greedy(list(p)) for i, p in enumerate(PROMPTS)}
    assert documents.prompt.tolist() == [len(PREFIX) + len(PROMPTS[n]) for n in documents.number]


def test_penalty_ends_loops():
    share = {}
    for name, dry in (("plain", None), ("penalised", Dry(strength=8.0))):
        documents = Sampler(random_weights(CONFIG), CONFIG, [0.0] * 7, 160, dry).run(PREFIX, PROMPTS, 120)
        share[name] = distinct_share(from_documents(documents)).mean()
    assert share["plain"] < 0.7 < share["penalised"]


def test_sampled_tokens_follow_the_distribution():
    torch.manual_seed(0)
    documents = Sampler(WEIGHTS, CONFIG, [1.0] * 64, 64).run(PREFIX, [[50, 60]], 1, steps=120)
    drawn = np.bincount([t[-1] for t in documents.tokens], minlength=CONFIG.vocabulary)
    tokens = torch.tensor([PREFIX + [50, 60]])
    slots = clean_slots(tokens, 0 * tokens, 0 * tokens)
    p = (hidden(WEIGHTS, slots, 5, dense_attention(slots), CONFIG)[0, -1] @ WEIGHTS.emb.T).softmax(-1).numpy()
    n = drawn.sum()
    common = p > 20 / n
    assert n > 2000 and common.sum() >= 3
    chi = ((drawn - n * p) ** 2 / (n * p))[common].sum()
    assert chi < common.sum() + 5 * np.sqrt(2 * common.sum())  # five standard deviations of chi squared
