"""The stages behind the command line: each reads files, runs, logs what it did and writes files. `a`: parsed arguments."""

import ast
import dataclasses
import hashlib
import json
import os
import threading
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist

from .checkpoint import read_bytes, read_checkpoint, write_checkpoint
from .log import Log, sha256, surroundings
from .model import CONFIGS, Config
from .processes import watch_parent


def read_weights(path: str, config: Config):
    """Stacked float32 weights from NAME.q8, NAME.gguf, or the folder of an exported model."""
    from .lm import stack
    from .release import is_release, read_release

    if is_release(path):
        return stack(read_release(path, config), config)

    if path.endswith(".gguf"):
        from .load import read_gguf

        return stack(read_gguf(path, config), config)
    return stack(read_checkpoint(path), config)


def weights_sha256(path: str) -> str:
    """Of NAME.gguf, of NAME.q8, whole or in pieces, or of an exported model's blob."""
    from .release import blob_of, is_release

    if is_release(path):
        folder = Path(path)
        return hashlib.sha256(blob_of(folder, json.loads((folder / "manifest.json").read_text()))).hexdigest()
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
        watch_parent()
        # Each rank sees one GPU, as cuda:0: compiled code names its device, and is found in the cache only under the same name.
        visible = os.environ.get("CUDA_VISIBLE_DEVICES", ",".join(map(str, range(ranks)))).split(",")
        os.environ["CUDA_VISIBLE_DEVICES"] = visible[rank % len(visible)]
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    return rank, ranks, f"cuda:{torch.cuda.current_device()}" if torch.cuda.is_available() else "cpu"


def use_device(name: str | None) -> str:
    """The named device, or the GPU if there is one; made current, because Triton and graph capture work on the current one."""
    device = name or ("cuda" if torch.cuda.is_available() else "cpu")
    if device.startswith("cuda:"):
        torch.cuda.set_device(device)
    return device


def check(a) -> None:
    from .check import run

    if not torch.cuda.is_available():
        raise ValueError("check compares a GPU with the CPU, and this machine has no CUDA device")
    errors, wrong = run(torch.device("cuda"), lambda found: print(json.dumps(found, indent=1), flush=True))
    if a.out:
        Path(a.out).write_text(json.dumps({"version": 1, "surroundings": surroundings(), "errors": errors, "wrong": wrong}, indent="\t") + "\n")
    if wrong:
        raise ValueError(f"fast and slow paths differ: {wrong}")


def load(a) -> None:
    from .load import read_gguf, tokenizer_source

    log = Log(a.log, "load", gguf=a.gguf, sha256=sha256(a.gguf))
    written = write_checkpoint(a.out, read_gguf(a.gguf, CONFIGS[a.config]))
    if a.tokenizer:
        Path(a.tokenizer).write_text(json.dumps(tokenizer_source(a.gguf), ensure_ascii=False))
    log("end", out=[str(p) for p in written], out_sha256=sha256(a.out))


