"""The whole line of the Action with the embedded model and a container: from an issue to a draft pull request that is
refined, from its merge to a memory, and from that to the next issue."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.agent.test_resolve import SOURCE, TEST
from tests.github.stage import BRANCH, Stage, commented, dispatched, labeled, merged, reviewed

pytestmark = [pytest.mark.slow, pytest.mark.docker]


@pytest.fixture
def real(stage: Stage) -> Stage:
    """The stage with the embedded model, from MEMCODER_MODEL_PATH where that names its file."""
    stage.flags |= {"model": "embedded", "sandbox": "docker", "max_time": 600.0}
    if path := os.environ.get("MEMCODER_MODEL_PATH"):
        stage.flags["model_path"] = Path(path)
    return stage


def passing(stage: Stage, branch: str) -> bool:
    """Whether the tests of a branch pass, asked without memcoder."""
    tree = stage.folder / "trees" / stage.hub.tip(branch)
    shutil.rmtree(tree, ignore_errors=True)
    stage.work.git("clone", "--quiet", "--branch", branch, str(stage.hub.folder), str(tree))
    return not subprocess.run([sys.executable, "-m", "pytest", "-q"], cwd=tree, check=False).returncode


def test_an_issue_becomes_a_pull_request_and_its_merge_a_memory_of_the_next(real: Stage) -> None:
    assert not passing(real, "main")
    assert real.handle(labeled(real.hub)).verdict == "verified", real.said
    assert real.hub.pulls[100]["draft"]
    assert passing(real, BRANCH)
    assert real.handle(commented(real.hub, "/memcoder retry")).verdict == "verified", real.said
    assert passing(real, BRANCH)
    review = reviewed(real.hub, 100, "Height first, please: height * width.")
    for asking in (review, commented(real.hub, "/memcoder keep it to one line", 100)):
        assert real.handle(asking).verdict == "verified", real.said
        assert passing(real, BRANCH)

    real.work.git("fetch", "--quiet", str(real.hub.folder), BRANCH)
    real.work.git("merge", "--quiet", "--no-ff", "--no-edit", "FETCH_HEAD")
    real.work.git("push", "--quiet", str(real.hub.folder), "HEAD:refs/heads/main")
    pull = real.hub.pulls[100]
    pull["head"]["sha"] = real.hub.tip(BRANCH)
    pull |= {"merged": True, "state": "closed", "merge_commit_sha": real.hub.tip("main")}
    pull |= {"merged_at": "2026-01-03T12:00:00Z", "merged_by": {"login": "ada"}}
    assert real.handle(merged(real.hub, 100)).verdict == "remembered"

    test = TEST.replace("area", "volume").replace("shape", "solid")
    real.commit("Add volumes", {"solid.py": SOURCE.replace("area", "volume"), "test_solid.py": test})
    real.hub.open_issue(8, "The volume of a shape is wrong too", "volume(2, 3) gives 5; it was so with the area.")
    real.flags["store"] = real.folder / "another machine"
    assert real.handle(dispatched(8), "workflow_dispatch").verdict == "verified", real.said
    assert passing(real, "memcoder/issue-8")
    assert "- fix [`" in real.hub.pulls[101]["body"], "the accepted fix was recalled"
