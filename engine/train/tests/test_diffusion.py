"""Masked diffusion: its rows and its loss, whole and as an adapter, the samplers' rules, the questions and how they are judged."""

import json

import numpy as np
import pytest
import torch
from tiny import CONFIG, PREFIX, counting_corpus, write_model

from tidar_train.__main__ import main
from tidar_train.adapter import adapter_of, adapter_tensors, applied, begin_adapter
from tidar_train.checkpoint import read_checkpoint
from tidar_train.corpus import write_corpus
from tidar_train.evaluate_diffusion import predictor, written
from tidar_train.lm import dense_attention, embed_common, hidden, random_weights, served
from tidar_train.prompts import Question, corpus_prompts, held_out, right_or_wrong
from tidar_train.slots import MASK, canvas_slots, decode_slots
from tidar_train.train_diffusion import DiffusionPlan, DiffusionTrainer, canvas_rows, canvases
from tidar_train.unmask import DREAM, confidence, fill, llada, share

PLAN = DiffusionPlan(rows=4, lr=5e-3, warmup=10, steps=100, report=25, canvas=32)


def rows_of(plan):
    return canvas_rows(counting_corpus(300), PREFIX, 128, plan)


@pytest.mark.parametrize("shift", [False, True])
def test_all_weights_learn_to_fill_masks(counting, shift):
    _, weights = counting
    plan = DiffusionPlan(**{**PLAN.__dict__, "shift": shift})
    trainer = DiffusionTrainer(weights, weights, CONFIG, rows_of(plan), plan, "cpu")
    reports = trainer.train()
    assert reports[-1]["loss"] < 0.7 * reports[0]["loss"]
    assert reports[-1]["right_few_masked"] > 1.5 * reports[0]["right_few_masked"]
    model = served(trainer.masters.map(lambda _, t: t.detach()))
    ((text, passes),) = written(model, CONFIG, [[*PREFIX, 50, 61, 107]], 16, 1, llada(16), shift, batch=4)
    assert passes == 16 and 1 <= len(text) <= 16
    if shift:  # from AR weights it starts with much of what it needs
        assert sum(a in range(100, 164) for a in text) >= 6


def test_an_adapter_learns_and_leaves_the_shared_weights(counting):
    _, weights = counting
    plan = DiffusionPlan(**{**PLAN.__dict__, "rank": 32, "lr": 1e-2})
    trainer = DiffusionTrainer(begin_adapter(weights, 32, 0), weights, CONFIG, rows_of(plan), plan, "cpu")
    before = trainer.teacher.map(lambda _, t: t.clone())
    reports = trainer.train()
    assert reports[-1]["loss"] < 0.85 * reports[0]["loss"]
    assert all(torch.equal(t, getattr(before, name)) for name, t in trainer.teacher.items())
    tensors = trainer.checkpoint(trainer.masters.map(lambda _, t: t.detach()))
    again = adapter_tensors(adapter_of(tensors))
    assert again.keys() | {"shift"} == tensors.keys() and all(torch.equal(t, tensors[n]) for n, t in again.items())


def test_a_fresh_adapter_changes_nothing():
    weights = random_weights(CONFIG)
    same = applied(begin_adapter(weights, 32, 0), weights)
    assert all(torch.equal(t, getattr(weights, name)) for name, t in same.items())
    with pytest.raises(ValueError, match="multiple of 32"):
        begin_adapter(weights, 20, 0)


def test_canvases_pad_answers_that_end():
    corpus = counting_corpus(50)
    made = canvases(corpus, 40, 0)
    lengths = made.length - made.prompt
    assert (lengths >= corpus.length - corpus.prompt).all() and lengths.max() <= 40 and len(set(lengths)) > 10
    for old, new in zip(corpus.documents(), made.documents()):
        assert np.array_equal(new[: len(old)], old) and (new[len(old) :] == 0).all()
    cut = counting_corpus(5)
    cut.tokens[np.cumsum(cut.length) - 1] = 77  # no end: it was cut at the limit
    assert np.array_equal(canvases(cut, 40, 0).tokens, cut.tokens)


