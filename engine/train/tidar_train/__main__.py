"""python -m tidar_train STAGE ...: every stage of the pipeline. `--help` tells the options of each.

    check       are the GPU's fast paths right
    load        GGUF -> checkpoint and tokenizer source
    corpus      text sampled from the base
    train tidar from a checkpoint and corpora to a checkpoint
    evaluate    a checkpoint on the held-out prompts -> JSON
    record      evaluations -> results/, RESULTS.md, the model's manifest

Run corpus and train under `torchrun --nproc-per-node N` to use N GPUs.
"""

import argparse
import ast
import dataclasses
import hashlib
import json
import os
import sys
import threading
from pathlib import Path

import torch
import torch.distributed as dist

from .checkpoint import read_bytes, read_checkpoint, write_checkpoint
from .log import Log, sha256, surroundings
from .model import SMOLLM2_135M, Config

CONFIGS = {
    "smollm2-135m": SMOLLM2_135M,
    # For tests: bytes as tokens, seconds on a CPU.
    "tiny": Config(layers=2, width=64, heads=2, kv_heads=1, head_size=32, ffn=128, vocabulary=288, rope_theta=100000.0,
                   norm_eps=1e-5, max_positions=512),
}  # fmt: skip


def read_weights(path: str, config: Config):
    """Stacked float32 weights from NAME.q8 or NAME.gguf."""
    from .lm import stack

    if path.endswith(".gguf"):
        from .load import read_gguf

        return stack(read_gguf(path, config), config)
    return stack(read_checkpoint(path), config)


def weights_sha256(path: str) -> str:
    """Of NAME.gguf, or of NAME.q8, whole or in pieces."""
    return sha256(path) if path.endswith(".gguf") else hashlib.sha256(read_bytes(Path(path))).hexdigest()


def with_settings(plan, settings: list[str]):
    """plan with fields replaced by NAME=VALUE strings. Raises ValueError for an unknown name or an unfit value."""
    fields = {f.name for f in dataclasses.fields(plan)}
    changes = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        if name not in fields:
            raise ValueError(f"--set {setting}: no such setting; there are {', '.join(sorted(fields))}")
        try:
            changes[name] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            changes[name] = value
        if not isinstance(changes[name], (type(getattr(plan, name)), int)):
            raise ValueError(f"--set {setting}: expected a value like {getattr(plan, name)!r}")
    return dataclasses.replace(plan, **changes)


