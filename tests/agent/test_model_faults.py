"""A run whose model misbehaves ends with a clear message, and the same command goes on where it was.

The model is litellm talking to a real server. In each test the control is the sitting after, where the server behaves.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from memcoder.agent.budget import SharedBudget
from memcoder.agent.resolve import resolve
from memcoder.config import Settings
from memcoder.errors import BudgetError, FaultError, MemcoderError
from memcoder.models import patience
from memcoder.records import Run, Task
from memcoder.runs.store import RunStore
from tests.agent.test_resolve import RIGHT, SOURCE, WRONG
from tests.helpers import GitRepo
from tests.provider import Cut, Provider, Raw, Refusal, Said, serve

CHECK = "python -c 'from shape import area; assert area(2, 3) == 6 and area(2, 2) == 4'"
"""Quicker than a test runner, of which this is not about."""


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setattr(patience, "FIRST_WAIT", 0.01)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-of-the-test")
    with serve() as found:
        yield found


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = GitRepo(tmp_path / "repo")
    made.commit("Add the area of shapes", {"shape.py": SOURCE})
    return made


def solve(repo: GitRepo, provider: Provider, **more: Any) -> Run:
    settings = Settings(
        model="openai/some-model",
        model_url=provider.address,
        sandbox="local",
        embedder="hashing",
        command_timeout=300.0,
    )
    issue = "The area of a shape is wrong: area(2, 3) should be 6."
    task = Task(repository=str(repo.path), base_commit="HEAD", issue=issue, test_command=CHECK)
    return resolve(task, settings, **more)


FAULTS = [
    Refusal(429, "slow down", {"Retry-After": "0"}),
    Refusal(500, "oops"),
    Refusal(401, "Incorrect API key provided: sk-secret-of-the-test"),
    Refusal(402, "Insufficient Balance"),
    Cut(0),
    Cut(30),
    Said(""),
    Raw("{not json"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_is_named_and_the_run_goes_on_afterwards(repo: GitRepo, provider: Provider, fault: Any) -> None:
    provider.answers = [Said(WRONG), *[fault] * 20]
    said: list[str] = []
    with pytest.raises(MemcoderError) as caught:
        solve(repo, provider, report=said.append)
    assert caught.value.exit_code == (2 if getattr(fault, "code", 0) in (401, 402) else 5)
    assert "some-model" in caught.value.message
    assert caught.value.hint
    assert "sk-secret" not in caught.value.message + "".join(said)
    (left,) = RunStore.open().all()
    assert (left.state, left.error) == ("faulted", caught.value.message)
    assert "sk-secret" not in (RunStore.open().path(left.id) / "trajectory.jsonl").read_text()

    provider.answers, asked = [Said(RIGHT)], len(provider.asked)
    run = solve(repo, provider)
    assert run.id == left.id
    assert run.verdict is not None
    assert run.verdict.status == "verified"
    assert len(provider.asked) == asked + 1, "the first answer is not paid for again"


def test_a_cut_stream_is_a_fault_too(repo: GitRepo, provider: Provider) -> None:
    provider.answers = [Cut(4)] * 20
    with pytest.raises(FaultError):
        solve(repo, provider, listen=lambda text: None)
    provider.answers = [Said(RIGHT)]
    heard: list[str] = []
    run = solve(repo, provider, listen=heard.append)
    assert run.verdict is not None
    assert run.verdict.status == "verified"
    assert "".join(heard) == f"{RIGHT}\n"


def test_an_unknown_price_is_said_and_the_tokens_are_counted(repo: GitRepo, provider: Provider) -> None:
    said: list[str] = []
    provider.then = Said(RIGHT, usage={"prompt_tokens_details": {"cached_tokens": 5}})
    run = solve(repo, provider, report=said.append)
    assert any("price" in line and "not known" in line for line in said)
    assert (run.usage.tokens, run.usage.tokens_cached, run.usage.cost_known) == (10, 5, False)


def test_runs_that_share_a_budget_stop_together_and_go_on_with_more(
    repo: GitRepo, provider: Provider, tmp_path: Path
) -> None:
    file = tmp_path / "spent.json"
    provider.answers = [Said(WRONG)]
    with pytest.raises(BudgetError, match="10 tokens"):
        solve(repo, provider, budget=SharedBudget(file, max_tokens=10))
    assert [run.state for run in RunStore.open().all()] == ["faulted"]
    with pytest.raises(BudgetError):
        solve(repo, provider, budget=SharedBudget(file, max_tokens=10), new=True)
    assert len(provider.asked) == 1, "the other run's first call was refused"
    provider.then = Said(RIGHT)
    run = solve(repo, provider, budget=SharedBudget(file, max_tokens=100))
    assert run.verdict is not None
    assert run.verdict.status == "verified"
    assert SharedBudget(file).spent.tokens == 10 * len(provider.asked)
