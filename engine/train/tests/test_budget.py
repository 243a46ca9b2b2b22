"""The budget: how seconds are shared, what a code means, how processes end, and a training run that is told to stop and goes on."""

import json
import signal
import subprocess
import sys
import time

import pytest
from tiny import counting_corpus, write_model

from tidar_train import handover, pipeline
from tidar_train.checkpoint import read_checkpoint
from tidar_train.corpus import write_corpus
from tidar_train.pipeline import Pipeline, granted
from tidar_train.processes import Group
from tidar_train.resume import STOPPED, read_state


def test_seconds_are_shared():
    shares = {"a": (3, 10), "b": (1, 30)}
    assert granted(shares, "a", 140) == 10 + 75 and granted(shares, "b", 140) == 30 + 25
    assert granted(shares, "a", 40) == 10  # each its least
    assert granted(shares, "a", 5) == 5 and granted(shares, "b", -1) == 0


PLAN = {
    "config": "tiny", "row": 128, "seed": 0, "farewell": 2,
    "corpus": {"share": 1, "least": 10, "overhead": 1, "fallbacks": [{"flags": ["--stored", "0"]}]},
    "tidar": {"share": 6, "least": 20, "fallbacks": [{"flags": ["--live"]}, {"flags": ["--live"], "set": ["rows=8"]}]},
    "eagle3": {"share": 1, "least": 10, "fallbacks": []},
    "evaluate": {"share": 1, "least": 10},
}  # fmt: skip


class Clock:
    """Time that passes only when a stage takes it."""

    now = 1000.0

    def time(self):
        return self.now


@pytest.fixture
def play(tmp_path, monkeypatch):
    """play(codes, seconds, call): a call whose stages end with these codes and take all that they are given: (exit code, ledger, stages begun)."""
    base, tokenizer = write_model(tmp_path)
    (tmp_path / "tokenizer-source.json").rename(tmp_path / "tokenizer.json")
    for name in ("start.q8", "start.q8.json"):
        (tmp_path / name).write_bytes((tmp_path / name.replace("start", "base")).read_bytes())
    clock, before = Clock(), [signal.getsignal(s) for s in (signal.SIGTERM, signal.SIGINT)]
    monkeypatch.setattr(pipeline, "time", clock)
    monkeypatch.setattr(pipeline, "visible_gpus", lambda: 0)

    def play(codes, seconds, call=None):
        p = Pipeline(tmp_path, tmp_path / "work", seconds, call, PLAN)
        begun, codes = [], list(codes)

        def stage(name, until):
            begun.append((name, p.fallback(name)))
            clock.now = min(until, p.end)
            (p.work / "text-0.bin").touch()
            return codes.pop(0)

        p.aside = p.export = lambda: None
        p.stage_train = stage
        p.stage_corpus = lambda until: stage("corpus", until)
        p.stage_evaluate = lambda until: stage("evaluate", until)
        return p.run(), {k: v["state"] for k, v in p.ledger.data["stages"].items()}, begun

    yield play
    for s, handler in zip((signal.SIGTERM, signal.SIGINT), before):
        signal.signal(s, handler)


def test_all_in_one_call(play):
    code, states, begun = play([0, 0, 0, 0], 300)
    assert code == 0 and set(states.values()) == {"done"}
    assert [name for name, _ in begun] == ["corpus", "tidar", "eagle3", "evaluate"]


def test_a_call_ends_and_the_next_goes_on(play):
    code, states, begun = play([0, STOPPED], 300, call=100)
    assert code == STOPPED and states == {"corpus": "done", "tidar": "open", "eagle3": "open", "evaluate": "open"}
    assert [name for name, _ in begun] == ["corpus", "tidar"]
    code, states, begun = play([0, 0, 0], 300)
    assert code == 0 and set(states.values()) == {"done"} and [name for name, _ in begun] == ["tidar", "eagle3", "evaluate"]
    assert play([], 300)[0] == 0  # nothing is left


