"""A model that calls tools badly is told so in words, and a fault between two calls leaves a run that goes on.

The model is litellm talking to a real server, as in test_model_faults.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from memcoder.agent.resolve import resolve
from memcoder.config import Settings
from memcoder.errors import FaultError
from memcoder.models import patience
from memcoder.records import Run, Task
from memcoder.runs.store import RunStore
from tests.agent.test_model_faults import CHECK
from tests.agent.test_resolve import SOURCE
from tests.helpers import GitRepo
from tests.provider import Cut, Provider, Refusal, Said, serve

FIX = Said("", calls=(("bash", json.dumps({"command": "sed -i 's/width + height/width * height/' shape.py"})),))
DONE = Said("", calls=(("submit", '{"summary": "A sign."}'),))


def solve(folder: Path, provider: Provider) -> Run:
    settings = Settings(
        model="openai/gpt-4o", model_url=provider.address, sandbox="local", embedder="hashing", strategy="tools"
    )
    task = Task(repository=str(folder), base_commit="HEAD", issue="area(2, 3) should be 6", test_command=CHECK)
    return resolve(task, settings)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(patience, "FIRST_WAIT", 0.01)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-of-the-test")
    made = GitRepo(tmp_path / "repo")
    made.commit("Add the area of shapes", {"shape.py": SOURCE})
    return made.path


def verified(run: Run) -> bool:
    return run.verdict is not None and run.verdict.status == "verified"


def test_a_tool_that_does_not_exist_and_arguments_that_are_no_json_come_back_in_words(folder: Path) -> None:
    with serve() as provider:
        fly = Said("", calls=(("fly", "{}"),))
        broken = Said("", calls=(("bash", '{"command": '),))
        strange = Said("", calls=(("bash", '{"colour": "red"}'),))
        provider.answers = [fly, broken, strange, FIX, DONE]
        assert verified(solve(folder, provider))
        told = [asked["messages"][-1]["content"] for asked in provider.asked[1:4]]
    assert ["fly" in told[0], "JSON" in told[1], "colour" in told[2]] == [True] * 3


@pytest.mark.parametrize("fault", [Refusal(500, "oops"), Cut(30)], ids=str)
def test_a_fault_between_two_calls_leaves_a_run_that_goes_on(folder: Path, fault: Any) -> None:
    with serve() as provider:
        provider.answers = [FIX, *[fault] * 20]
        with pytest.raises(FaultError):
            solve(folder, provider)
        (left,) = RunStore.open().all()
        provider.answers, asked = [DONE], len(provider.asked)
        run = solve(folder, provider)
        assert (run.id, verified(run)) == (left.id, True)
        assert len(provider.asked) == asked + 1, "the first call is not paid for again"