def corpus(a) -> None:
    from .corpus import OWN, SamplingPlan, prompts_of, read_corpus, sample_corpus, write_corpus
    from .lm import served
    from .stored import FORCED, path_of, write_stored
    from .text import chat_prefix, tokenizer

    rank, ranks, device = begin_ranks()
    config = CONFIGS[a.config]
    plan = with_settings(SamplingPlan(), a.set)
    if a.no_penalty:
        plan = dataclasses.replace(plan, dry=None)
    elif a.penalty is not None:
        if a.penalty <= 0:
            raise ValueError(f"--penalty is {a.penalty:g}; it must be above 0, and --no-penalty leaves it out")
        plan = dataclasses.replace(plan, dry=dataclasses.replace(plan.dry, strength=a.penalty))
    out = Path(a.out.format(rank=rank))
    writer = weights_sha256(a.base)
    log = Log(str(out) + ".log", "corpus", base=Path(a.base).name, base_sha256=writer, own=a.own,
              prompts={Path(f).name: sha256(f) for f in a.prompts or ()}, seed=a.seed + rank, plan=plan, ranks=ranks)  # fmt: skip
    dtype = torch.bfloat16 if device != "cpu" else torch.float32
    weights = read_weights(a.base, config)
    weights = (served(weights) if a.own else weights).to(device, dtype)
    words = tokenizer(a.tokenizer)
    prompts = prompts_of([read_corpus(f) for f in a.prompts], chat_prefix(words)) if a.prompts else None
    made, stored = sample_corpus(weights, config, words, plan, a.seed + rank, device != "cpu", lambda text: log("note", text=text), prompts, a.stored)
    if a.own:
        made.tenths = made.tenths + np.uint8(OWN)
    forced = {}
    if stored:  # first: where the corpus stands, its distributions do
        write_stored(path_of(out), stored, writer)
        forced = {"forced_share": round(float((stored.flags & FORCED > 0).mean()), 4), "rest": round(float(stored.rest.astype(np.float32).mean()), 4)}
    write_corpus(out, made)
    log("end", out=out.name, documents=len(made.length), tokens=len(made.tokens), out_sha256=sha256(out), **forced)


def score(a) -> None:
    from .corpus import pack, read_corpus
    from .score import scored
    from .stored import FORCED, path_of, write_stored
    from .text import chat_prefix, tokenizer

    rank, ranks, device = begin_ranks()
    config, prefix = CONFIGS[a.config], chat_prefix(tokenizer(a.tokenizer))
    teacher = weights_sha256(a.base)
    weights = read_weights(a.base, config).to(device, torch.float32 if device == "cpu" else torch.bfloat16)
    for file in a.corpus[rank::ranks]:
        log = Log(f"{file}.score.log", "score", corpus=Path(file).name, sha256=sha256(file), base_sha256=teacher)
        corpus = read_corpus(file)
        stored = scored(weights, config, pack(corpus, prefix, a.row, 0), corpus, a.batch, device, a.stored)
        write_stored(path_of(file), stored, teacher)
        log("end", tokens=len(stored), forced_share=round(float((stored.flags & FORCED > 0).mean()), 4))


def train_tidar(a) -> None:
    from .stored import path_of
    from .train_tidar import TidarPlan, TidarTrainer

    config = CONFIGS[a.config]

    stored = all(path_of(f).exists() for f in a.corpus) and not a.live
    if not stored and not a.base:
        raise ValueError("without --base, every corpus needs its stored distribution (stage `corpus` or `score` makes NAME.bin.top)")

    def trainer(*common, stored=None):
        return TidarTrainer(read_weights(a.start, config), None if stored else read_weights(a.base, config), config, *common, stored=stored)

    base = weights_sha256(a.base) if a.base else None
    train(a, "train tidar", TidarPlan(), trainer, stored=stored, start_sha256=weights_sha256(a.start), base_sha256=base)


def train_intern(a) -> None:
    from .stored import path_of, teacher_of
    from .train_intern import InternPlan, InternTrainer, begin

    config, target_config = CONFIGS[a.config], CONFIGS[a.target_config]

    def trainer(rows, plan, device, log, stored=None):
        target = read_weights(a.target, target_config)
        weights = read_weights(a.start, config) if a.start else begin(target, config, plan.seed)
        return InternTrainer(weights, config, None if stored else target, target_config, rows, plan, device, log, stored)

    sha = weights_sha256(a.target)
    # Another model's distribution is of no use to who drafts for this one.
    stored = not a.live and all(path_of(f).exists() and teacher_of(path_of(f)) == sha for f in a.corpus)
    train(a, "train intern", InternPlan(), trainer, stored=stored, target_sha256=sha)


def train_eagle3(a) -> None:
    from .eagle import begin_head, head_of, usual_taps
    from .train_eagle3 import EaglePlan, EagleTrainer

    config = CONFIGS[a.config]

    def trainer(rows, plan, device, log):
        target = read_weights(a.target, config)
        taps = plan.taps or usual_taps(config.layers)
        head = begin_head(target, config, len(taps), plan.seed)
        if a.start:
            head, taps = head_of(read_checkpoint(a.start))
        return EagleTrainer(head, taps, target, config, rows, plan, device, log)

    train(a, "train eagle3", EaglePlan(), trainer, target_sha256=weights_sha256(a.target))


