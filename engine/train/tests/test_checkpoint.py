import json

import pytest
import torch

from tidar_train.checkpoint import read_checkpoint, write_checkpoint


@pytest.fixture
def tensors():
    random = torch.Generator().manual_seed(1)
    return {"nf": torch.rand(64, generator=random).half().float(), "emb.weight": torch.randn(10, 64, generator=random)}


def test_reads_what_was_written_within_half_a_level(tmp_path, tensors):
    write_checkpoint(tmp_path / "a.q8", tensors)
    read = read_checkpoint(tmp_path / "a.q8")
    assert list(read) == ["nf", "emb.weight"]
    assert torch.equal(read["nf"], tensors["nf"])
    blocks = tensors["emb.weight"].view(10, 2, 32)
    level = blocks.abs().amax(-1, keepdim=True) / 127
    assert ((read["emb.weight"].view(10, 2, 32) - blocks).abs() <= level * 0.56).all()


def test_writing_what_was_read_gives_the_same_bytes(tmp_path, tensors):
    write_checkpoint(tmp_path / "a.q8", tensors)
    write_checkpoint(tmp_path / "b.q8", read_checkpoint(tmp_path / "a.q8"))
    assert (tmp_path / "a.q8").read_bytes() == (tmp_path / "b.q8").read_bytes()
    assert (tmp_path / "a.q8.json").read_bytes() == (tmp_path / "b.q8.json").read_bytes()


def test_pieces_read_as_one_file(tmp_path, tensors):
    write_checkpoint(tmp_path / "a.q8", tensors)
    written = write_checkpoint(tmp_path / "b.q8", tensors, piece_bytes=100)
    assert len(written) == 1 + -(-(tmp_path / "a.q8").stat().st_size // 100)
    assert max(p.stat().st_size for p in written[1:]) <= 100
    for name, tensor in read_checkpoint(tmp_path / "a.q8").items():
        assert torch.equal(read_checkpoint(tmp_path / "b.q8")[name], tensor)
    written[2].unlink()
    with pytest.raises(ValueError, match="pieces are missing"):
        read_checkpoint(tmp_path / "b.q8")


def test_layout_is_int8_then_float16_scales(tmp_path):
    write_checkpoint(tmp_path / "a.q8", {"w": torch.arange(-31, 33).float().view(2, 32)})
    data = (tmp_path / "a.q8").read_bytes()
    assert json.loads((tmp_path / "a.q8.json").read_text()) == {"w": {"kind": "q8", "shape": [2, 32], "off": 0}}
    assert len(data) == 64 + 2 * 2
    assert data[0] == 256 - 127 and data[63] == 127
    assert torch.frombuffer(bytearray(data[64:]), dtype=torch.float16).tolist() == [
        torch.tensor(31 / 127).half().item(),
        torch.tensor(32 / 127).half().item(),
    ]


def test_broken_files_are_named(tmp_path, tensors):
    with pytest.raises(FileNotFoundError, match="a.q8.json is missing"):
        read_checkpoint(tmp_path / "a.q8")
    write_checkpoint(tmp_path / "a.q8", tensors)
    data = (tmp_path / "a.q8").read_bytes()
    (tmp_path / "a.q8").write_bytes(data[:-1])
    with pytest.raises(ValueError, match="cut short"):
        read_checkpoint(tmp_path / "a.q8")
    (tmp_path / "a.q8").write_bytes(data + b"x")
    with pytest.raises(ValueError, match="1 bytes lie after"):
        read_checkpoint(tmp_path / "a.q8")