def begin_ranks() -> tuple[int, int, str]:
    """(rank, ranks, device); joins torchrun's process group if there is one."""
    rank, ranks = int(os.environ.get("LOCAL_RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    if ranks > 1:
        # Each rank sees one GPU, as cuda:0: compiled code names its device, and is found in the cache only under the same name.
        visible = os.environ.get("CUDA_VISIBLE_DEVICES", ",".join(map(str, range(ranks)))).split(",")
        os.environ["CUDA_VISIBLE_DEVICES"] = visible[rank % len(visible)]
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    return rank, ranks, f"cuda:{torch.cuda.current_device()}" if torch.cuda.is_available() else "cpu"


def check(a) -> None:
    from .check import run

    if not torch.cuda.is_available():
        raise ValueError("check compares a GPU with the CPU, and this machine has no CUDA device")
    run(torch.device("cuda"), lambda found: print(json.dumps(found, indent=1), flush=True))


def load(a) -> None:
    from .load import read_gguf, tokenizer_source

    log = Log(a.log, "load", gguf=a.gguf, sha256=sha256(a.gguf))
    written = write_checkpoint(a.out, read_gguf(a.gguf, CONFIGS[a.config]))
    if a.tokenizer:
        Path(a.tokenizer).write_text(json.dumps(tokenizer_source(a.gguf), ensure_ascii=False))
    log("end", out=[str(p) for p in written], out_sha256=sha256(a.out))


def corpus(a) -> None:
    from .corpus import SamplingPlan, sample_corpus, write_corpus
    from .text import tokenizer

    rank, ranks, device = begin_ranks()
    config = CONFIGS[a.config]
    plan = with_settings(SamplingPlan(), a.set)
    out = Path(a.out.format(rank=rank))
    log = Log(str(out) + ".log", "corpus", base=a.base, base_sha256=weights_sha256(a.base), seed=a.seed + rank, plan=plan, ranks=ranks)
    dtype = torch.bfloat16 if device != "cpu" else torch.float32
    weights = read_weights(a.base, config).to(device, dtype)
    made = sample_corpus(weights, config, tokenizer(a.tokenizer), plan, a.seed + rank, device != "cpu", lambda text: log("note", text=text))
    write_corpus(out, made)
    log("end", out=str(out), documents=len(made.length), tokens=len(made.tokens), out_sha256=sha256(out))


def train_tidar(a) -> None:
    from .corpus import pack, read_corpus
    from .lm import Weights, unstack
    from .quantize import settle
    from .text import chat_prefix, tokenizer
    from .train_tidar import Trainer, TrainingPlan

    rank, ranks, device = begin_ranks()
    config = CONFIGS[a.config]
    plan = with_settings(TrainingPlan(), a.set)
    files = a.corpus[rank::ranks]
    if not files:
        raise ValueError(f"rank {rank} of {ranks} gets no corpus; give at least {ranks} files (each rank trains on its own)")
    log = Log(a.log if rank == 0 else None, "train tidar", start=a.start, start_sha256=weights_sha256(a.start), base=a.base,
              corpora={f: sha256(f) for f in a.corpus}, plan=plan, ranks=ranks)  # fmt: skip
    prefix = chat_prefix(tokenizer(a.tokenizer))
    from .corpus import join

    documents = join([read_corpus(f) for f in files])
    rows = pack(documents, prefix, a.row, plan.seed)
    if a.first_rows:
        rows = rows[: a.first_rows]
    log("data", documents=len(documents.length), tokens=len(documents.tokens), rows=len(rows), answer_share=round(float(rows.answer.float().mean()), 4))
    trainer = Trainer(read_weights(a.start, config), read_weights(a.base, config), config, rows, plan, device, log)
    threads = []

    def write(masters):
        settled = masters.map(lambda name, t: settle(t) if name in Weights.LINEARS else t)
        write_checkpoint(a.out, unstack(settled, config), a.piece_bytes)

    def save(trainer):
        masters = trainer.masters.map(lambda _, t: t.detach().cpu().clone())
        if threads:
            threads[-1].join()
        threads.append(threading.Thread(target=write, args=(masters,)))
        threads[-1].start()

    if a.profile:
        from .profile import profile

        stepper = trainer.steps_of_size(plan.blocks[0][0])
        for _ in range(8):
            next(stepper)
        log("profile", **profile(lambda: next(stepper)))
        return
    trainer.train(save)
    if rank == 0:
        save(trainer)
        threads[-1].join()
        log("end", out=a.out)
    if ranks > 1:
        dist.destroy_process_group()


def evaluate(a) -> None:
    from .evaluate import run
    from .prompts import held_out
    from .text import tokenizer

    device = a.device or ("cuda" if torch.cuda.is_available() else "cpu")
    if device.startswith("cuda:"):
        torch.cuda.set_device(device)  # Triton and graph capture use the current device
    config = CONFIGS[a.config]
    prompts = [p for p in held_out() if a.only in (None, p.set)][:: a.every]
    settings = {"k": a.k, "limit": a.limit, "precision": a.precision, "temperature": a.temperature, "tree": a.tree}
    log = Log(str(a.out) + ".log", "evaluate", checkpoint=a.checkpoint, prompts=len(prompts), **settings)
    head = {"version": 1, "checkpoint": Path(a.checkpoint).name, "sha256": weights_sha256(a.checkpoint),
            "prompts": len(prompts), "limit": a.limit, "surroundings": surroundings()}  # fmt: skip

    def save(result: dict) -> None:
        log("note", **{part: result[part] for part in ("loops", "drafts", "close", "real_loop")})
        Path(a.out).write_text(json.dumps(head | result, indent="\t", ensure_ascii=False) + "\n")

    full, base = (read_weights(path, config).to(device) for path in (a.checkpoint, a.base))
    save(run(full, base, config, tokenizer(a.tokenizer), prompts, limit=a.limit, ks=a.k, precisions=a.precision,
             temperatures=a.temperature, trees=a.tree, real_loops=a.loop, close=not a.no_close, save=save))  # fmt: skip
    log("end", out=str(a.out))


def record(a) -> None:
    from .record import run

    run(a.results, a.name, Path(a.folder), a.manifest)


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="tidar_train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    stages = p.add_subparsers(dest="stage", required=True)

    def stage(parent, name, run, **kwargs):
        s = parent.add_parser(name, **kwargs)
        s.set_defaults(run=run)
        s.add_argument("--config", choices=CONFIGS, default="smollm2-135m")
        return s

    stage(stages, "check", check, help="are the GPU's fast paths right")
    s = stage(stages, "load", load, help="GGUF to checkpoint and tokenizer source")
    s.add_argument("--gguf", required=True)
    s.add_argument("--out", required=True, help="NAME.q8")
    s.add_argument("--tokenizer", help="where to write the tokenizer source")
    s.add_argument("--log-file", dest="log", default="load.log")
    s = stage(stages, "corpus", corpus, help="sample a corpus from the base")
    s.add_argument("--base", required=True, help="NAME.q8 or NAME.gguf")
    s.add_argument("--tokenizer", required=True)
    s.add_argument("--out", required=True, help="file; {rank} is replaced")
    s.add_argument("--seed", type=int, default=0)
    s.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="settings of corpus.SamplingPlan")
    s = stages.add_parser("train", help="train a model").add_subparsers(dest="model", required=True)
    s = stage(s, "tidar", train_tidar, help="TiDAR, from any checkpoint of the same shape")
    s.add_argument("--from", dest="start", required=True, help="NAME.q8 or NAME.gguf to start from")
    s.add_argument("--base", required=True, help="the teacher")
    s.add_argument("--tokenizer", required=True)
    s.add_argument("--corpus", nargs="+", required=True, help="files; rank r takes every N-th from the r-th")
    s.add_argument("--out", required=True, help="NAME.q8; rewritten now and then while training")
    s.add_argument("--row", type=int, default=1024, help="clean tokens a row")
    s.add_argument("--first-rows", type=int, default=0, help="use only so many rows")
    s.add_argument("--piece-bytes", type=int, default=None)
    s.add_argument("--log-file", dest="log", default="train.log")
    s.add_argument("--profile", action="store_true", help="measure a few steps by kind of kernel and stop")
    s.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="settings of train_tidar.TrainingPlan")
    s = stage(stages, "evaluate", evaluate, help="T/NFE, loops and closeness on the held-out prompts")
    s.add_argument("--checkpoint", required=True)
    s.add_argument("--base", required=True)
    s.add_argument("--tokenizer", required=True)
    s.add_argument("--out", required=True, help="NAME.json")
    s.add_argument("--limit", type=int, default=160, help="tokens of an answer")
    s.add_argument("--k", type=int, nargs="+", default=[4, 8, 16])
    s.add_argument("--tree", type=int, nargs="*", default=[7, 24], help="nodes below the root")
    s.add_argument("--precision", nargs="+", choices=["4-bit", "full"], default=["4-bit", "full"])
    s.add_argument("--temperature", type=float, nargs="+", default=[0.0, 0.7])
    s.add_argument("--only", choices=["core", "extra"], help="only this set of prompts")
    s.add_argument("--every", type=int, default=1, help="use every N-th prompt")
    s.add_argument("--no-close", action="store_true", help="leave out the comparison with the base")
    s.add_argument("--loop", type=int, default=3, help="answers that the real loop decodes too")
    s.add_argument("--device")
    s = stage(stages, "record", record, help="put evaluations where they are read")
    s.add_argument("--results", nargs="+", required=True, help="JSON of stage `evaluate`, all of one checkpoint")
    s.add_argument("--name", required=True, help="of the release, e.g. v0")
    s.add_argument("--folder", default=str(Path(__file__).parent.parent), help="where results/ and RESULTS.md lie")
    s.add_argument("--manifest", help="manifest.json of the exported model")
    return p


def main(arguments: list[str] | None = None) -> int:
    a = parser().parse_args(arguments)
    try:
        a.run(a)
    except (ValueError, OSError) as error:
        print(f"tidar_train {a.stage}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
