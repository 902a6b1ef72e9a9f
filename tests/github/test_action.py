"""The Action itself: its files are as GitHub's schemas have them, and its last step does all of it, with the token
where the design says and nowhere else."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.github.double import MEMORY_KEY, TOKEN
from tests.github.stage import BRANCH, Stage, labeled

ROOT = Path(__file__).parent.parent.parent
ACTION = ROOT / "action.yml"
WORKFLOWS = [*sorted((ROOT / ".github").glob("*/*.yml"))]
SPY = """\
#!/bin/sh
if env | grep -q {token}; then has=has; else has=without; fi
case "$*" in *{token}*) has=argument ;; esac
echo "$has $*" | tr '\\n' ' ' >> "{log}"
echo >> "{log}"
exec {git} "$@"
"""
"""Stands before git, and notes whether it was given the beginning of the token; the rest of it is not in this file."""
LOOKING_TEST = """\
import os
import subprocess

from shape import area


def test_area():
    seen = repr(dict(os.environ)) + subprocess.run(["env"], capture_output=True, text=True).stdout
    with open({log!r}, "a") as file:
        file.write(seen)
    assert area(2, 3) == 6
"""


def action() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(ACTION.read_text())
    return found


def token_step() -> dict[str, Any]:
    """The one step that is given the token."""
    steps = [step for step in action()["runs"]["steps"] if "github-token" in str(step)]
    assert len(steps) == 1
    return dict(steps[0])


def test_the_files_are_as_published_schemas_have_them() -> None:
    for schema, files in (("vendor.github-actions", [ACTION]), ("vendor.github-workflows", WORKFLOWS)):
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, files)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_action_that_is_used_is_pinned_by_its_commit() -> None:
    for file in (ACTION, *WORKFLOWS):
        for used in re.findall(r"^[ -]*uses: (\S+)", file.read_text(), re.MULTILINE):
            assert re.search(r"@[0-9a-f]{40}$", used) or used == "OWNER/memcoder@v1", f"{file.name}: {used}"


def test_no_text_of_others_is_put_into_a_script() -> None:
    for file in (ACTION, *WORKFLOWS):
        whole = yaml.safe_load(file.read_text())
        steps = [step for job in whole.get("jobs", {}).values() for step in job.get("steps", ())]
        for step in [*steps, *whole.get("runs", {}).get("steps", ())]:
            assert "${{" not in step.get("run", ""), file.name


def test_the_examples_ask_for_no_more_than_they_need() -> None:
    for file in WORKFLOWS:
        whole = yaml.safe_load(file.read_text())
        if file.parent.name != "examples":
            continue
        assert whole["permissions"] == {}
        (job,) = whole["jobs"].values()
        solving = {"contents": "write", "issues": "write", "pull-requests": "write", "actions": "read"}
        assert job["permissions"] == ({"contents": "read"} if "schedule" in whole[True] else solving)
        checkout = job["steps"][0]["with"]
        assert (checkout["fetch-depth"], checkout["persist-credentials"]) == (0, False)


def test_every_input_reaches_an_option_of_the_command() -> None:
    from memcoder.cli.github import run_command
    from memcoder.config import Settings

    known = {str(option.envvar) for option in run_command.params if getattr(option, "envvar", None)}
    known |= {f"MEMCODER_{field.upper()}" for field in Settings.model_fields}
    environment = token_step()["env"]
    assert set(environment) - {"GITHUB_TOKEN", "MEMCODER_MEMORY_KEY"} <= known
    used = set(re.findall(r"inputs\.([a-z-]+)", ACTION.read_text()))
    assert used == set(action()["inputs"])


@pytest.fixture
def runner(stage: Stage, tmp_path: Path) -> dict[str, str]:
    """What a runner gives the step: its environment, and commands on the path, git among them, which is watched."""
    commands = tmp_path / "commands"
    commands.mkdir()
    (commands / "memcoder").write_text(f'#!/bin/sh\nexec {sys.executable} -m memcoder "$@"\n')
    (commands / "git").write_text(SPY.format(git=shutil.which("git"), token=TOKEN[:20], log=tmp_path / "spy"))
    for file in commands.iterdir():
        file.chmod(0o755)
    event = tmp_path / "event.json"
    event.write_text(json.dumps(labeled(stage.hub)))
    given = {
        "PATH": f"{commands}:{os.environ['PATH']}",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'eval'}",
        "HOME": os.environ["HOME"],
        "MEMCODER_HOME": os.environ["MEMCODER_HOME"],
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": f"{stage.hub.url}/api",
        "GITHUB_SERVER_URL": stage.hub.url,
        "GITHUB_REPOSITORY": "octo/shop",
        "GITHUB_EVENT_NAME": "issues",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_RUN_ID": "55",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_WORKSPACE": str(stage.checkout()),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "MEMCODER_SANDBOX": "local",
        "MEMCODER_EMBEDDER": "hashing",
    }
    for name in ("output", "summary"):
        (tmp_path / name).touch()
    return given


def step_environment(stage: Stage, test_command: str) -> dict[str, str]:
    """What the step's own lines add to the runner's environment."""
    inputs = {name: each.get("default", "") for name, each in action()["inputs"].items()}
    inputs |= {"github-token": TOKEN, "memory-key": MEMORY_KEY, "model": stage.flags["model"]}
    inputs["test-command"] = test_command
    given = token_step()["env"].items()
    return {
        name: re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda found: inputs[found[1]], text) for name, text in given
    }


def run_step(stage: Stage, given: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """The step's own line, as the runner starts it."""
    script = stage.folder / "step.sh"
    script.write_text(token_step()["run"])
    words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
    environment = {**given, **step_environment(stage, "python -m pytest -q")}
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)


def test_the_step_goes_from_an_event_to_a_pull_request_and_the_token_stays_where_it_belongs(
    stage: Stage, runner: dict[str, str], tmp_path: Path
) -> None:
    assert token_step()["run"] == "exec memcoder github run"
    log = tmp_path / "seen by the tests"
    stage.commit("Look around", {"test_shape.py": LOOKING_TEST.format(log=str(log))})
    runner["GITHUB_WORKSPACE"] = str(stage.checkout())
    done = run_step(stage, runner)
    assert done.returncode == 0, done.stderr
    found = dict(line.split("=", 1) for line in (tmp_path / "output").read_text().splitlines())
    assert found["verdict"] == "verified", done.stderr
    assert found["pull-request-url"] == stage.hub.pulls[100]["html_url"]
    assert stage.hub.tip(BRANCH)
    assert "actions/runs/55" in stage.hub.pulls[100]["body"]

    children = [line.split(" ", 1) for line in (tmp_path / "spy").read_text().splitlines()]
    assert {has for has, _ in children} == {"has", "without"}, "the control: the one that pushes is noticed"
    assert all(" push " in words for has, words in children if has == "has")
    seen = log.read_text()
    assert "PATH" in seen
    assert TOKEN not in seen
    assert MEMORY_KEY not in seen
    assert TOKEN not in done.stdout + done.stderr
    assert [str(path) for path in files(tmp_path) if TOKEN.encode() in path.read_bytes()] == []


def files(folder: Path) -> Iterator[Path]:
    """Everything that was written: home, run, artifact, checkout, remote, log."""
    return (path for path in folder.rglob("*") if path.is_file())


def test_an_outsider_leaves_the_step_green(stage: Stage, runner: dict[str, str], tmp_path: Path) -> None:
    stage.hub.permissions["maria"] = "read"
    done = run_step(stage, runner)
    assert done.returncode == 0
    assert "verdict=refused" in (tmp_path / "output").read_text()
