import lzma

import numpy as np
from tiny import PREFIX, counting_corpus

from tidar_train.corpus import Corpus, distinct_share, pack, read_corpus, write_corpus
from tidar_train.prompts import KINDS, corpus_prompts, held_out


def test_reads_what_was_written(tmp_path):
    corpus = counting_corpus(9)
    write_corpus(tmp_path / "c.bin", corpus)
    (tmp_path / "c.bin.xz").write_bytes(lzma.compress((tmp_path / "c.bin").read_bytes()))
    for name in ("c.bin", "c.bin.xz"):
        read = read_corpus(tmp_path / name)
        assert all(np.array_equal(getattr(read, f), getattr(corpus, f)) for f in ("length", "prompt", "tenths", "tokens"))


def test_distinct_share_by_hand():
    texts = [[9, 9, 1, 2, 3, 4, 5, 6], [9, 9, 7, 7, 7, 7, 7, 7, 7, 7], [9, 9, 1, 2]]
    length = np.array([len(t) for t in texts])
    corpus = Corpus(length, np.full(3, 2), np.zeros(3, np.uint8), np.concatenate(texts).astype(np.uint16))
    assert distinct_share(corpus).tolist() == [1, 1 / 5, 1]


def test_packing_keeps_every_document():
    corpus = counting_corpus(60)
    rows = pack(corpus, PREFIX, 128, seed=1)
    found = []
    for r in range(len(rows)):
        starts = rows.first[r].unique().tolist()
        for a in starts[1:]:
            where = (rows.first[r] == a).nonzero().flatten()
            if rows.shared[r, a]:  # padding continues nothing
                found.append(tuple(PREFIX + rows.tokens[r, where].tolist()))
                assert rows.answer[r, where].tolist() == [i >= 3 for i in range(len(where))]
    assert sorted(found) == sorted(tuple(d.tolist()) for d in corpus.documents())
    assert (rows.tokens[:, : len(PREFIX)].numpy() == PREFIX).all() and rows.greedy[rows.answer].all()


def test_held_out_prompts_are_held_out():
    held = held_out()
    assert len(held) == 136 and sum(p.set == "core" for p in held) == 36
    assert {p.kind for p in held} == set(KINDS)
    # Even without the filter, the templates do not reach them.
    made = {text for _, text in corpus_prompts(20_000, seed=5, held=set())}
    assert not made & {p.text for p in held}
    assert {kind for kind, _ in corpus_prompts(200, seed=1)} == set(KINDS)