def test_a_training_stopped_at_the_end_of_its_time_is_done(play):
    code, states, _ = play([0, STOPPED, 0, 0], 300)
    assert code == 0 and states["tidar"] == "done"


def test_what_fails_is_tried_with_its_fallbacks_and_then_left(play):
    _, states, begun = play([1, 0, 1, -9, 1, 1, 0], 900)
    assert states == {"corpus": "done", "tidar": "failed", "eagle3": "failed", "evaluate": "done"}
    assert begun[1] == ("corpus", (["--stored", "0"], []))
    assert [f for name, f in begun if name == "tidar"] == [([], []), (["--live"], []), (["--live"], ["rows=8"])]


def test_what_cannot_go_on_begins_anew_with_its_whole_time(play, tmp_path):
    code, states, begun = play([STOPPED], 300, call=30)
    assert code == STOPPED and states["corpus"] == "open"
    first = json.loads((tmp_path / "work" / "ledger.json").read_text())["stages"]["corpus"]
    assert first["used"] < first["granted"] and first["tries"] == 0
    code, states, begun = play([0, 0, 0, 0], 600)
    again = json.loads((tmp_path / "work" / "ledger.json").read_text())["stages"]["corpus"]
    assert code == 0 and again["granted"] > first["granted"] and again["used"] == pytest.approx(again["granted"])


def test_what_failed_is_tried_in_the_next_call(play):
    _, states, _ = play([0, 1, 1, 1, 0, 0], 900)
    assert states["tidar"] == "failed"
    _, states, begun = play([0], 1200)
    assert states["tidar"] == "done" and begun == [("tidar", ([], []))]


def test_what_follows_from_a_check(play, tmp_path):
    def judged(trust=False, **wrong):
        play([], 0)
        p = Pipeline(tmp_path, tmp_path / "other", 100, None, PLAN, trust)
        p.judge({name.replace("_", " "): (error, 0.02) for name, error in wrong.items()})
        return p.ledger.data.get("live"), p.ledger["eagle3"]["state"], p.ledger.data.get("wrong")

    assert judged() == judged(states_0=0.05, stored_loss=0.1, trust=False) == (None, "open", None)  # rough at most
    assert judged(stored_loss=0.2) == (True, "open", None)
    assert judged(chains_0=0.2) == (None, "failed", None)
    assert judged(states_0=0.2, chains_0=float("nan")) == (None, "failed", ["states 0"])
    assert judged(states_0=float("inf"), trust=True) == (None, "open", None)


def test_bad_input_is_a_sentence(tmp_path, capsys):
    assert pipeline.main([str(tmp_path), str(tmp_path / "w"), "10"]) == 2
    assert "neither base.gguf nor base.q8" in capsys.readouterr().err


