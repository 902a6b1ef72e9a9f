"""No answer key: what stands in a field that no arm may see, or in a later commit, is nowhere that an agent gets to.

The detector is tried as well: with the filter off it finds every one of them.
"""

import json
import subprocess
from pathlib import Path

import pytest
from memcoder_eval.dataset import Instance
from memcoder_eval.solving import memory, solve
from memcoder_eval.solving.arms import ARMS

from memcoder import Settings
from tests.memcoder_eval.solving.world import CANARIES, Arms

EVERY = set(CANARIES.values())


def found_in_files(folder: Path) -> set[str]:
    """Canaries in any file: logs, recalls, stores, their indexes and words."""
    texts = [path.read_bytes().lower() for path in folder.rglob("*") if path.is_file()]
    return {canary for canary in EVERY for text in texts if canary.encode() in text}


def found_in_objects(clones: Path) -> set[str]:
    """Canaries in any object of any repository in a folder, reachable or not."""
    found = set()
    for clone in (path for path in clones.iterdir() if (path / ".git").is_dir()):
        command = ["git", "-C", str(clone), "cat-file", "--batch-all-objects", "--batch"]
        said = subprocess.run(command, capture_output=True, check=True).stdout
        found |= {canary for canary in EVERY if canary.encode() in said}
    return found


def found_in_prompts(arms: Arms) -> set[str]:
    """Canaries in what the model was asked, and so in what it could find in its sandbox."""
    said = json.dumps(arms.model.prompts).lower()
    return {canary for canary in EVERY if canary in said}


def solve_all(arms: Arms, sandbox: str) -> None:
    arms.settings = arms.settings.model_copy(update={"sandbox": sandbox})
    arms.prepare()
    for arm in ARMS if sandbox == "local" else ("structured",):
        row = arms.solve(arm)
        assert row["state"] == "ended", row
        assert "{currency} {amount:.2f}" in row["patch"], "the agent was at work in its sandbox"


@pytest.mark.parametrize("sandbox", ["local", pytest.param("docker", marks=pytest.mark.docker)])
def test_no_arm_sees_the_answer(arms: Arms, sandbox: str) -> None:
    solve_all(arms, sandbox)
    assert found_in_prompts(arms) == set()
    assert found_in_files(arms.out) == set()
    assert found_in_objects(arms.out / "clones") == set()


def test_with_the_filter_off_the_detector_finds_every_canary(arms: Arms, monkeypatch: pytest.MonkeyPatch) -> None:
    def everything(instance: Instance) -> str:
        return json.dumps(dict(instance.row))

    for module in (memory, solve):
        monkeypatch.setattr(module, "issue_of", everything)
    head = arms.source.head()
    arms.instance = type(arms.instance)(
        type(arms.instance.question)(arms.instance.id, "example/shop", head, "nothing"), "", row=arms.instance.row
    )
    arms.settings = Settings.model_validate({**arms.settings.model_dump(), "recall_k": 5, "max_steps": 3})
    arms.prepare(["raw"])
    arms.solve("raw")
    assert found_in_prompts(arms) == EVERY
    assert found_in_files(arms.out) == EVERY
    assert found_in_objects(arms.out / "clones") == {CANARIES["patch"], CANARIES["message"], CANARIES["file"]}
