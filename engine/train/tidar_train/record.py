"""Stage `record`: puts evaluations where they are read: results/NAME.json, a table in RESULTS.md, the model's manifest."""

import json
import re
from pathlib import Path

from .export import write_manifest

SHOWN = ("all", "without_loops", "standard_error")


def merge(runs: list[dict]) -> dict:
    """Evaluations of one checkpoint: {"version", "checkpoint", "sha256", "runs"}. Raises ValueError where they differ in it."""
    if len({run["sha256"] for run in runs}) != 1:
        raise ValueError("these evaluations are of different checkpoints: " + ", ".join(run["checkpoint"] for run in runs))
    inner = [{k: v for k, v in run.items() if k not in ("version", "checkpoint", "sha256")} for run in runs]
    return {"version": 1, "checkpoint": runs[0]["checkpoint"], "sha256": runs[0]["sha256"], "runs": inner}


def number(x: float | None) -> str:
    return "" if x is None else f"{x:.2f}"


def intern_table(result: dict) -> str:
    """Markdown: one line per run, precision, temperature and gamma, with the acceptance by place; then what a pass costs."""
    lines = ["| target | prompts | intern's weights | decoding | all | without loops | ± | accepted by place |", "|---" * 8 + "|"]
    costs = []
    for run in result["runs"]:
        target = run["target_sha256"][:8]
        for precision, temperatures in run["drafts"].items():
            for temperature, found in temperatures.items():
                for name, r in found.items():
                    accepted = ", ".join(f"{x:.0%}" for x in r["acceptance"])
                    cells = [target, str(run["prompts"]), precision, f"{temperature}, {name}", *(number(r[x]) for x in SHOWN), accepted]
                    lines.append("| " + " | ".join(cells) + " |")
        cost = run["cost"]
        costs.append(f"Target {target}: a pass of the intern reads {cost['intern_bytes'] / 1e6:.1f} MB, one of the target "
                     f"{cost['target_bytes'] / 1e6:.1f} MB, ratio {cost['ratio']:.2f}; {run['loops']:.1%} of the target's greedy answers loop.")  # fmt: skip
    return "\n".join(lines) + "\n\n" + "\n".join(f"- {line}" for line in costs)


def eagle_table(result: dict) -> str:
    """Markdown, as intern_table, of an EAGLE-3 head; the cost by the number of tokens that it drafts among."""
    lines = ["| target | prompts | head's weights | decoding | all | without loops | ± | accepted by place |", "|---" * 8 + "|"]
    notes = []
    for run in result["runs"]:
        target, cost = run["target_sha256"][:8], run["cost"]
        for precision, temperatures in run["drafts"].items():
            for temperature, found in temperatures.items():
                for name, r in found.items():
                    accepted = ", ".join("" if x is None else f"{x:.0%}" for x in r.get("acceptance", []))  # of a tree: no places
                    cells = [target, str(run["prompts"]), precision, f"{temperature}, {name}", *(number(r[x]) for x in SHOWN), accepted]
                    lines.append("| " + " | ".join(cells) + " |")
        notes.append(f"Target {target}, taps after layers {', '.join(map(str, run['taps']))} (from 0): the head adds {cost['own_bytes'] / 1e6:.2f} MB; "
                     f"{run['loops']:.1%} of the target's greedy answers loop.")  # fmt: skip
        for size, c in cost["vocabulary"].items():
            notes.append(f"Drafting among {size} tokens, a pass of the head reads {c['head_bytes'] / 1e6:.1f} MB, one of the target "
                         f"{cost['target_bytes'] / 1e6:.1f} MB, ratio {c['ratio']:.2f}.")  # fmt: skip
    return "\n".join(lines) + "\n\n" + "\n".join(f"- {line}" for line in notes)


