"""`memcoder github run`: exit codes here and in the Action, what a dry run says, what the runner gets."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from memcoder.cli.github import command
from memcoder.errors import MissingError
from memcoder.github.job import Outcome
from tests.agent.test_resolve import NONSENSE
from tests.github.double import TOKEN
from tests.github.stage import BRANCH, Stage, commented, labeled

ACTION = {"GITHUB_ACTIONS": "true"}


def run(stage: Stage, event: dict[str, Any], *arguments: str, **environment: str) -> Result:
    """The command, as a runner starts it."""
    path = stage.folder / "event.json"
    path.write_text(json.dumps(event))
    for name in ("output", "summary"):
        (stage.folder / name).touch()
    given = {
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_EVENT_PATH": str(path),
        "GITHUB_API_URL": f"{stage.hub.url}/api",
        "GITHUB_SERVER_URL": stage.hub.url,
        "GITHUB_WORKSPACE": str(stage.checkout()),
        "GITHUB_OUTPUT": str(stage.folder / "output"),
        "GITHUB_STEP_SUMMARY": str(stage.folder / "summary"),
        "RUNNER_TEMP": str(stage.folder),
        "MEMCODER_MODEL": stage.flags["model"],
        "MEMCODER_EMBEDDER": "hashing",
        "MEMCODER_TEST_COMMAND": "python -m pytest -q",
        **environment,
    }
    words = ["run", "--sandbox", "local", *arguments]
    return CliRunner().invoke(command, words, env=given, standalone_mode=False)


def outputs(stage: Stage) -> dict[str, str]:
    lines = (stage.folder / "output").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_a_dry_run_says_what_would_be_done_and_does_nothing(stage: Stage) -> None:
    done = run(stage, commented(stage.hub, "/memcoder solve it is the sign"), "--dry-run", "--json")
    document = json.loads(done.stdout)
    assert done.return_value == 0
    assert document == {
        "command": "github run",
        "dry_run": True,
        "kind": "solve",
        "repository": "octo/shop",
        "number": 7,
        "actor": "maria",
        "permission": "write",
        "verdict": "planned",
        "base": "main",
        "branch": BRANCH,
        "pull_request": "",
        "guidance": "it is the sign",
        "would": ["solve", "push", "open a draft pull request", "comment"],
    }
    assert {method for method, _, _ in stage.hub.requests} == {"GET"}
    assert any(path.endswith("/collaborators/maria/permission") for _, path, _ in stage.hub.requests)


def test_a_refusal_exits_2_with_its_reason_and_is_green_in_the_action(stage: Stage) -> None:
    event = commented(stage.hub, "/memcoder solve", login="rob")
    for arguments in ([], ["--dry-run", "--json"]):
        done = run(stage, event, *arguments)
        assert done.return_value == 2
        assert "rob has the permission `read`" in done.stderr
    done = run(stage, event, **ACTION)
    assert done.return_value == 0
    assert outputs(stage) == {"verdict": "refused", "pull-request-url": "", "run-path": "", "cost": ""}
    assert "rob has the permission" in (stage.folder / "summary").read_text()
    assert stage.hub.said(7) == [], "an outsider gets no answer"


def test_what_is_not_verified_exits_1_and_is_green_in_the_action_unless_it_is_to_fail(
    stage: Stage,
) -> None:
    stage.script(*[NONSENSE] * 4)
    limits = {"MEMCODER_MAX_ATTEMPTS": "1"}
    event = labeled(stage.hub)
    done = run(stage, event, "--json", **limits)
    assert done.return_value == 1
    assert json.loads(done.stdout)["verdict"] == "unverified"
    stage.script(*[NONSENSE] * 4)
    assert run(stage, event, **limits, **ACTION).return_value == 0
    assert outputs(stage)["verdict"] == "unverified"
    stage.script(*[NONSENSE] * 4)
    failing = {"MEMCODER_GITHUB_FAIL_ON_UNVERIFIED": "true"}
    assert run(stage, event, **limits, **ACTION, **failing).return_value == 1


def test_a_fault_is_red_in_the_action_too(stage: Stage) -> None:
    stage.hub.faults.append(("GET", "/collaborators/maria/permission", (401, {"message": "Bad credentials"})))
    done = run(stage, labeled(stage.hub), **ACTION)
    assert done.exception is not None
    assert getattr(done.exception, "exit_code", None) == 5
    assert "Bad credentials" in str(done.exception)
    assert TOKEN not in done.output + str(done.exception)


def test_without_a_token_it_says_so(stage: Stage) -> None:
    done = run(stage, labeled(stage.hub), GITHUB_TOKEN="")
    assert isinstance(done.exception, MissingError)


def test_the_token_is_gone_from_the_environment_and_the_runner_obeys_no_line_of_the_log(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: dict[str, Any] = {}

    def look(job: Any) -> Any:
        seen["token"] = os.environ.get("GITHUB_TOKEN")
        job.say("::set-output name=verdict::verified")
        return Outcome("ignored")

    monkeypatch.setattr("memcoder.github.run.handle", look)
    done = run(stage, labeled(stage.hub), **ACTION)
    assert seen == {"token": None}
    first, *rest = done.stderr.splitlines()
    assert first.startswith("::stop-commands::")
    assert len(first) > 40
    assert "::set-output name=verdict::verified" in rest
    assert first not in rest


def test_an_outcome_is_written_for_the_runner(stage: Stage) -> None:
    done = run(stage, labeled(stage.hub), "--json", **ACTION)
    assert done.return_value == 0, done.stderr
    found = outputs(stage)
    assert found["verdict"] == "verified"
    assert found["pull-request-url"] == stage.hub.pulls[100]["html_url"]
    assert (Path(found["run-path"]) / "page.html").exists()
    assert float(found["cost"]) == 0.0
    assert "## Tests before and after" in (stage.folder / "summary").read_text()
