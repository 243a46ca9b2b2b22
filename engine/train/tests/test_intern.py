"""The intern: trained towards a tiny target, judged twice over, exported within its size."""

import json

import numpy as np
import pytest
from tiny import CONFIG, PREFIX, counting_corpus, write_model

from tidar_train.__main__ import main
from tidar_train.checkpoint import read_checkpoint
from tidar_train.corpus import write_corpus
from tidar_train.evaluate import answer_tokens
from tidar_train.lm import random_weights, unstack
from tidar_train.model import CONFIGS, INTERN_17M
from tidar_train.speculate import acceptance, by_place, chances, decode, next_logits, served_bytes
from tidar_train.tnfe import passes
from tidar_train.train_intern import InternPlan, InternTrainer, begin

INTERN = CONFIGS["tiny-intern"]


@pytest.fixture(scope="module")
def pair(counting):
    """A target that continues progressions; an intern that learnt from the target; its reports."""
    rows, target = counting
    trainer = InternTrainer(begin(target, INTERN, 0), INTERN, target, CONFIG, rows, InternPlan(rows=6, ar=64, steps=120, lr=1e-2, warmup=10, report=30), "cpu")
    reports = trainer.train()
    return target, trainer.working.map(lambda _, t: t.detach()), reports


def test_it_comes_to_agree_with_its_target(pair):
    _, _, reports = pair
    assert reports[-1]["loss"] < 0.7 * reports[0]["loss"]
    assert reports[-1]["agreement"] > max(0.3, 2 * reports[0]["agreement"])


@pytest.mark.parametrize("gamma", [1, 2, 4])
def test_real_loop_equals_teacher_forcing(pair, gamma):
    target, intern, _ = pair
    bodies = [[50, 60 + 1 + i % 3, 100 + 7 * i % 64] for i in range(6)]
    several = 0
    for item in answer_tokens(target, CONFIG, PREFIX, bodies, ["chat"] * 6, limit=24, temperature=0.0):
        text, lengths = decode(target, CONFIG, intern, INTERN, item.tokens[: item.prompt], gamma, 24)
        expected, histogram = passes(chances(acceptance(target, CONFIG, intern, INTERN, item, 0.0), gamma))
        assert text == item.written  # speculation changes no word
        assert len(lengths) == expected
        assert [lengths.count(j + 1) for j in range(gamma + 1)] == histogram.tolist()
        several += sum(j > 1 for j in lengths)
    assert several > 6  # else the comparison would say little


def test_a_target_accepts_its_own_drafts_at_any_temperature(pair):
    target, _, _ = pair
    (item,) = answer_tokens(target, CONFIG, PREFIX, [[50, 61, 107]], ["chat"], limit=20, temperature=0.7)
    assert acceptance(target, CONFIG, target, CONFIG, item, 0.7) == pytest.approx(np.ones(len(item.written)))


def test_acceptance_by_place_by_hand():
    # 10 passes: 4 write one token, 3 two, 3 three. Draft 1 is accepted in 6 of 10, draft 2 in 3 of 6.
    assert by_place([4, 3, 3]) == [0.6, 0.5]
    assert by_place([4, 0, 0]) == [0.0, None]


def test_it_begins_with_the_targets_nearest_words():
    target = random_weights(CONFIG)
    begun = begin(target, INTERN, 0)
    kept = (begun.emb @ begun.emb.T - target.emb @ target.emb.T).norm() / (target.emb @ target.emb.T).norm()
    other = random_weights(INTERN, 5).emb
    assert kept < 0.75 * ((other @ other.T - target.emb @ target.emb.T).norm() / (target.emb @ target.emb.T).norm())


def test_it_begins_unsure():
    begun = begin(random_weights(CONFIG).map(lambda _, t: t * 20), INTERN, 0)  # a table with long rows, as trained ones have
    logits = next_logits(begun, INTERN, [50, 60, 70, 80, 90], 0)
    assert 0.5 < float(logits.std()) < 2


def test_its_size():
    assert 10e6 < sum(t.numel() for _, t in random_weights(INTERN_17M).items()) < 25e6
    weights = {name: t for name, t in unstack(random_weights(INTERN), INTERN).items() if name.endswith(".weight")}
    served = sum(t.numel() * (34 if name == "emb.weight" else 18) // 32 for name, t in weights.items())
    assert served_bytes(INTERN) == served
    assert served_bytes(INTERN_17M) < 18e6


def test_command_line(tmp_path):
    target, tokenizer = write_model(tmp_path)
    write_corpus(tmp_path / "c.bin", counting_corpus(60))
    out = str(tmp_path / "intern.q8")
    assert main(["train", "intern", "--config", "tiny-intern", "--target-config", "tiny", "--target", target, "--tokenizer", tokenizer,
                 "--corpus", str(tmp_path / "c.bin"), "--out", out, "--row", "128", "--log-file", str(tmp_path / "t.log"),
                 "--set", "rows=2", "ar=16", "steps=4", "report=2", "warmup=2"]) == 0  # fmt: skip
    assert read_checkpoint(out)["emb.weight"].shape == (288, 32)
    assert main(["evaluate-intern", "--config", "tiny-intern", "--target-config", "tiny", "--target", target, "--tokenizer", tokenizer,
                 "--checkpoint", out, "--out", str(tmp_path / "e.json"), "--limit", "10", "--every", "40"]) == 0  # fmt: skip
    result = json.loads((tmp_path / "e.json").read_text())
    for found in result["drafts"]["4-bit"].values():
        assert set(found) == {"gamma 2", "gamma 4", "gamma 7"} and found["gamma 2"]["all"] >= 1
    assert 0 < result["cost"]["ratio"] < 1