def test_a_canvas_sees_its_document_and_no_other():
    rows = rows_of(PLAN)[:2]
    slots = canvas_slots(rows.tokens, rows.first.int())
    dense = slots.dense()[:, 0]
    assert torch.equal(dense, rows.first[:, :, None] == rows.first[:, None])
    assert (rows.shared == 0).all() and (slots.positions == torch.arange(128) - rows.first).all()


def test_common_rows_of_the_table_have_the_same_gradient():
    tokens = torch.tensor([[MASK, 3, MASK, 0, 0, 7, MASK]])
    push = torch.randn(1, 7, 4)
    grads = []
    for embed in (torch.nn.functional.embedding, embed_common):
        table = torch.arange(80.0).view(20, 4).requires_grad_()
        out = embed(tokens, table)
        out.backward(push)
        grads.append((out.detach(), table.grad))
    assert all(torch.equal(a, b) for a, b in zip(*grads))


@pytest.mark.parametrize("shift", [False, True])
def test_prompts_of_different_lengths_share_a_pass(shift):
    model = random_weights(CONFIG).map(lambda _, t: t * (8 if t.ndim > 1 else 1))
    prompts, canvas = [[1, 2, 3, 4, 5], [9, 8, 7]], torch.tensor([[MASK, 50, MASK], [MASK, MASK, 60]])
    places = torch.tensor([[0, 2], [0, 1]])
    found = predictor(model, CONFIG, prompts, shift)(canvas, places)
    for i, prompt in enumerate(prompts):
        tokens = torch.tensor([prompt + canvas[i].tolist()])
        slots = canvas_slots(tokens, torch.zeros_like(tokens))
        states = hidden(model, slots, tokens.shape[1], dense_attention(slots), CONFIG)[0]
        alone = states[places[i] + len(prompt) - int(shift)] @ model.emb.T
        assert torch.allclose(found[i], alone, atol=1e-4)


def test_a_canvas_is_filled_by_the_rules():
    # Surer at higher places; the token of place p is 20 + p. 7 masks, 3 a pass: 3, 2, 2 (ceil of 7/3, 4/2, 2/1).
    seen = []

    def predict(canvas, places):
        seen.append(places[0].tolist())
        return torch.nn.functional.one_hot(20 + places, 40).float() * (1 + places[..., None])

    ((text, passes),) = fill(predict, 1, 7, 3, DREAM, end=2)
    assert seen == [[0, 1, 2, 3, 4, 5, 6], [0, 1, 2, 3], [0, 1]] and passes == 3
    assert text == [20, 21, 22, 23, 24, 25, 26]
    # In blocks of 4: from left to right, 2 a pass, the last block cut.
    seen.clear()
    ((text, passes),) = fill(predict, 1, 6, 2, llada(4), end=2)
    assert seen == [[0, 1, 2, 3], [0, 1], [4, 5]] and passes == 3
    assert [share(7, 3), share(4, 2), share(8, 3)] == [3, 2, 3]


def test_ties_go_from_left_to_right_and_an_end_stops():
    flat = lambda canvas, places: torch.zeros(*places.shape, 40).index_fill(-1, torch.tensor([2]), 1.0)  # everywhere the end token, equally sure
    seen = []
    ((text, passes),) = fill(lambda c, p: (seen.append(p[0].tolist()), flat(c, p))[1], 1, 8, 1, llada(4), end=2)
    assert seen == [[0, 1, 2, 3], [1, 2, 3], [2, 3], [3]]
    assert (text, passes) == ([2], 4)  # the second block is not begun


def test_confidence_by_hand():
    logits = torch.tensor([0.5, 0.25, 0.25]).log()
    assert confidence(logits, "probability") == pytest.approx(0.5)
    assert float(confidence(logits, "entropy")) == pytest.approx(-1.5 * np.log(2))


