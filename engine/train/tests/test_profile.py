"""Where a step's time goes, on a CPU with a tiny model: the same code path as on a GPU but for the clock."""

from tiny import CONFIG, PREFIX, counting_corpus

from tidar_train.corpus import pack
from tidar_train.lm import random_weights
from tidar_train.profile import TOP, kind, profile
from tidar_train.train_tidar import TidarPlan, TidarTrainer


def test_kernels_are_sorted_by_what_they_do():
    names = ["ncclDevKernel_AllReduce", "triton_tem_fused_flex_attention_3", "nvjet_tst_128x256", "multi_tensor_apply", "triton_red_fused", "memset"]
    kinds = ["communication", "attention", "matrix products", "optimiser", "softmax, norms, elementwise (fused)", "others"]
    assert [kind(n) for n in names] == kinds


def test_a_step_is_accounted_for():
    weights = random_weights(CONFIG)
    rows = pack(counting_corpus(60), PREFIX, 128, seed=0)
    trainer = TidarTrainer(weights, weights, CONFIG, rows, TidarPlan(rows=2, masks=32, ar=16, blocks=((4, 1.0),), steps=9), "cpu")
    steps = trainer.same_steps()
    next(steps)
    found = profile(lambda: next(steps), 2)
    assert found["wall_ms"] > 0 and 1 <= len(found["top"]) <= TOP
    assert found["ms"]["matrix products"] > 0 and found["ms"]["attention"] > 0
    assert 0.98 <= sum(found["share"].values())
    assert list(found["ms"].values()) == sorted(found["ms"].values(), reverse=True)
