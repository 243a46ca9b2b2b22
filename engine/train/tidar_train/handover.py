"""What comes out of the pipeline: exported models with cards that say what the run was, cut into folders of a transfer each (parts.py)."""

import json
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from .checkpoint import _pieces
from .corpus import read_corpus
from .parts import split

ROOT = Path(__file__).resolve().parent.parent
TIDAR = "tidar-smollm2-135m"
MODELS = {"tidar": TIDAR, "eagle3": "eagle3", "diffusion": "diffusion"}  # what is trained: stage, and its card's and folder's name


class Handover:
    """work: where the checkpoints lie; tokenizer: its source; start: the model that heads and adapters rest on where TiDAR was not trained."""

    def __init__(self, work: Path, plan: dict, tokenizer: Path, start: Path, say):
        self.work, self.plan, self.tokenizer, self.start, self.say = work, plan, tokenizer, start, say
        self.exports = threading.Lock()

    def export(self) -> None:
        """Exports what has a newer checkpoint than its folder, and cuts all into WORK/out. One at a time."""
        with self.exports:
            models = self.work / "models"
            fresh = [self._exported(name, folder, models) for name, folder in MODELS.items()]
            out, tidar = self.work / "out", models / TIDAR
            w = self.work
            checkpoint = lambda name: [p for p in (*_pieces(w / f"{name}.q8"), w / f"{name}.q8.json") if p.exists()]
            if fresh[0] or (checkpoint("tidar") and not tidar.exists()):  # what cannot be exported goes as it is
                split("tidar", out, [tidar] if tidar.exists() else checkpoint("tidar"))
            folders = list(out.glob("part-*/tidar.json"))
            checkpoints = [p for name in ("eagle3", "diffusion") for p in checkpoint(name)]  # to train on from
            found = [p for p in sorted(w.glob("*.json")) if not p.name.endswith(".q8.json")]
            rest = [models / "eagle3", models / "diffusion", models / "companions.json", w / "logs", *found, *sorted(w.glob("text-*.log")), *checkpoints]
            split("rest", out, [p for p in rest if p.exists()], first=1 + len(folders))

    def _exported(self, name: str, folder: str, models: Path) -> bool:
        """Whether models/folder was written anew."""
        index, out, new = self.work / f"{name}.q8.json", models / folder, models / ".new" / folder
        if not index.exists() or (out.exists() and (out / "manifest.json").stat().st_mtime > index.stat().st_mtime):
            return False
        card = str(self.card(name, folder))
        argv = [sys.executable, "-m", "tidar_train.export", "--config", self.plan["config"], "--tokenizer", str(self.tokenizer)]
        if name == "eagle3" or name == "diffusion" and any(s.startswith("rank=") for s in self.plan[name].get("set", [])):
            target = models / TIDAR if (models / TIDAR / "manifest.json").exists() else self.start
            argv = [sys.executable, "-m", "tidar_train.export_beside", "--target", str(target)]
        argv += ["--checkpoint", str(self.work / f"{name}.q8"), "--card", card, "--out", str(new), *(["--register"] if name != "tidar" else [])]
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(new, ignore_errors=True)
        with open(self.work / "logs" / f"{name}.export.log", "ab") as log:
            code = subprocess.run(argv, stdout=log, stderr=subprocess.STDOUT).returncode
        if code:
            self.say(f"{name}: export failed (code {code}); see logs/{name}.export.log")
            return False
        shutil.rmtree(out, ignore_errors=True)
        new.rename(out)
        if (new.parent / "companions.json").exists():
            shutil.copy(new.parent / "companions.json", models / "companions.json")
        return True


    def card(self, name: str, folder: str) -> Path:
        """cards/FOLDER.json with what the plan says of this run in its place, filled with the run's own figures."""
        text = json.loads((ROOT / "cards" / f"{folder}.json").read_text())
        figures = facts(self.work, name)
        text |= {key: sentence.format_map(figures) for key, sentence in self.plan.get("cards", {}).get(name, {}).items()}
        path = self.work / "cards" / f"{folder}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(text, indent="\t", ensure_ascii=False) + "\n")
        return path


def facts(work: Path, name: str) -> dict[str, str]:
    """Of a run, for its card: base, own: millions of tokens sampled from the base and from the start weights; text: millions of tokens trained on; steps."""
    millions = lambda n: f"{n / 1e6:.3g}"
    sampled = [int(read_corpus(p).length.sum()) if (p := work / f"text-{r}.bin").exists() else 0 for r in range(64)]
    log = work / "logs" / f"{name}.jsonl"
    events = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    last = next((e for e in reversed(events) if e["event"] in ("train", "stopped")), {"step": 0})
    ranks, rows, row = 1, 0, 0
    for event in events:
        if event["event"] == "begin":
            ranks, rows, row = event["ranks"], int(re.search(r"\brows=(\d+)", event["plan"])[1]), event.get("row", 0)
    return {"base": millions(sum(sampled[0::2])), "own": millions(sum(sampled[1::2])), "text": millions(last["step"] * ranks * rows * row), "steps": str(last["step"])}
