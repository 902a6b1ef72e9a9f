"""The Action's own `run` lines in a container that has Python, git and the engine, up to the draft pull request.

Offline: pip finds what memcoder stands on in this environment's packages, and installs memcoder itself from the source
that the Action would bring along.
"""

import json
import os
import shutil
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.github.double import MEMORY_KEY, TOKEN
from tests.github.stage import BRANCH, Stage, labeled
from tests.github.test_action import ROOT, action, step_environment

SOCKET = "/var/run/docker.sock"
TEST = """\
import unittest

from shape import area


class TestArea(unittest.TestCase):
    def test_area(self):
        self.assertEqual(area(2, 3), 6)
"""
OFFLINE = {
    "PIP_NO_INDEX": "1",
    "PIP_NO_DEPS": "1",
    "PIP_NO_BUILD_ISOLATION": "0",  # which means that builds are not isolated
    "PIP_IGNORE_INSTALLED": "1",
    "PIP_BREAK_SYSTEM_PACKAGES": "1",
}
"""Settings of pip."""


def lines() -> list[str]:
    """The steps' own lines, in order."""
    return [step["run"] for step in action()["runs"]["steps"] if "run" in step]


def image_of_this_python() -> str:
    """A local base image with the Python that runs this test; empty where there is none."""
    import docker

    client = docker.from_env()
    try:
        tags = [tag for image in client.images.list("memcoder-base") for tag in image.tags]
        wanted = f"Python {sys.version_info.major}.{sys.version_info.minor}."
        for tag in sorted(tags):
            if wanted in client.containers.run(tag, ["python3", "--version"], remove=True).decode():
                return str(tag)
    finally:
        client.close()
    return ""


@pytest.mark.docker
@pytest.mark.skipif(not Path(SOCKET).exists(), reason="needs an engine on this very machine")
def test_the_lines_go_from_an_event_to_a_pull_request(stage: Stage, tmp_path: Path) -> None:
    import docker

    image = image_of_this_python()
    if not image:
        pytest.skip("needs an engine on this very machine with a base image of this Python")
    stage.commit("Test without pytest", {"test_shape.py": TEST})
    source = tmp_path / "action"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__"))
    for at, line in enumerate(lines()):
        (tmp_path / f"step-{at}.sh").write_text(line)
    (tmp_path / "event.json").write_text(json.dumps(labeled(stage.hub)))
    for name in ("output", "summary"):
        (tmp_path / name).touch()
    environment = {
        **OFFLINE,
        **step_environment(stage, "python3 -m unittest -v"),
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "HOME": str(tmp_path / "home"),
        "MEMCODER_HOME": str(tmp_path / "home" / "memcoder"),
        "GITHUB_ACTION_PATH": str(source),
        "EXTRAS": "",
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": f"{stage.hub.url}/api",
        "GITHUB_SERVER_URL": stage.hub.url,
        "GITHUB_EVENT_NAME": "issues",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_WORKSPACE": str(stage.checkout()),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "MEMCODER_EMBEDDER": "hashing",
    }
    folders = {SOCKET: "rw", str(tmp_path): "rw", sysconfig.get_path("purelib"): "ro"}
    steps = " && ".join(f"bash --noprofile --norc -eo pipefail step-{at}.sh" for at in range(len(lines())))
    owner = f"{os.getuid()}:{os.getgid()}"
    client = docker.from_env()
    try:
        container = client.containers.run(
            image,
            ["sh", "-c", f"{steps}; done=$?; chown -R {owner} {tmp_path}; exit $done"],
            environment=environment,
            volumes={folder: {"bind": folder, "mode": mode} for folder, mode in folders.items()},
            working_dir=str(tmp_path),
            network_mode="host",
            detach=True,
        )
        code = container.wait()["StatusCode"]
        log = container.logs().decode(errors="replace")
        container.remove(force=True)
    finally:
        client.close()
    assert code == 0, log
    assert "verdict=verified" in (tmp_path / "output").read_text(), log
    assert "width * height" in stage.hub.git("show", f"{BRANCH}:shape.py")
    assert stage.hub.pulls[100]["draft"] is True
    assert TOKEN not in log
    assert MEMORY_KEY not in log
