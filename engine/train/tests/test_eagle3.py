"""The EAGLE-3 head: its chains against a plain causal layer, trained on a tiny target, judged twice over."""

import json

import numpy as np
import pytest
import torch
from tiny import CONFIG, PREFIX, counting_corpus, write_model

from tidar_train import eagle_tree
from tidar_train.__main__ import main
from tidar_train.checkpoint import read_checkpoint
from tidar_train.corpus import pack, write_corpus
from tidar_train.eagle import begin_head, fuse, head_of, head_tensors, join_own, unroll, usual_taps
from tidar_train.evaluate import answer_tokens
from tidar_train.flex import Attention, PrefixAttention, dense_prefix_attention
from tidar_train.lm import dense_attention, hidden, random_weights, served
from tidar_train.model import SMOLLM2_135M
from tidar_train.slots import clean_slots
from tidar_train.speculate_eagle3 import acceptance, decode, head_state, own_bytes, target_pass
from tidar_train.tnfe import passes
from tidar_train.train_eagle3 import EaglePlan, EagleTrainer

TAPS = usual_taps(CONFIG.layers)


@pytest.fixture(scope="module")
def trained(counting):
    """A target that continues progressions, as served; a head that learnt from it, as served; its reports."""
    rows, target = counting
    target = served(target)
    plan = EaglePlan(rows=6, chains=32, further=4, steps=120, lr=5e-3, warmup=10, report=30)
    trainer = EagleTrainer(begin_head(target, CONFIG, len(TAPS), 0), TAPS, target, CONFIG, rows, plan, "cpu")
    reports = trainer.train()
    head, taps = head_of(trainer.checkpoint(trainer.masters.map(lambda _, t: t.detach())))
    assert taps == TAPS
    return target, served(head), reports


def test_its_loss_falls(trained):
    _, _, reports = trained
    assert reports[-1]["loss"] < 0.7 * reports[0]["loss"]
    assert reports[-1]["tokens_a_pass"] > 1.5 * reports[0]["tokens_a_pass"]


@pytest.mark.parametrize("gamma", [1, 3, 5])
def test_real_loop_equals_teacher_forcing(trained, gamma):
    target, head, _ = trained
    bodies = [[50, 60 + 1 + i % 3, 100 + 7 * i % 64] for i in range(6)]
    several = 0
    for item in answer_tokens(target, CONFIG, PREFIX, bodies, ["chat"] * 6, limit=24, temperature=0.0):
        text, lengths = decode(target, CONFIG, head, TAPS, item.tokens[: item.prompt], gamma, 24)
        expected, histogram = passes(acceptance(target, CONFIG, head, TAPS, item, gamma, 0.0))
        assert text == item.written
        assert len(lengths) == expected
        assert [lengths.count(j + 1) for j in range(gamma + 1)] == histogram.tolist()
        several += sum(j > 1 for j in lengths)
    assert several > 6


@pytest.mark.parametrize("width, depth, nodes", [(1, 3, 3), (3, 3, 5), (4, 4, 20)])
def test_the_real_loop_of_a_tree_equals_teacher_forcing(trained, width, depth, nodes):
    target, head, _ = trained
    bodies = [[50, 60 + 1 + i % 3, 100 + 7 * i % 64] for i in range(4)]
    several = 0
    for item in answer_tokens(target, CONFIG, PREFIX, bodies, ["chat"] * 4, limit=16, temperature=0.0):
        text, lengths = eagle_tree.decode(target, CONFIG, head, TAPS, item.tokens[: item.prompt], width, depth, nodes, 16)
        grown = eagle_tree.propose(target, CONFIG, head, target_pass(target, CONFIG, item.tokens, TAPS), item, width, depth)
        accepted = grown.accepted(nodes)
        assert text == item.written
        assert len(lengths) == eagle_tree.tree_passes(accepted)
        assert [n - 1 for n in lengths] == list(accepted[np.cumsum([0, *lengths[:-1]])])
        several += sum(j > 1 for j in lengths)
        if width == 1:  # a tree of one branch is the chain
            assert len(lengths) == passes(acceptance(target, CONFIG, head, TAPS, item, depth, 0.0))[0]
        # More drafts are never worse, pass by pass.
        assert all((grown.accepted(m) >= grown.accepted(m - 1)).all() for m in range(2, 30))
    assert several > 4


def test_chains_in_packed_rows_are_the_plain_causal_layer():
    target = random_weights(CONFIG, 1).map(lambda name, t: t * (5 if t.ndim > 1 else 1))
    head = begin_head(target, CONFIG, len(TAPS), 2).map(lambda _, t: t * 1.5)
    rows = pack(counting_corpus(12), PREFIX, 96, seed=1)
    clean = clean_slots(rows.tokens, rows.first.int(), rows.shared.int())
    C, steps = 96, 4
    attend = Attention(clean).update(clean)
    _, taps = hidden(target, clean, C, attend, CONFIG, taps=TAPS)
    features = fuse(head, taps, CONFIG)
    # Chains from inside of documents, four steps before their end.
    ends = [[i for i in range(C - 1) if rows.answer[r, i] and rows.first[r, i + 1] != rows.first[r, i]] for r in range(len(rows))]
    at = torch.tensor([[e[0] - 7, e[-1] - 6] for e in ends])
    states = unroll(head, CONFIG, target.emb, features, clean, at, steps, attend, PrefixAttention(clean, at).update(clean, at))
    for r in range(len(rows)):
        for n, i in enumerate(at[r].tolist()):
            seen = [*range(int(rows.shared[r, i])), *range(int(rows.first[r, i]), i + 1)]
            # A prefix's last row is followed by the row's first document: the same first token in every chat.
            own, known = rows.tokens[r].roll(-1)[seen].tolist(), features[r, seen]
            for s in range(steps):
                state = head_state(head, CONFIG, target.emb, known, own)
                assert torch.allclose(state, states[s][r, n], atol=1e-4)
                own, known = [*own, int(rows.tokens[r, i + s + 2])], torch.cat((known, state[None]))


