from pathlib import Path

import pytest
from memcoder_eval.swebench import predictions

from memcoder import UsageError


def test_predictions_are_read_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "out" / "predictions.jsonl"
    patches = {"b-2": "", "a-1": "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-\u2028\n+é\n"}
    predictions.write(file, patches, "model/x")
    assert predictions.read(file) == patches
    harness = pytest.importorskip("swebench.harness.utils")
    official = harness.get_predictions_from_file(str(file), "unused", "test")
    assert [row["instance_id"] for row in official] == ["a-1", "b-2"]
    assert {row["model_name_or_path"] for row in official} == {"model/x"}


def test_what_is_no_prediction_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "predictions.jsonl"
    file.write_text('{"instance_id": "a", "model_patch": null}\n')
    assert predictions.read(file) == {"a": ""}
    file.write_text('{"instance_id": "a"}\n')
    with pytest.raises(UsageError, match="line 1: no prediction"):
        predictions.read(file)