def test_shifted_masks_begin_where_the_ar_half_stands():
    # What a shifted canvas reads for its first place is the AR prediction, where the prompt sees nothing behind itself.
    model = random_weights(CONFIG)
    slots = decode_slots([1, 2, 3], [], 4)
    ar = hidden(model, slots, 3, dense_attention(slots), CONFIG)[0, 2] @ model.emb.T
    predict = predictor(model, CONFIG, [[1, 2, 3]], True)
    assert predict(torch.zeros(1, 0, dtype=torch.long), torch.tensor([[0]])).shape == (1, 1, 288)
    causal = canvas_slots(torch.tensor([[1, 2, 3]]), torch.zeros(1, 3, dtype=torch.long))
    causal.last = torch.arange(3)[None]
    assert torch.allclose(hidden(model, causal, 3, dense_attention(causal), CONFIG)[0, 2] @ model.emb.T, ar, atol=1e-5)


def test_questions_are_new():
    questions = right_or_wrong()
    texts = {q.text for q in questions}
    assert len(texts) == 100 and sum(q.kind == "arithmetic" for q in questions) == 50
    assert not texts & {p.text for p in held_out()}
    assert not texts & {text for _, text in corpus_prompts(20_000, seed=6, held=set())}
    assert all(q.right(f"The answer is {x}.") and q.right(x) for q in questions for x in q.accept)


@pytest.mark.parametrize("kind, accept, answer, right", [
    ("arithmetic", ["12"], "7 + 5 = 12.", True), ("arithmetic", ["12"], "7 + 5 = 13. No, 12.", False), ("arithmetic", ["1000"], "It is 1,000 grams!", True),
    ("arithmetic", ["12"], "Twelve.", False), ("arithmetic", ["7"], "The answer is 7.5.", False), ("facts", ["Paris"], "It is paris, of course.", True),
    ("facts", ["O"], "Oxygen is a gas.", False), ("facts", ["Mars"], "Venus.\nMars", False), ("facts", ["South America"], "In South America", True),
])  # fmt: skip
def test_the_rule_of_right_and_wrong(kind, accept, answer, right):
    assert Question("x", kind, "?", accept).right(answer) is right


def test_command_line(tmp_path, capsys):
    base, tokenizer = write_model(tmp_path)
    write_corpus(tmp_path / "c.bin", counting_corpus(60))
    for rank in (0, 32):
        out = str(tmp_path / f"diffusion-{rank}.q8")
        assert main(["train", "diffusion", "--config", "tiny", "--from", base, "--tokenizer", tokenizer, "--corpus", str(tmp_path / "c.bin"),
                     "--out", out, "--row", "128", "--log-file", str(tmp_path / "t.log"),
                     "--set", "rows=2", "steps=4", "report=2", "warmup=2", "canvas=40", f"rank={rank}"]) == 0  # fmt: skip
        assert read_checkpoint(out)["shift"].tolist() == [1.0]
        evaluate = ["evaluate-diffusion", "--config", "tiny", "--base", base, "--tidar", base, "--tokenizer", tokenizer, "--out", str(tmp_path / "e.json"),
                    "--limit", "8", "--short", "8", "--every", "40", "--per-pass", "1", "8", "--block", "4"]  # fmt: skip
        assert main([*evaluate, "--checkpoint", out]) == 0
        result = json.loads((tmp_path / "e.json").read_text())
        assert set(result["quality"]) == {"ar", "tidar", "llada 1", "llada 8", "dream 1", "dream 8"}
        assert result["quality"]["dream 1"]["tokens_a_pass"] <= 1 < result["quality"]["dream 8"]["tokens_a_pass"]
        assert result["adapter"] is (rank > 0) and result["own_bytes"] > 0
    assert main([*evaluate, "--checkpoint", base]) == 2
    assert "no diffusion model" in capsys.readouterr().err
