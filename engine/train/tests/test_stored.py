"""The teacher's distribution, stored: exact where it is whole, the same training where it is cut to 32 tokens, drawn along while sampling."""

import numpy as np
import pytest
import torch
from tiny import CONFIG, PREFIX, counting_corpus, write_model

from tidar_train.__main__ import main
from tidar_train.corpus import from_documents, pack, read_corpus, write_corpus
from tidar_train.lm import dense_attention, hidden, random_weights
from tidar_train.loss import chunk_gradients, stored_gradients
from tidar_train.sample import Dry, Sampler
from tidar_train.score import scored
from tidar_train.slots import clean_slots
from tidar_train.stored import FORCED, PENALISED, Stored, join_stored, path_of, read_stored, top_of, write_stored
from tidar_train.train_tidar import TidarPlan, TidarTrainer

SHARP = random_weights(CONFIG, 3).map(lambda _, t: t * 6 if t.ndim > 1 else t)


def whole(n: int, K: int, seed: int = 0):
    """Arguments of both losses on random logits [n, 288], the stored side cut to K."""
    g = torch.Generator().manual_seed(seed)
    student, teacher = 2 * torch.randn(n, 288, generator=g), 3 * torch.randn(n, 288, generator=g)
    token, weight, hard = torch.randint(0, 288, (n,), generator=g), torch.rand(n, generator=g), torch.rand(n, generator=g)
    forced = torch.rand(n, generator=g) < 0.2
    tokens, log_p, rest = top_of(teacher, K)
    return student, teacher, (tokens.long() & 0xFFFF, log_p.float(), rest.float()), (token, weight, hard), forced


@pytest.mark.parametrize("shape", [(5, 288), (3, 128 * 70)])
def test_top_of_is_the_plain_best(shape):
    logits = torch.randn(*shape, generator=torch.Generator().manual_seed(1)) * 3
    tokens, log_p, rest = top_of(logits, 8)
    p, best = logits.softmax(-1).topk(8)
    assert torch.equal(tokens.long() & 0xFFFF, best)
    assert torch.allclose(log_p.float().exp(), p, rtol=5e-3)
    assert torch.allclose(rest.float(), 1 - p.sum(-1), atol=1e-3)


def test_tokens_beyond_15_bits_come_back():
    logits = torch.zeros(1, 49152)
    logits[0, [49151, 32768, 32767, 5]] = torch.tensor([9.0, 8.0, 7.0, 6.0])
    assert (top_of(logits, 4)[0].long() & 0xFFFF).tolist() == [[49151, 32768, 32767, 5]]


@pytest.mark.parametrize("k", [0, 8])
def test_a_distribution_stored_whole_gives_the_teachers_loss(k):
    student, teacher, stored, rest, forced = whole(64, 288)
    # `greedy` makes the token the target where it is not the teacher's choice: here nearly everywhere.
    a = chunk_gradients(student, teacher, *rest, forced, k, 0.5)
    b = stored_gradients(student, *stored, *rest, forced & (teacher.argmax(-1) != rest[0]), k, 0.5)
    assert torch.allclose(a[0], b[0], atol=2e-3)  # float16 logarithms
    assert torch.allclose(a[1], b[1], rtol=5e-3, atol=5e-3)


def test_the_gradient_is_the_losses():
    student, _, stored, (token, weight, hard), forced = whole(6, 12)
    student = student.double().requires_grad_()
    top, log_p, rest = stored
    log_q = student.log_softmax(-1)
    known = log_p.double().exp()
    known = known * ((1 - rest) / known.sum(-1))[:, None]
    tail = 1 - log_q.gather(1, top).exp().sum(-1)
    soft = -(known * log_q.gather(1, top)).sum(-1) - rest * tail.log()
    nll = -log_q.gather(1, token[:, None])[:, 0]
    hard = torch.where(forced, 1.0, hard)
    loss = weight * (hard * nll + (1 - hard) * soft)
    (wanted,) = torch.autograd.grad(loss.sum(), student)
    gradient, figures = stored_gradients(student.detach().float(), *stored, token, weight, hard, forced, 0, 0.0)
    assert torch.allclose(gradient.double(), wanted, atol=1e-5)
    assert torch.allclose(figures[:, 0].double(), loss.detach(), atol=1e-5)