def train_diffusion(a) -> None:
    from .adapter import adapter_of, begin_adapter
    from .train_diffusion import DiffusionPlan, DiffusionTrainer, canvas_rows

    config = CONFIGS[a.config]

    def trainer(rows, plan, device, log):
        shared = read_weights(a.start, config)
        if not plan.rank:
            return DiffusionTrainer(shared, shared, config, rows, plan, device, log)
        adapter = adapter_of(read_checkpoint(a.adapter)) if a.adapter else begin_adapter(shared, plan.rank, plan.seed)
        return DiffusionTrainer(adapter, shared, config, rows, plan, device, log)

    train(a, "train diffusion", DiffusionPlan(), trainer, canvas_rows, start_sha256=weights_sha256(a.start))


def train(a, stage: str, plan, make, rows_of=None, stored: bool = False, **known) -> None:
    """Trains on this rank's corpora. make(rows, plan, device, log) -> Trainer, which takes `stored` where the corpora's stored distributions
    are the teacher; rows_of(corpus, prefix, C, plan) -> Rows, corpus.pack by default; known: what else the log shall say."""
    from .corpus import join, pack, read_corpus
    from .stored import join_stored, path_of, read_stored, teacher_of
    from .text import chat_prefix, tokenizer

    from .resume import Stop, read_state, write_state

    rank, ranks, device = begin_ranks()
    stop = Stop(rank)  # from the first moment
    plan = with_settings(plan, a.set)
    # Each rank its own files, or, where these are fewer than ranks, its own rows of all of them.
    split = len(a.corpus) < ranks
    files = a.corpus if split else a.corpus[rank::ranks]
    log = Log(a.log if rank == 0 else None, stage, corpora={Path(f).name: sha256(f) for f in a.corpus}, plan=plan, ranks=ranks, row=a.row, **known)
    if a.warm:
        warm(a, plan, make, rows_of, stored, device, log)
        stop.end()
        return
    if not files:
        raise ValueError("there is no --corpus to train on")
    parts = [read_corpus(f) for f in files]
    documents = join(parts)
    teacher = {"stored": join_stored([read_stored(path_of(f), c) for f, c in zip(files, parts)])} if stored else {}
    prefix = chat_prefix(tokenizer(a.tokenizer))
    rows = rows_of(documents, prefix, a.row, plan) if rows_of else pack(documents, prefix, a.row, plan.seed)
    rows = rows[rank::ranks] if split else rows
    if a.first_rows:
        rows = rows[: a.first_rows]
    log("data", documents=len(documents.length), tokens=len(documents.tokens), rows=len(rows), answer_share=round(float(rows.answer.float().mean()), 4),
        teachers=sorted({teacher_of(path_of(f)) for f in a.corpus}) if stored else "live")  # fmt: skip
    state = read_state(a.state, device)
    trainer = make(rows, plan, device, log, **teacher)
    threads = []

    def write(masters, state):
        write_checkpoint(a.out, trainer.checkpoint(masters), a.piece_bytes)
        if a.state:
            write_state(a.state, state)

    def save(trainer, step):
        copied = lambda x: {k: copied(v) for k, v in x.items()} if isinstance(x, dict) else [copied(v) for v in x] if isinstance(x, list) \
            else x.detach().cpu().clone() if isinstance(x, torch.Tensor) else x  # fmt: skip
        masters = trainer.masters.map(lambda _, t: t.detach().cpu().clone())
        if threads:
            threads[-1].join()
        threads.append(threading.Thread(target=write, args=(masters, copied(trainer.state(step)) if a.state else None)))
        threads[-1].start()
        if stop.asked:
            threads[-1].join()

    if a.profile:
        from .profile import profile

        stepper = trainer.same_steps()
        for _ in range(8):
            next(stepper)
        log("profile", **profile(lambda: next(stepper)))
        return
    if a.until:
        # What loading took is over; what saving will take comes out of the time as well.
        trainer.plan = dataclasses.replace(trainer.plan, seconds=max(1.0, a.until - time.time() - a.farewell))
    trainer.train(save, a.save_every, state, stop)
    if rank == 0:
        save(trainer, trainer.steps)
        threads[-1].join()
    stop.end()
    if rank == 0:
        log("end", out=Path(a.out).name)
    if ranks > 1:
        # Together: gloo aborts a rank whose peer is still at work.
        dist.barrier()
        dist.destroy_process_group()


