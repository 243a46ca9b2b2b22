"""What several test files need and takes seconds to make."""

import pytest
from tiny import CONFIG, PREFIX, counting_corpus

from tidar_train.corpus import pack
from tidar_train.lm import random_weights
from tidar_train.train_intern import InternPlan, InternTrainer


@pytest.fixture(scope="session")
def counting():
    """Packed rows of progressions, and a tiny model (full precision) that continues them, learnt from the text alone."""
    rows = pack(counting_corpus(400), PREFIX, 128, seed=0)
    weights = random_weights(CONFIG)
    plan = InternPlan(rows=6, ar=64, hard=1.0, steps=120, lr=5e-3, warmup=10, report=40)
    trainer = InternTrainer(weights, CONFIG, weights, CONFIG, rows, plan, "cpu")
    trainer.train()
    return rows, trainer.masters.map(lambda _, t: t.detach())
