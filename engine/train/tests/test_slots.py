import json
from pathlib import Path

import torch

from tidar_train.slots import Slots, clean_slots, decode_slots, with_blocks


def test_training_mask_by_hand():
    # A row of the shared prefix (2), document A (2..4), document B (5..6), then blocks of 2 behind slots 3 and 5.
    first = torch.tensor([[0, 0, 2, 2, 2, 5, 5]])
    shared = torch.tensor([[0, 0, 2, 2, 2, 2, 2]])
    clean = clean_slots(torch.arange(20, 27)[None], first, shared)
    slots = with_blocks(clean, torch.tensor([[3, 5]]), 2)
    assert slots.positions.tolist() == [[0, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4]]
    seen = [set(row.nonzero().flatten().tolist()) for row in slots.dense()[0, 0]]
    assert seen == [
        {0}, {0, 1},
        {0, 1, 2}, {0, 1, 2, 3}, {0, 1, 2, 3, 4},
        {0, 1, 5}, {0, 1, 5, 6},
        {0, 1, 2, 3, 7, 8}, {0, 1, 2, 3, 7, 8},
        {0, 1, 5, 9, 10}, {0, 1, 5, 9, 10},
    ]  # fmt: skip


def test_decoding_mask_by_hand():
    # Two prefix tokens, two drafts, two blocks of 3: block j sees drafts 1..j.
    slots = decode_slots([20, 21], [30, 31], 3)
    assert slots.positions.tolist() == [[0, 1, 2, 3, 3, 4, 5, 4, 5, 6]]
    seen = [set(row.nonzero().flatten().tolist()) for row in slots.dense()[0, 0]]
    assert seen[2:] == [{0, 1, 2}, {0, 1, 2, 3}] + 3 * [{0, 1, 2, 4, 5, 6}] + 3 * [{0, 1, 2, 3, 7, 8, 9}]


def test_prefill_mask():
    slots = decode_slots([20, 21], [], 2)
    seen = [set(row.nonzero().flatten().tolist()) for row in slots.dense()[0, 0]]
    assert seen == [{0}, {0, 1}, {0, 1, 2, 3}, {0, 1, 2, 3}]


def test_masks_of_the_engine():
    """The fixture that engine/mask is held to as well: a prefill and a step."""
    path = Path(__file__).parents[3] / "tests" / "fixtures" / "parity" / "mask-k4.json"
    fixture = json.loads(path.read_text())
    k, n = fixture["k"], fixture["prompt"]
    prefix = list(range(20, 20 + n))
    for name, drafts in (("prefill", []), ("step", [30] * k)):
        slots = decode_slots(prefix, drafts, k)
        cached = fixture[name]["cached"]
        rows = ["".join("#" if seen else "." for seen in row) for row in slots.dense()[0, 0, cached:].tolist()]
        assert rows == fixture[name]["mask"]
        assert slots.positions[0, cached:].tolist() == fixture[name]["positions"]


def test_int32_rows_stay_int32():
    tokens = torch.zeros(1, 12, dtype=torch.int32)
    slots = with_blocks(clean_slots(tokens, tokens, tokens), torch.tensor([[3, 7]]), 4)
    assert {getattr(slots, f).dtype for f in Slots.FIELDS} == {torch.int32}  # a type twice as wide slows FlexAttention's masks