def warm(a, plan, make, rows_of, stored: bool, device: str, log) -> None:
    """A few steps on text of no meaning, whose shapes are the real one's: what they compile, the real run finds in the compiler's cache."""
    from .corpus import pack
    from .text import chat_prefix, tokenizer
    from .warm import meaningless, meaningless_stored

    prefix = chat_prefix(tokenizer(a.tokenizer))
    documents = meaningless(prefix, CONFIGS[a.config].vocabulary, a.row, plan.rows)
    rows = rows_of(documents, prefix, a.row, plan) if rows_of else pack(documents, prefix, a.row, plan.seed)
    trainer = make(rows, plan, device, log, **({"stored": meaningless_stored(documents, CONFIGS[a.config].vocabulary)} if stored else {}))
    stepper = trainer.same_steps()
    for _ in range(len(getattr(plan, "blocks", ())) + 2):
        next(stepper)
    log("warm", **trainer._memory())
    if a.profile:
        from .profile import profile

        log("profile", **profile(lambda: next(stepper)))


def evaluate(a) -> None:
    from .evaluate import run
    from .prompts import held_out
    from .text import tokenizer

    device = use_device(a.device)
    config = CONFIGS[a.config]
    prompts = [p for p in held_out() if a.only in (None, p.set)][:: a.every]
    settings = {"k": a.k, "limit": a.limit, "precision": a.precision, "temperature": a.temperature, "tree": a.tree}
    log = Log(str(a.out) + ".log", "evaluate", checkpoint=Path(a.checkpoint).name, prompts=len(prompts), **settings)
    head = {"version": 1, "checkpoint": Path(a.checkpoint).name, "sha256": weights_sha256(a.checkpoint),
            "prompts": len(prompts), "limit": a.limit, "surroundings": surroundings()}  # fmt: skip

    def save(result: dict) -> None:
        log("note", **{part: result[part] for part in ("loops", "drafts", "close", "real_loop")})
        Path(a.out).write_text(json.dumps(head | result, indent="\t", ensure_ascii=False) + "\n")

    full, base = (read_weights(path, config).to(device) for path in (a.checkpoint, a.base))
    save(run(full, base, config, tokenizer(a.tokenizer), prompts, limit=a.limit, ks=a.k, precisions=a.precision,
             temperatures=a.temperature, trees=a.tree, real_loops=a.loop, close=not a.no_close, save=save))  # fmt: skip
    log("end", out=Path(a.out).name)


def evaluate_intern(a) -> None:
    from .lm import served
    from .prompts import held_out
    from .speculate import run
    from .text import tokenizer

    device = use_device(a.device)
    config, target_config = CONFIGS[a.config], CONFIGS[a.target_config]
    prompts = [p for p in held_out() if a.only in (None, p.set)][:: a.every]
    log = Log(str(a.out) + ".log", "evaluate-intern", prompts=len(prompts), gammas=a.gamma, temperatures=a.temperature)
    intern, target = read_weights(a.checkpoint, config), read_weights(a.target, target_config)
    interns = {"4-bit": served(intern).to(device), "full": intern.to(device)}
    head = {"version": 1, "checkpoint": Path(a.checkpoint).name, "sha256": weights_sha256(a.checkpoint), "target_sha256": weights_sha256(a.target),
            "prompts": len(prompts), "limit": a.limit, "surroundings": surroundings()}  # fmt: skip
    result = run(target.to(device), target_config, interns, config, tokenizer(a.tokenizer), prompts, limit=a.limit, gammas=a.gamma, temperatures=a.temperature)
    Path(a.out).write_text(json.dumps(head | result, indent="\t") + "\n")
    log("end", out=Path(a.out).name, cost=result["cost"], drafts=result["drafts"])


