"""What benchmarks say and exit with at their end."""

from typing import Any

import pytest

from memcoder.cli.eval_options import stop_on_faults
from memcoder.errors import FaultError


@pytest.mark.parametrize(
    "report",
    [
        {"arms": [{"errors": 0}, {"errors": 2}]},
        {"arms": [{"name": "none"}], "faults": [{"policy": "none", "error": "the engine is gone"}] * 2},
    ],
)
def test_a_batch_with_faults_in_it_ends_as_one(report: dict[str, Any]) -> None:
    with pytest.raises(FaultError, match="ended 2 of the batch") as caught:
        stop_on_faults(report)
    assert caught.value.exit_code == 5
    assert "repeat the command" in caught.value.hint


def test_a_batch_without_faults_ends_well() -> None:
    stop_on_faults({"arms": [{"errors": 0}, {"name": "gold"}], "faults": []})
