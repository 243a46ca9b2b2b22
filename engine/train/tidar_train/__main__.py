"""python -m tidar_train STAGE ...: every stage of the pipeline. `--help` tells the options of each.

    check            are the GPU's fast paths right
    load             GGUF -> checkpoint and tokenizer source
    corpus           text sampled from the base, or from the model in training
    score            what a teacher thinks of a corpus's tokens, stored beside it
    train tidar      from a checkpoint and corpora to a checkpoint
    train intern     a small model that drafts for a target
    train eagle3     a head that drafts from what the target knows
    train diffusion  masked diffusion from the same weights, whole or as an adapter on them
    evaluate         a checkpoint on the held-out prompts -> JSON
    evaluate-intern  an intern's drafts for its target, on the same prompts -> JSON
    evaluate-eagle3  a head's drafts, on the same prompts -> JSON
    evaluate-diffusion  what diffusion writes with 1, 2, 4, ... tokens a pass, beside AR and TiDAR -> JSON
    record           evaluations -> results/, RESULTS.md, the model's manifest

Run corpus and train under `torchrun --nproc-per-node N` to use N GPUs.
"""

import argparse
import sys
from pathlib import Path

from . import stages
from .model import CONFIGS
from .stored import KEPT


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="tidar_train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = p.add_subparsers(dest="stage", required=True)

    def stage(parent, name, run, **kwargs):
        s = parent.add_parser(name, **kwargs)
        s.set_defaults(run=run)
        s.add_argument("--config", choices=CONFIGS, default="smollm2-135m")
        return s

    s = stage(names, "check", stages.check, help="are the GPU's fast paths right")
    s.add_argument("--out", help="JSON: all errors, and those that are too large")
    s = stage(names, "load", stages.load, help="GGUF to checkpoint and tokenizer source")
    s.add_argument("--gguf", required=True)
    s.add_argument("--out", required=True, help="NAME.q8")
    s.add_argument("--tokenizer", help="where to write the tokenizer source")
    s.add_argument("--log-file", dest="log", default="load.log")
    s = stage(names, "corpus", stages.corpus, help="sample a corpus from the base")
    s.add_argument("--base", required=True, help="NAME.q8, NAME.gguf or an exported model's folder: who writes")
    s.add_argument("--own", action="store_true", help="it is the model in training: sample it as served, and mark its text so")
    s.add_argument("--penalty", type=float, help="strength of the penalty on repetitions (sample.Dry); 0.8")
    s.add_argument("--no-penalty", action="store_true", help="sample without it")
    s.add_argument("--prompts", nargs="+", help="ask the questions of these corpora instead of new ones")
    s.add_argument("--tokenizer", required=True)
    s.add_argument("--out", required=True, help="file; {rank} is replaced")
    s.add_argument("--seed", type=int, default=0)
    s.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="settings of corpus.SamplingPlan")
    s.add_argument("--stored", type=int, default=KEPT, metavar="K", help="store each place's K likeliest tokens beside the text; 0: none")
    s = stage(names, "score", stages.score, help="store a teacher's distribution beside corpora that lack it")
    s.add_argument("--base", required=True, help="the teacher")
    s.add_argument("--corpus", nargs="+", required=True, help="files; rank r takes every N-th from the r-th")
    s.add_argument("--tokenizer", required=True)
    s.add_argument("--row", type=int, default=1024, help="tokens a row")
    s.add_argument("--batch", type=int, default=32, help="rows at a time")
    s.add_argument("--stored", type=int, default=KEPT, metavar="K")
    models = names.add_parser("train", help="train a model").add_subparsers(dest="model", required=True)

    def training(name, run, settings, **kwargs):
        s = stage(models, name, run, **kwargs)
        s.add_argument("--tokenizer", required=True)
        s.add_argument("--corpus", nargs="*", default=[], help="files; rank r takes every N-th from the r-th, or, of fewer files than ranks, its share of the rows")
        s.add_argument("--warm", action="store_true", help="only fill the compiler's cache: a few steps on text of no meaning, and, with --profile, their profile")
        s.add_argument("--out", required=True, help="NAME.q8; rewritten now and then while training")
        s.add_argument("--row", type=int, default=1024, help="clean tokens a row")
        s.add_argument("--first-rows", type=int, default=0, help="use only so many rows")
        s.add_argument("--piece-bytes", type=int, default=None)
        s.add_argument("--log-file", dest="log", default="train.log")
        s.add_argument("--state", help="file that keeps how far the run is: a run that was stopped (SIGTERM: it saves and ends with code 75) goes on from it")
        s.add_argument("--save-every", type=float, default=150, metavar="SECONDS")
        s.add_argument("--until", type=float, help="Unix time by which everything is written, in place of a number of steps or seconds")
        s.add_argument("--farewell", type=float, default=6, metavar="SECONDS", help="of it for the last saving")
        s.add_argument("--profile", action="store_true", help="measure a few steps by kind of kernel and stop")
        s.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help=f"settings of {settings}")
        return s

    s = training("tidar", stages.train_tidar, "train_tidar.TidarPlan", help="TiDAR, from any checkpoint of the same shape")
    s.add_argument("--from", dest="start", required=True, help="NAME.q8, NAME.gguf or an exported model's folder to start from")
    s.add_argument("--base", help="the teacher; not needed where every corpus has its distribution stored beside it (NAME.bin.top)")
    s.add_argument("--live", action="store_true", help="ask the teacher in every step, whatever is stored")
    s = training("intern", stages.train_intern, "train_intern.InternPlan", help="a small model that drafts for a target")
    s.set_defaults(config="intern-17m")
    s.add_argument("--target", required=True, help="the model to draft for, NAME.q8; it is the teacher, as served")
    s.add_argument("--target-config", choices=CONFIGS, default="smollm2-135m")
    s.add_argument("--live", action="store_true", help="ask the target in every step, also where its distributions are stored beside every corpus")
    s.add_argument("--from", dest="start", help="NAME.q8 of the intern to go on from; otherwise random layers below the target's embeddings")
    s = training("eagle3", stages.train_eagle3, "train_eagle3.EaglePlan", help="an EAGLE-3 head that drafts for the target's text half")
    s.add_argument("--target", required=True, help="NAME.q8; frozen, as served")
    s.add_argument("--from", dest="start", help="NAME.q8 of the head to go on from, with its taps")
    s = training("diffusion", stages.train_diffusion, "train_diffusion.DiffusionPlan", help="masked diffusion, after LLaDA or, with shift, Dream")
    s.add_argument("--from", dest="start", required=True, help="NAME.q8 or NAME.gguf to start from; with rank > 0 it stays as it is, as served")
    s.add_argument("--adapter", help="NAME.q8 of an adapter to go on from, with rank > 0")

    def evaluation(name, run, **kwargs):
        s = stage(names, name, run, **kwargs)
        s.add_argument("--checkpoint", required=True)
        s.add_argument("--tokenizer", required=True)
        s.add_argument("--out", required=True, help="NAME.json")
        s.add_argument("--limit", type=int, default=160, help="tokens of an answer")
        s.add_argument("--temperature", type=float, nargs="+", default=[0.0, 0.7])
        s.add_argument("--only", choices=["core", "extra"], help="only this set of prompts")
        s.add_argument("--every", type=int, default=1, help="use every N-th prompt")
        s.add_argument("--device")
        return s

    s = evaluation("evaluate", stages.evaluate, help="T/NFE, loops and closeness on the held-out prompts")
    s.add_argument("--base", required=True)
    s.add_argument("--k", type=int, nargs="+", default=[4, 8, 16])
    s.add_argument("--tree", type=int, nargs="*", default=[7, 24], help="nodes below the root")
    s.add_argument("--precision", nargs="+", choices=["4-bit", "full"], default=["4-bit", "full"])
    s.add_argument("--no-close", action="store_true", help="leave out the comparison with the base")
    s.add_argument("--loop", type=int, default=3, help="answers that the real loop decodes too")
    s = evaluation("evaluate-intern", stages.evaluate_intern, help="acceptance and T/NFE of an intern's drafts, on the held-out prompts")
    s.set_defaults(config="intern-17m")
    s.add_argument("--target", required=True)
    s.add_argument("--target-config", choices=CONFIGS, default="smollm2-135m")
    s.add_argument("--gamma", type=int, nargs="+", default=[2, 4, 7])
    s = evaluation("evaluate-eagle3", stages.evaluate_eagle3, help="acceptance and T/NFE of an EAGLE-3 head's drafts, on the held-out prompts")
    s.add_argument("--target", required=True)
    s.add_argument("--gamma", type=int, nargs="+", default=[3, 5, 7])
    s.add_argument("--tree", type=int, nargs="*", default=[7, 24, 60], help="drafts of a tree, greedily")
    s.add_argument("--vocabulary", type=int, nargs="+", default=[0, 16384], help="drafts are among so many first tokens; 0: all")
    s.add_argument("--loop", type=int, default=3, help="answers that the real loop decodes too")
    s = evaluation("evaluate-diffusion", stages.evaluate_diffusion, help="quality of diffusion's answers against tokens a pass, beside AR and TiDAR")
    s.add_argument("--base", required=True, help="measures perplexity, and answers by itself")
    s.add_argument("--tidar", required=True, help="NAME.q8: answers too; what an adapter rests on")
    s.add_argument("--per-pass", type=int, nargs="+", default=[1, 2, 4, 8, 16], help="tokens a pass")
    s.add_argument("--block", type=int, default=32, help="of LLaDA's order")
    s.add_argument("--short", type=int, default=48, help="tokens of a canvas for a question that is right or wrong")
    s.add_argument("--batch", type=int, default=34, help="prompts at a time")
    s = stage(names, "record", stages.record, help="put evaluations where they are read")
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