def test_32_of_288_tokens_lose_the_tails_inside_alone():
    student, teacher, stored, (token, weight, _), _ = whole(200, 32)
    none = torch.zeros(200)
    a, _ = chunk_gradients(student, teacher, token, weight, none, none > 0, 0, 0.0)
    b, _ = stored_gradients(student, *stored, token, weight, none, none > 0, 0, 0.0)
    inside = torch.zeros(200, 288, dtype=torch.bool).scatter(1, stored[0], True)
    assert torch.allclose(a[inside], b[inside], atol=1e-3)  # known tokens are pulled alike
    assert torch.allclose((a * ~inside).sum(-1), (b * ~inside).sum(-1), atol=1e-3)  # and the others' sum
    assert (a - b).norm() < 0.1 * a.norm()


@pytest.mark.parametrize("own", [False, True])
def test_a_step_without_a_teacher_is_the_step_with_one(own):
    """Every part of the trainer's gradients, on rows full of answers, with all 288 tokens stored; and close to it with 32."""
    corpus = counting_corpus(40)
    rows = pack(corpus, PREFIX, 128, seed=0)
    plan = TidarPlan(rows=3, masks=32, ar=24, blocks=((4, 1.0),), steps=1, own=own, penalty="token")
    found = []
    for kept in (None, 288, 32):
        stored = None if kept is None else scored(SHARP, CONFIG, rows, corpus, 4, "cpu", kept)
        trainer = TidarTrainer(random_weights(CONFIG), None if stored else SHARP, CONFIG, rows, plan, "cpu", stored=stored)
        trainer.refresh(True)
        loss, _ = trainer.losses(rows[:3])
        loss.backward()
        found.append((float(loss.detach()), torch.cat([t.grad.flatten() for _, t in trainer.working.items()])))
    (live, gradient), (all_kept, same), (some_kept, close) = found
    assert all_kept == pytest.approx(live, rel=2e-3)
    assert (same - gradient).norm() < 5e-3 * gradient.norm()
    assert some_kept < live + 1e-3  # the cross-entropy of fewer outcomes
    assert (close - gradient).norm() < 0.05 * gradient.norm()


def sampled(dry, temperatures=(0.0, 0.0, 0.0, 0.8), kept=32):
    torch.manual_seed(0)
    weights = random_weights(CONFIG)
    sampler = Sampler(weights, CONFIG, list(temperatures), 160, dry, kept=kept)
    documents = sampler.run(PREFIX, [[50, 60 + i] + [70] * (i % 3) for i in range(7)], 90)
    which = np.arange(len(documents.tokens))[::-1].copy()
    return weights, from_documents(documents).take(which), sampler.stored(documents, which)


def test_what_the_sampler_stores_is_what_a_pass_over_the_text_finds():
    weights, corpus, stored = sampled(None)
    again = scored(weights, CONFIG, pack(corpus, PREFIX, 256, 0), corpus, 2, "cpu", 32)
    assert len(stored) == len(again) == int((corpus.length - corpus.prompt).sum())
    assert np.allclose(np.exp(stored.log_p.astype(float)), np.exp(again.log_p.astype(float)), rtol=2e-2)
    assert np.allclose(stored.rest.astype(float), again.rest.astype(float), atol=2e-3)
    assert not stored.flags.any()


def test_text_survives_the_loss_of_its_distributions(tmp_path, monkeypatch):
    def full(*_):
        raise MemoryError("no room")

    monkeypatch.setattr(Sampler, "stored", full)
    base, tokenizer = write_model(tmp_path)
    argv = ["corpus", "--config", "tiny", "--base", base, "--tokenizer", tokenizer, "--out", str(tmp_path / "c.bin"), "--set", "rows=8", "templates=8",
            "invented_seconds=0", "seconds=0", "answer=12", "question=150"]  # fmt: skip
    assert main(argv) == 0
    assert len(read_corpus(tmp_path / "c.bin").length) and not path_of(tmp_path / "c.bin").exists()
    assert "the distributions are lost: no room" in (tmp_path / "c.bin.log").read_text()


