import json

import pytest

from tidar_train.record import diffusion_table, eagle_table, merge, replace_table, run, table

RATES = {"all": 2.5, "without_loops": 2.25, "standard_error": 0.125, "by_kind": {"code": 3.0}, "tokens_a_pass_histogram": [1.0]}
EVALUATION = {
    "version": 1, "checkpoint": "a.q8", "sha256": "11", "prompts": 136, "limit": 160, "loops": {"4-bit": 0.25},
    "drafts": {"4-bit": {"temperature 0": {"k8": RATES, "tree7": {**RATES, "slots": 72}}}}, "real_loop": [],
    "close": {"4-bit": {"some text": {"loss": 1.5, "base_loss": 1.25, "difference": 0.25, "agreement": 0.9, "tokens": 10}}}, "samples": [1],
}  # fmt: skip


def test_table_has_the_figures():
    lines = table(merge([EVALUATION])).split("\n")
    assert lines[0] == "| prompts | weights | decoding | all | without loops | ± | code |"
    assert lines[2] == "| 136 | 4-bit | temperature 0, k = 8 | 2.50 | 2.25 | 0.12 | 3.00 |"
    assert "tree of 7 below draft 1, 72 slots" in lines[3]
    assert "Loops (136 prompts): 4-bit 25.0%." in lines[5] and "+0.250 nats" in lines[6]


def test_table_of_a_head():
    found = {"gamma 3": RATES | {"acceptance": [0.5, 0.25, None]}}
    evaluation = {"version": 1, "checkpoint": "h.q8", "sha256": "33", "target_sha256": "4444444444", "prompts": 136, "limit": 160, "loops": 0.2,
                  "taps": [2, 15, 27], "drafts": {"4-bit": {"temperature 0": found}}, "real_loop": [],
                  "cost": {"own_bytes": 2.9e6, "target_bytes": 9e7, "vocabulary": {"16384": {"head_bytes": 1.3e7, "ratio": 0.144}}}}  # fmt: skip
    lines = eagle_table(merge([evaluation])).split("\n")
    assert lines[2] == "| 44444444 | 136 | 4-bit | temperature 0, gamma 3 | 2.50 | 2.25 | 0.12 | 50%, 25%,  |"
    assert "layers 2, 15, 27" in lines[4] and "2.90 MB" in lines[4]
    assert "16384 tokens" in lines[5] and "13.0 MB" in lines[5] and "ratio 0.14" in lines[5]


def test_table_of_diffusion():
    quality = {"tokens": 90, "tokens_a_pass": 4.0, "loss": 1.0, "perplexity": 2.718, "distinct_4grams": 0.875, "loops": 0.25, "right": {"all": 0.5, "facts": 0.5}}
    evaluation = {"version": 1, "checkpoint": "d.q8", "sha256": "55", "adapter": True, "shift": True, "own_bytes": 8.6e6, "prompts": 136, "questions": 100,
                  "limit": 160, "short": 48, "block": 32, "quality": {"ar": quality, "tidar": quality, "dream 4": quality}}  # fmt: skip
    lines = diffusion_table(merge([evaluation])).split("\n")
    assert lines[2].startswith("| base | 136 | AR |") and lines[3].startswith("| TiDAR | 136 | TiDAR, k = 8 |")
    assert lines[4] == "| adapter, shift | 136 | Dream, 4 a pass | 4.00 | 2.72 | 87.5% | 25.0% | 50.0% |  | 50.0% |"
    assert "8.6 MB" in lines[6]


def test_other_checkpoints_are_refused(tmp_path):
    with pytest.raises(ValueError, match="different checkpoints"):
        merge([EVALUATION, EVALUATION | {"sha256": "22"}])
    (tmp_path / "e.json").write_text(json.dumps(EVALUATION))
    (tmp_path / "RESULTS.md").write_text("before\n<!-- table v9 -->\nold\n<!-- /table v9 -->\nafter\n")
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"checkpoint": {"sha256": "22"}, "graphs": [], "evaluation": None}))
    with pytest.raises(ValueError, match="another checkpoint"):
        run([str(tmp_path / "e.json")], "v9", tmp_path, str(manifest))
    manifest.write_text(json.dumps({"checkpoint": {"sha256": "11"}, "graphs": [], "evaluation": None}))
    run([str(tmp_path / "e.json")], "v9", tmp_path, str(manifest))
    evaluation = json.loads(manifest.read_text())["evaluation"]
    assert evaluation["checkpoint"] == "tidar-smollm2-135m-v9.q8"
    assert evaluation["runs"][0]["loops"] == {"4-bit": 0.25} and "samples" not in evaluation["runs"][0]
    text = (tmp_path / "RESULTS.md").read_text()
    assert "old" not in text and text.startswith("before\n") and text.endswith("after\n") and "2.25" in text
    with pytest.raises(ValueError, match="no place"):
        replace_table(text, "v8", "")
