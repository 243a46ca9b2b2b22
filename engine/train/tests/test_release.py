"""Released weights read back: training goes on from them, and exporting them again changes nothing."""

import json

import pytest
import torch
from test_export import CONFIG, TOKENIZER, exported, tensors  # noqa: F401 (fixtures)
from tiny import CONFIG as TINY
from tiny import write_model

from tidar_train.__main__ import main
from tidar_train.checkpoint import read_checkpoint, write_checkpoint
from tidar_train.corpus import read_corpus
from tidar_train.export import export
from tidar_train.lm import served, stack, unstack
from tidar_train.release import read_release
from tidar_train.stages import read_weights, weights_sha256


def test_export_load_export_gives_the_same_bytes(exported, tmp_path):  # noqa: F811
    out, manifest = exported
    again = export(read_release(out, CONFIG), CONFIG, TOKENIZER, {"title": "tiny"}, tmp_path / "tiny", "0" * 64, part_bytes=50000)
    assert again == manifest
    assert [(tmp_path / "tiny" / p["file"]).read_bytes() for p in manifest["parts"]] == [(out / p["file"]).read_bytes() for p in manifest["parts"]]


def test_what_is_read_is_the_model_as_served(exported, tensors):  # noqa: F811
    out, _ = exported
    read, wanted = read_release(out, CONFIG), unstack(served(stack(tensors, CONFIG)), CONFIG)
    assert read.keys() == wanted.keys()
    for name in wanted:
        assert torch.equal(read[name], wanted[name]), name


def test_a_checkpoint_of_it_exports_the_same_linears(exported, tmp_path):  # noqa: F811
    """A run that stops at once writes 8 bits; what is served of that is what was released."""
    out, _ = exported
    write_checkpoint(tmp_path / "a.q8", read_release(out, CONFIG))
    before, after = (served(stack(t, CONFIG)) for t in (read_release(out, CONFIG), read_checkpoint(tmp_path / "a.q8")))
    for name in ("qkv", "o", "gu", "down", "emb"):
        assert torch.allclose(getattr(before, name), getattr(after, name), rtol=2e-3, atol=1e-6), name


def test_misfits_are_refused(exported, tmp_path):  # noqa: F811
    out, manifest = exported
    with pytest.raises(ValueError, match="but --config asks for"):
        read_release(out, TINY)
    (tmp_path / "manifest.json").write_text(json.dumps({"kind": "eagle3"}))
    with pytest.raises(ValueError, match="kind 'eagle3', which rests on another"):
        read_release(tmp_path, CONFIG)
    short = tmp_path / "short"
    short.mkdir()
    (short / "manifest.json").write_text((out / "manifest.json").read_text())
    for part in manifest["parts"]:
        (short / part["file"]).write_bytes(b"")
    with pytest.raises(ValueError, match="has 0 bytes; the manifest says"):
        read_release(short, CONFIG)


def test_sampling_and_training_go_on_from_a_release(tmp_path):
    base, tokenizer = write_model(tmp_path)
    source = json.loads((tmp_path / "tokenizer-source.json").read_text())
    missing = TINY.vocabulary - len(source["tokens"])
    source["tokens"] += [f"<more {i}>" for i in range(missing)]
    released = tmp_path / "released"
    export(read_checkpoint(base), TINY, source, {}, released, "1" * 64)
    assert len(weights_sha256(str(released))) == 64
    assert torch.equal(read_weights(str(released), TINY).qkv, served(read_weights(base, TINY)).qkv)
    assert main(["corpus", "--config", "tiny", "--base", base, "--tokenizer", tokenizer, "--out", str(tmp_path / "asked.bin"),
                 "--set", "rows=16", "templates=24", "invented_seconds=0", "seconds=0", "answer=12", "question=150"]) == 0  # fmt: skip
    own = ["corpus", "--config", "tiny", "--base", str(released), "--tokenizer", tokenizer, "--own", "--prompts", str(tmp_path / "asked.bin")]
    settings = ["--set", "rows=16", "seconds=0", "answer=24", "question=150", "greedy=1.0", "warm=0.0"]
    for name, options in (("mild", ["--penalty", "0.4"]), ("none", ["--no-penalty"])):
        assert main([*own, *options, "--out", str(tmp_path / f"{name}.bin"), *settings]) == 0
    plan = lambda name: json.loads((tmp_path / f"{name}.bin.log").read_text().splitlines()[0])["plan"]
    assert "strength=0.4" in plan("mild") and "dry=None" in plan("none")
    # A model of random weights loops at once, and looping answers are dropped: the penalty keeps more of them.
    kept = [len(read_corpus(tmp_path / f"{name}.bin").length) for name in ("mild", "none")]
    assert kept[0] >= kept[1]
    assert main([*own, "--penalty", "0", "--out", str(tmp_path / "x.bin")]) == 2
    assert main(["train", "tidar", "--config", "tiny", "--base", base, "--tokenizer", tokenizer, "--from", str(released),
                 "--corpus", str(tmp_path / "asked.bin"), "--out", str(tmp_path / "v.q8"), "--row", "256", "--log-file", str(tmp_path / "train.log"),
                 "--set", "rows=2", "masks=16", "ar=8", "steps=2", "report=1"]) == 0  # fmt: skip
    assert "start_sha256" in json.loads((tmp_path / "train.log").read_text().splitlines()[0])