def test_a_card_says_what_its_run_was(tmp_path):
    write_corpus(tmp_path / "text-0.bin", counting_corpus(40))
    write_corpus(tmp_path / "text-1.bin", counting_corpus(90))
    (tmp_path / "logs").mkdir()
    begin = {"event": "begin", "ranks": 2, "row": 1024, "plan": "TidarPlan(rows=12, ar=340, report=50)"}
    lines = [begin, {"event": "train", "step": 50}, {"event": "stopped", "step": 70}, begin, {"event": "train", "step": 5000}, {"event": "end"}]
    (tmp_path / "logs" / "tidar.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))
    tokens = [counting_corpus(n).length.sum() / 1e6 for n in (40, 90)]
    wanted = {"base": f"{tokens[0]:.3g}", "own": f"{tokens[1]:.3g}", "text": "123", "steps": "5000"}
    assert handover.facts(tmp_path, "tidar") == wanted
    plan = json.loads((handover.ROOT / "plans" / "half-hour.json").read_text())
    for cards in plan["cards"].values():
        assert not any("{" in sentence.format_map(wanted) for sentence in cards.values())
    assert {s: plan[s]["share"] for s in pipeline.ORDER}.keys() == set(pipeline.ORDER)


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_groups_end_together(tmp_path):
    log = tmp_path / "log"
    wait = "import time\ntime.sleep(900)"
    assert Group([(python("print(5)"), {}), (python(""), {})], log).wait(time.time() + 900) == 0
    assert log.read_text() == "5\n"
    failing = Group([(python("raise SystemExit(7)"), {}), (python(wait), {})], log)
    assert failing.wait(time.time() + 900) == 7
    assert all(p.poll() is not None for p in failing.processes)
    deaf = "import signal, time, pathlib\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + f"pathlib.Path({str(tmp_path / 'deaf')!r}).touch()\n" + wait
    stubborn = Group([(python(deaf), {})], log)
    assert stubborn.wait(time.time() + 900, (tmp_path / "deaf").exists, grace=0.1) == STOPPED
    assert stubborn.processes[0].returncode == -signal.SIGKILL


def test_two_ranks_stop_when_asked_and_go_on(tmp_path, monkeypatch):
    base, tokenizer = write_model(tmp_path)
    for i in range(2):
        write_corpus(tmp_path / f"c{i}.bin", counting_corpus(60, seed=i))
    log, state = tmp_path / "train.jsonl", tmp_path / "o.state"
    argv = [sys.executable, "-m", "tidar_train", "train", "tidar", "--config", "tiny", "--base", base, "--tokenizer", tokenizer, "--from", base,
            "--out", str(tmp_path / "o.q8"), "--row", "128", "--state", str(state), "--log-file", str(log),
            "--corpus", str(tmp_path / "c0.bin"), str(tmp_path / "c1.bin"), "--set", "rows=2", "masks=16", "ar=8", "report=1",
            "blocks=((8,1.0),)"]  # fmt: skip
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    events = lambda: [json.loads(line) for line in log.read_text().splitlines()]
    stepped = lambda: log.exists() and '"event": "train"' in log.read_text()
    first = Group.of_ranks([*argv, "steps=100000"], 2, tmp_path / "ranks.log")
    # As soon as it has made a step, and not before: what is asked of a run that has none is another matter.
    assert first.wait(time.time() + 900, stepped, grace=900) == STOPPED
    stopped = events()[-1]
    assert stopped["event"] == "stopped" and read_state(state, "cpu")["step"] == stopped["step"] >= 1
    saved = read_checkpoint(tmp_path / "o.q8")
    second = Group.of_ranks([*argv, f"steps={stopped['step'] + 2}"], 2, tmp_path / "ranks.log")
    assert second.wait(time.time() + 900) == 0
    assert [e["step"] for e in events() if e["event"] == "train"][-2:] == [stopped["step"] + 1, stopped["step"] + 2]
    after = read_checkpoint(tmp_path / "o.q8")
    assert any((saved[n] != after[n]).any() for n in saved)


def test_a_run_in_two_parts_is_the_run_in_one():
    """Masters and optimisers come back exactly: only what is drawn at random differs, and with fixed draws nothing does."""
    import torch
    from tiny import CONFIG, PREFIX

    from tidar_train.corpus import pack
    from tidar_train.lm import random_weights
    from tidar_train.train_intern import InternPlan, InternTrainer

    rows, weights = pack(counting_corpus(100), PREFIX, 128, seed=0), random_weights(CONFIG)
    plan = InternPlan(rows=2, ar=120, hard=1.0, steps=6, warmup=2)
    make = lambda: InternTrainer(weights, CONFIG, weights, CONFIG, rows, plan, "cpu")
    whole, begun = make(), make()
    source = whole.batches()
    for i in range(6):
        whole.generator.manual_seed(i)
        whole.step(next(source), 1.0, True)
    source = begun.batches()
    for i in range(3):
        begun.generator.manual_seed(i)
        begun.step(next(source), 1.0, True)
    rest = make()
    rest.go_on(begun.state(3))
    source = rest.batches(3)
    for i in range(3, 6):
        rest.generator.manual_seed(i)
        rest.step(next(source), 1.0, True)
    assert all(torch.equal(a, b) for (_, a), (_, b) in zip(whole.masters.items(), rest.masters.items()))