def test_tokens_that_only_the_penalty_chose_are_flagged():
    weights, corpus, stored = sampled(Dry(strength=8.0), (0.0,) * 4)
    assert (stored.flags & PENALISED > 0).all()
    text = np.concatenate([d[p:] for d, p in zip(corpus.documents(), corpus.prompt)])
    assert (stored.tokens[:, 0] == text).all()  # greedy: the penalised distribution's first choice
    forced = []
    for d, p in zip(corpus.documents(), corpus.prompt):
        tokens = torch.from_numpy(d.astype(np.int64))[None]
        slots = clean_slots(tokens, 0 * tokens, 0 * tokens)
        plain = hidden(weights, slots, len(d), dense_attention(slots), CONFIG)[0, p - 1 : -1] @ weights.emb.T
        forced += (plain.argmax(-1) != tokens[0, p:]).tolist()
    assert (stored.flags & FORCED > 0).tolist() == forced
    assert 0 < sum(forced) < len(forced)


def test_policies_for_forced_tokens():
    one = np.ones((4, 1))
    stored = Stored(one.astype(np.uint16), -one.astype(np.float16), one[:, 0].astype(np.float16),
                    np.array([0, FORCED, PENALISED, FORCED | PENALISED], np.uint8)).to("cpu")  # fmt: skip
    target = stored.at(torch.tensor([0, 1, 2, 3, -1]))
    assert target.forced("distribution").tolist()[:4] == [False, True, False, False]
    assert target.forced("token").tolist()[:4] == [False, True, False, True]
    assert not target.forced("skip").any()
    assert target.weight("skip").tolist() == [1, 0, 1, 0, 0]
    assert target.weight("token").tolist() == target.weight("distribution").tolist() == [1, 1, 1, 1, 0]


def test_files(tmp_path):
    _, corpus, stored = sampled(Dry())
    path = path_of(tmp_path / "c.bin")
    write_stored(path, stored, "a" * 64)
    read = read_stored(path, corpus)
    assert all(np.array_equal(getattr(read, f), getattr(stored, f)) for f in Stored.FIELDS)
    assert len(join_stored([read, read])) == 2 * len(read)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match="cut short"):
        read_stored(path, corpus)
    write_stored(path, stored.take(slice(5, None)), "a" * 64)
    with pytest.raises(ValueError, match="answers have"):
        read_stored(path, corpus)
    with pytest.raises(ValueError, match="longer --row"):
        scored(SHARP, CONFIG, pack(corpus, PREFIX, 64, 0), corpus, 2, "cpu", 32)


def test_command_line(tmp_path, capsys):
    base, tokenizer = write_model(tmp_path)
    files = [str(tmp_path / f"c{i}.bin") for i in range(2)]
    from tidar_train.text import chat_prefix
    from tidar_train.text import tokenizer as words

    prefix = chat_prefix(words(tokenizer))
    for i, f in enumerate(files):
        corpus = counting_corpus(20, seed=i)
        write_corpus(f, corpus)
    common = ["--config", "tiny", "--tokenizer", tokenizer]
    train = ["train", "tidar", *common, "--from", base, "--corpus", *files, "--out", str(tmp_path / "o.q8"), "--row", "128", "--log-file",
             str(tmp_path / "l"), "--set", "rows=2", "masks=16", "ar=8", "steps=2", "report=1"]  # fmt: skip
    assert len(prefix) > 3  # the corpus's texts do not begin with it, and are scored as they stand
    assert main(train) == 2
    assert "needs its stored distribution" in capsys.readouterr().err
    assert main(["score", *common, "--base", base, "--corpus", *files, "--row", "128", "--batch", "2"]) == 0
    assert len(read_stored(path_of(files[0]), read_corpus(files[0])))
    assert main(train) == 0  # no base
    assert main(["train", "tidar", "--live", *train[2:]]) == 2
    assert "without --base" in capsys.readouterr().err
    assert main(["train", "tidar", "--live", "--base", base, *train[2:]]) == 0
    assert main([*train[:-5], "--live", *train[-6:]]) == 2