def diffusion_table(result: dict) -> str:
    """Markdown: one line per run and writer, with the quality of what it writes."""
    lines = ["| weights | prompts | writer | tokens a pass | perplexity under the base | distinct 4-grams | loops | right | arithmetic | facts |",
             "|---" * 10 + "|"]  # fmt: skip
    notes = []
    percent = lambda x: "" if x is None else f"{x:.1%}"
    for run in result["runs"]:
        kind = ("adapter" if run["adapter"] else "whole model") + (", shift" if run["shift"] else "")
        for writer, q in run["quality"].items():
            known = {"ar": ("base", "AR"), "tidar": ("TiDAR", "TiDAR, k = 8")}
            name, spaced = writer.partition(" ")[::2]
            whose, what = known.get(writer) or (kind, f"{'LLaDA' if name == 'llada' else 'Dream'}, {spaced} a pass")
            right = [percent(q["right"].get(x)) for x in ("all", "arithmetic", "facts")]
            cells = [whose, str(run["prompts"]), what, number(q["tokens_a_pass"]), number(q["perplexity"]), percent(q["distinct_4grams"]), percent(q["loops"])]
            lines.append("| " + " | ".join(cells + right) + " |")
        notes.append(f"{kind}: {run['own_bytes'] / 1e6:.1f} MB; canvases of {run['limit']} tokens, of {run['short']} for the {run['questions']} questions; "
                     f"LLaDA in blocks of {run['block']}.")  # fmt: skip
    return "\n".join(lines) + "\n\n" + "\n".join(f"- {line}" for line in notes)


def table(result: dict) -> str:
    """Markdown: one line per run, precision, temperature and k; then loops and closeness."""
    kinds = sorted({kind for run in result["runs"] for p in run["drafts"].values() for t in p.values() for r in t.values() for kind in r["by_kind"]})
    lines = ["| prompts | weights | decoding | all | without loops | ± | " + " | ".join(kinds) + " |", "|---" * (6 + len(kinds)) + "|"]
    closeness = []
    for run in result["runs"]:
        for precision, temperatures in run["drafts"].items():
            for temperature, found in temperatures.items():
                for name, r in found.items():
                    decoder = f"k = {name[1:]}" if name[0] == "k" else f"tree of {name[4:]} below draft 1, {r['slots']} slots"
                    cells = [str(run["prompts"]), precision, f"{temperature}, {decoder}", *(number(r[x]) for x in SHOWN)]
                    lines.append("| " + " | ".join(cells + [number(r["by_kind"].get(kind)) for kind in kinds]) + " |")
        shares = ", ".join(f"{name} {share:.1%}" for name, share in run["loops"].items())
        closeness.append(f"Loops ({run['prompts']} prompts): {shares}.")
        for precision, texts in run["close"].items():
            for text, c in texts.items():
                closeness.append(f"AR half, {precision}, on {text} ({c['tokens']} tokens): loss {c['loss']:.3f}, the base's own "
                                 f"{c['base_loss']:.3f}, difference {c['difference']:+.3f} nats; same first choice {c['agreement']:.1%}.")  # fmt: skip
    return "\n".join(lines) + "\n\n" + "\n".join(f"- {line}" for line in closeness)


def replace_table(text: str, name: str, new: str) -> str:
    """text with what stands between `<!-- table NAME -->` and `<!-- /table NAME -->` replaced."""
    pattern = re.compile(rf"(<!-- table {re.escape(name)} -->\n).*?(<!-- /table {re.escape(name)} -->)", re.S)
    if not pattern.search(text):
        raise ValueError(f"the file has no place for the table: put `<!-- table {name} -->` and `<!-- /table {name} -->` there")
    return pattern.sub(lambda m: m[1] + new + "\n" + m[2], text)


def run(files: list[str], name: str, folder: Path, manifest: str | None) -> None:
    """Writes folder/results/NAME.json and the table NAME of folder/RESULTS.md; the manifest's `evaluation` if named."""
    result = merge([json.loads(Path(f).read_text()) for f in files])
    if re.fullmatch(r"v\d+", name):  # a release of TiDAR: the lessons read the version from the checkpoint's name, which in training is none
        result["checkpoint"] = f"tidar-smollm2-135m-{name}.q8"
    (folder / "results").mkdir(exist_ok=True)
    (folder / "results" / f"{name}.json").write_text(json.dumps(result, indent="\t", ensure_ascii=False) + "\n")
    record = folder / "RESULTS.md"
    first = result["runs"][0]
    describe = diffusion_table if "quality" in first else eagle_table if "taps" in first else intern_table if "cost" in first else table
    record.write_text(replace_table(record.read_text(), name, describe(result)))
    if manifest:
        path = Path(manifest)
        data = json.loads(path.read_text())
        if data["checkpoint"]["sha256"] != result["sha256"]:
            raise ValueError(f"{path} is of another checkpoint ({data['checkpoint']['sha256'][:12]}..) than the evaluations")
        runs = [{k: v for k, v in run.items() if k != "samples"} for run in result["runs"]]
        write_manifest(path, data | {"evaluation": result | {"runs": runs}})
