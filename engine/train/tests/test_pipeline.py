"""Every stage through its command line, on a CPU, with a tiny model."""

import json

import numpy as np
import pytest
from tiny import CONFIG, PREFIX, counting_corpus, write_model

from tidar_train.__main__ import main
from tidar_train.checkpoint import read_checkpoint
from tidar_train.corpus import pack, read_corpus
from tidar_train.evaluate import answer_tokens
from tidar_train.lm import random_weights
from tidar_train.tnfe import decode, drafts, passes, tree_passes
from tidar_train.train_tidar import TidarPlan, TidarTrainer


@pytest.fixture(scope="module")
def trained():
    """A tiny model after 250 steps on a corpus that it can learn, and the reports."""
    rows = pack(counting_corpus(400), PREFIX, 128, seed=0)
    weights = random_weights(CONFIG)
    plan = TidarPlan(rows=6, masks=64, ar=32, blocks=((4, 0.7), (8, 0.3)), hard=1.0, steps=160, lr=5e-3, warmup=10, report=40)
    # The teacher is the random model itself, so the text must win: greedy text overrules the teacher's choice.
    trainer = TidarTrainer(weights, weights, CONFIG, rows, plan, "cpu")
    reports = trainer.train()
    return trainer.working.map(lambda _, t: t.detach()), reports


def test_losses_fall(trained):
    _, reports = trained
    assert reports[-1]["diffusion"] < 0.5 * reports[0]["diffusion"]
    assert reports[-1]["ar"] < 0.7 * reports[0]["ar"]
    assert reports[-1]["tokens_a_pass"] > 2 * reports[0]["tokens_a_pass"] - 1


@pytest.mark.parametrize("k", [2, 4, 8])
def test_real_loop_equals_teacher_forcing(trained, k):
    weights, _ = trained
    bodies = [[50, 60 + 1 + i % 3, 100 + 7 * i % 64] for i in range(6)]
    items = answer_tokens(weights, CONFIG, PREFIX, bodies, ["chat"] * 6, limit=24, temperature=0.0)
    several = 0
    for item in items:
        forced = drafts(weights, CONFIG, item, k, 0.0)
        text, lengths = decode(weights, CONFIG, item.tokens[: item.prompt], k, 24)
        expected, histogram = passes(forced.chance)
        assert text == item.tokens[item.prompt :]  # trust AR writes what AR writes
        assert len(lengths) == expected
        assert [lengths.count(j + 1) for j in range(k)] == histogram.tolist()
        several += sum(j > 1 for j in lengths)
    assert several > 6  # else the comparison would say little


def test_a_tree_never_needs_more_passes_than_its_chain(trained):
    weights, _ = trained
    bodies = [[50, 61 + i % 3, 100 + i] for i in range(4)]
    items = answer_tokens(weights, CONFIG, PREFIX, bodies, ["chat"] * 4, limit=24, temperature=0.0)
    for item in items:
        forced = drafts(weights, CONFIG, item, 4, 0.0)
        counts = [tree_passes(forced, item.tokens[item.prompt :], nodes) for nodes in (1, 3, 12, 400)]
        assert counts == sorted(counts, reverse=True)
        assert counts[-1] <= passes(forced.chance)[0]


def test_expected_passes_by_hand():
    # Three tokens, k = 2, each second draft accepted with chance 1/2: 3, 2 or 2 passes with chance 1/4, 1/4, 1/2.
    count, histogram = passes(np.array([[0.5], [0.5], [0.0]]))
    assert count == pytest.approx(2.25)
    assert histogram.tolist() == pytest.approx([1.5, 0.75])


def test_command_line(tmp_path):
    base, tokenizer = write_model(tmp_path)
    common = ["--config", "tiny", "--base", base, "--tokenizer", tokenizer]
    fresh, out = str(tmp_path / "corpus-{rank}.bin"), str(tmp_path / "out.q8")
    # A random model never ends a turn, so no question is invented; templates give the prompts.
    assert main(["corpus", *common, "--out", fresh, "--set", "rows=16", "templates=24", "invented_seconds=0",
                 "seconds=0", "answer=12", "question=150"]) == 0  # fmt: skip
    corpus = read_corpus(tmp_path / "corpus-0.bin")
    assert len(corpus.length) >= 8 and set(corpus.tenths) <= {0, 6, 10}
    assert main(["train", "tidar", *common, "--from", base, "--corpus", str(tmp_path / "corpus-0.bin"), "--out", out, "--row", "256",
                 "--log-file", str(tmp_path / "train.log"), "--set", "rows=2", "masks=16", "ar=8", "steps=4", "report=2"]) == 0  # fmt: skip
    before, after = read_checkpoint(base), read_checkpoint(out)
    assert before.keys() == after.keys() and any((before[n] != after[n]).any() for n in before)
    # Text of the model's own, asked the same questions, and training towards its own text half.
    own = str(tmp_path / "own.bin")
    assert main(["corpus", "--config", "tiny", "--base", out, "--tokenizer", tokenizer, "--own", "--prompts", str(tmp_path / "corpus-0.bin"),
                 "--out", own, "--set", "rows=16", "seconds=0", "answer=12", "question=150"]) == 0  # fmt: skip
    written = read_corpus(own)
    assert len(written.length) >= 1 and set(written.tenths) <= {128, 134, 138}
    asked = lambda c: {tuple(d[:n]) for d, n in zip(c.documents(), c.prompt)}
    assert asked(written) <= asked(corpus)
    assert main(["train", "tidar", *common, "--from", out, "--corpus", str(tmp_path / "corpus-0.bin"), own, "--out", out, "--row", "256",
                 "--log-file", str(tmp_path / "train.log"), "--set", "rows=2", "masks=16", "ar=8", "steps=4", "report=2", "own=True"]) == 0  # fmt: skip
    assert main(["evaluate", *common, "--checkpoint", out, "--out", str(tmp_path / "eval.json"), "--limit", "12", "--every", "34",
                 "--k", "4", "8", "--loop", "1"]) == 0  # fmt: skip
    result = json.loads((tmp_path / "eval.json").read_text())
    assert result["drafts"]["4-bit"]["temperature 0"]["k8"]["all"] >= 1
    (loop,) = result["real_loop"]
    assert loop["same_text"] and loop["passes"] == loop["passes_by_teacher_forcing"]
    close = result["close"]["full"]["base, temperature 1, without loops"]
    assert close["tokens"] > 0 and 0 <= close["agreement"] <= 1


def test_bad_input_is_named(tmp_path, capsys):
    base, tokenizer = write_model(tmp_path)
    common = ["--config", "tiny", "--base", base, "--tokenizer", tokenizer, "--out", str(tmp_path / "x")]
    assert main(["corpus", *common, "--set", "speed=9"]) == 2
    assert "speed" in capsys.readouterr().err
    (tmp_path / "short.bin").write_bytes(b"\x05\0\0\0")
    assert main(["train", "tidar", *common, "--from", base, "--corpus", str(tmp_path / "short.bin"), "--log-file", str(tmp_path / "l")]) == 2
    assert "cut short" in capsys.readouterr().err
