"""Archives cut into pieces and put together again; what is missing or broken is named."""

import shutil

import numpy as np
import pytest

from tidar_train.parts import join, split


def test_what_is_split_is_joined(tmp_path):
    (tmp_path / "model").mkdir()
    contents = {"model/a.bin": np.random.default_rng(0).bytes(80_000), "model/b.json": b"{}", "log": b"line\n"}
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    folders = split("all", tmp_path / "out", [tmp_path / "model", tmp_path / "log"], piece=10_000, folder=30_000)
    assert len(folders) > 2
    for folder in folders:
        pieces = [p for p in folder.iterdir() if p.suffix != ".json"]
        assert len(pieces) <= 3 and all(p.stat().st_size <= 10_000 for p in pieces)
    assert join(tmp_path / "out", tmp_path / "to") == ["all"]
    assert {n: (tmp_path / "to" / n).read_bytes() for n in contents} == contents
    # A later, smaller splitting leaves nothing of the first one; a folder copied earlier is told apart.
    shutil.copytree(folders[2], tmp_path / "old")
    assert split("all", tmp_path / "out", [tmp_path / "log"], piece=10_000) == list((tmp_path / "out").iterdir())
    shutil.copytree(tmp_path / "old", tmp_path / "out" / "part-3")
    with pytest.raises(ValueError, match="another splitting"):
        join(tmp_path / "out", tmp_path / "to")
    folders = split("all", tmp_path / "out", [tmp_path / "model", tmp_path / "log"], piece=10_000, folder=30_000)
    (folders[0] / "all.001").write_bytes(b"x")
    (folders[1] / "all.003").unlink()
    with pytest.raises(ValueError, match=r"all\.001 \(broken\), all\.003 \(missing\)"):
        join(tmp_path / "out", tmp_path / "to")
    with pytest.raises(ValueError, match="no archive"):
        join(tmp_path / "model", tmp_path / "to")