def test_own_keys_join_the_softmax():
    torch.manual_seed(0)
    q, k, v = torch.randn(2, 4, 5, 8), torch.randn(2, 2, 9, 8), torch.randn(2, 2, 9, 8)
    own = [(torch.randn(2, 2, 5, 8), torch.randn(2, 2, 5, 8)) for _ in range(3)]
    mask = torch.rand(2, 1, 5, 9) < 0.6
    mask[..., 0] = True
    joined = join_own(q, *dense_prefix_attention(q, k, v, mask), own)
    keys, values = (torch.cat((a, *(pair[i] for pair in own)), 2) for i, a in enumerate((k, v)))
    wide = torch.cat((mask, torch.eye(5, dtype=torch.bool).repeat(2, 1, 1, 3)), -1)
    assert torch.allclose(joined, torch.nn.functional.scaled_dot_product_attention(q, keys, values, wide, enable_gqa=True), atol=1e-5)


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
def test_flex_attention_gives_the_same():
    """The GPU's way, uncompiled: output and denominator. Its gradients exist on a GPU alone, where stage `check` compares them."""
    from torch.nn.attention.flex_attention import AuxRequest, create_block_mask, flex_attention

    torch.manual_seed(0)
    last = torch.randint(0, 128, (1, 64)).sort().values
    block = create_block_mask(lambda b, h, q, kv: kv <= last[b, q], 1, None, 64, 128, device="cpu")
    mask = torch.arange(128)[None, None, None] <= last[:, None, :, None]
    q, k, v = (torch.randn(1, h, n, 32) for h, n in ((2, 64), (1, 128), (1, 128)))
    out, aux = flex_attention(q, k, v, block_mask=block, enable_gqa=True, return_aux=AuxRequest(lse=True))
    for ours, theirs in zip(dense_prefix_attention(q, k, v, mask), (out, aux.lse)):
        assert torch.allclose(ours, theirs, atol=1e-4)


def test_a_temperature_and_a_short_vocabulary_are_chances(trained):
    target, head, _ = trained
    (item,) = answer_tokens(target, CONFIG, PREFIX, [[50, 61, 107]], ["chat"], limit=20, temperature=0.7)
    chance = acceptance(target, CONFIG, head, TAPS, item, 3, 0.7)
    assert chance.min() >= 0 and chance.max() <= 1 and 0 < chance.sum() < chance.size
    assert [list(chance[len(chance) - 1 - i :, i]) for i in range(3)] == [[0.0] * (i + 1) for i in range(3)]  # beyond the answer
    short = acceptance(target, CONFIG, head, TAPS, item, 3, 0.7, vocabulary=100)
    text = np.array(item.written[1:] + [999])
    assert (short[text >= 100, 0] == 0).all()


def test_its_size():
    d = SMOLLM2_135M.width
    fake = SMOLLM2_135M.__class__(**{**SMOLLM2_135M.__dict__, "vocabulary": 288})
    head = begin_head(random_weights(fake.__class__(**{**fake.__dict__, "layers": 1})), fake, 3, 0)
    linears = 3 * d * d + 15 * 64 * 2 * d + d * d + 3 * 1536 * d
    assert own_bytes(head) == linears * 18 // 32 + 2 * (3 * d + 4 * d)
    assert own_bytes(head) < 3e6  # a third of the 10 MB that it may take
    assert usual_taps(30) == (2, 15, 27)
    assert usual_taps(2) == (0,)  # the last layer's stream is in no exported graph


def test_command_line(tmp_path, capsys):
    target, tokenizer = write_model(tmp_path)
    write_corpus(tmp_path / "c.bin", counting_corpus(60))
    out = str(tmp_path / "head.q8")
    common = ["--config", "tiny", "--target", target, "--tokenizer", tokenizer]
    train = ["train", "eagle3", *common, "--corpus", str(tmp_path / "c.bin"), "--out", out, "--row", "128", "--log-file", str(tmp_path / "t.log"),
             "--set", "rows=2", "chains=16", "further=2", "steps=4", "report=2", "warmup=2"]  # fmt: skip
    assert main(train) == 0
    before = read_checkpoint(out)
    assert main([*train[:-3], "report=1", "--from", out]) == 0  # goes on
    after = read_checkpoint(out)
    assert before.keys() == after.keys() and (before["fc.weight"] != after["fc.weight"]).any()
    assert {n: t.shape for n, t in head_tensors(*head_of(after)).items()} == {n: t.shape for n, t in after.items()}
    assert main(["evaluate-eagle3", *common, "--checkpoint", out, "--out", str(tmp_path / "e.json"), "--limit", "10", "--every", "40",
                 "--loop", "1", "--vocabulary", "0", "128"]) == 0  # fmt: skip
    result = json.loads((tmp_path / "e.json").read_text())
    assert set(result["drafts"]["4-bit"]["temperature 0"]) == {f"gamma {g}{v}" for g in (3, 5, 7) for v in ("", ", vocabulary 128")} | {
        "tree 7", "tree 24", "tree 60"}  # fmt: skip
    (loop,) = result["real_loop"]
    assert loop["same_text"] and loop["passes"] == loop["passes_by_teacher_forcing"]
    assert 0 < result["cost"]["vocabulary"]["128"]["ratio"] < result["cost"]["vocabulary"]["288"]["ratio"]
    assert main(["evaluate-eagle3", *common, "--checkpoint", target, "--out", str(tmp_path / "e.json")]) == 2
    assert "no EAGLE-3 head" in capsys.readouterr().err