def evaluate_eagle3(a) -> None:
    from .eagle import head_of
    from .lm import served
    from .prompts import held_out
    from .speculate_eagle3 import run
    from .text import tokenizer

    device = use_device(a.device)
    config = CONFIGS[a.config]
    prompts = [p for p in held_out() if a.only in (None, p.set)][:: a.every]
    log = Log(str(a.out) + ".log", "evaluate-eagle3", prompts=len(prompts), gammas=a.gamma, temperatures=a.temperature)
    head, taps = head_of(read_checkpoint(a.checkpoint))
    heads = {"4-bit": served(head).to(device), "full": head.to(device)}
    target = served(read_weights(a.target, config)).to(device)
    start = {"version": 1, "checkpoint": Path(a.checkpoint).name, "sha256": weights_sha256(a.checkpoint), "target_sha256": weights_sha256(a.target),
             "prompts": len(prompts), "limit": a.limit, "surroundings": surroundings()}  # fmt: skip

    def save(result: dict) -> None:
        Path(a.out).write_text(json.dumps(start | result, indent="\t") + "\n")

    result = run(target, config, heads, taps, tokenizer(a.tokenizer), prompts, limit=a.limit, gammas=a.gamma, temperatures=a.temperature,
                 vocabularies=a.vocabulary, real_loops=a.loop, trees=a.tree, save=save)  # fmt: skip
    save(result)
    log("end", out=Path(a.out).name, **result)


def evaluate_diffusion(a) -> None:
    from .adapter import adapter_of, applied
    from .evaluate_diffusion import run
    from .lm import served, stack
    from .prompts import held_out, right_or_wrong
    from .text import tokenizer
    from .train_diffusion import shift_of

    device = use_device(a.device)
    config = CONFIGS[a.config]
    prompts, questions = [p for p in held_out() if a.only in (None, p.set)][:: a.every], right_or_wrong()[:: a.every]
    log = Log(str(a.out) + ".log", "evaluate-diffusion", prompts=len(prompts), questions=len(questions), per_pass=a.per_pass)
    tensors, shift = read_checkpoint(a.checkpoint), shift_of(read_checkpoint(a.checkpoint))
    own = {name: t for name, t in tensors.items() if name != "shift"}
    tidar, base = served(read_weights(a.tidar, config)).to(device), read_weights(a.base, config).to(device)
    adapted = "qkv_a.0.weight" in tensors
    model = applied(served(adapter_of(tensors)).to(device), tidar) if adapted else served(stack(tensors, config)).to(device)
    size = sum(t.numel() * ((34 if adapted or n == "emb.weight" else 18) / 32 if t.ndim == 2 else 2) for n, t in own.items())
    head = {"version": 1, "checkpoint": Path(a.checkpoint).name, "sha256": weights_sha256(a.checkpoint), "tidar_sha256": weights_sha256(a.tidar),
            "adapter": adapted, "shift": shift, "own_bytes": round(size), "prompts": len(prompts), "questions": len(questions), "limit": a.limit,
            "short": a.short, "block": a.block, "surroundings": surroundings()}  # fmt: skip

    def save(result: dict) -> None:
        log("note", **{k: v for k, v in result.items() if k != "samples"})
        Path(a.out).write_text(json.dumps(head | result, indent="\t", ensure_ascii=False) + "\n")

    run(model, shift, tidar, base, config, tokenizer(a.tokenizer), prompts, questions, limit=a.limit, short=a.short, block=a.block,
        per_pass=a.per_pass, batch=a.batch, save=save)  # fmt: skip
    log("end", out=Path(a.out).name)


def record(a) -> None:
    from .record import run

    run(a.results, a.name, Path(a.folder), a.manifest)
