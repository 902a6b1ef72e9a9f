"""Several candidates in one run: scripted ones in turn, ones of a model that answers several at once from threads."""

import json
import threading
from pathlib import Path

import pytest

from memcoder.agent.resolve import resolve
from memcoder.config import Settings
from memcoder.errors import FaultError, LimitError
from memcoder.models.base import PLAIN, Message, Reply, Sampling
from memcoder.models.scripted import ScriptedModel
from memcoder.records import Run, Task, Usage
from memcoder.runs.log import RunLog
from memcoder.runs.store import RunStore
from tests.agent.test_resolve import NONSENSE, RIGHT, SOURCE, TEST, WRONG, settings, solve
from tests.helpers import GitRepo

LONGER = RIGHT.replace("    return width * height\n", "    result = width * height\n    return result\n")


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = GitRepo(tmp_path / "repo")
    made.commit("Add the area of shapes", {"shape.py": SOURCE, "test_shape.py": TEST})
    return made


def events(run: Run) -> list[dict[str, object]]:
    return list(RunLog(RunStore.open().path(run.id)).events())


def tried(tmp_path: Path, *replies: str, max_attempts: int | None = 1, **more: object) -> Settings:
    chosen = settings(tmp_path, *replies)
    return Settings.model_validate(
        chosen.model_dump() | {"max_attempts": max_attempts, "command_timeout": 300.0} | more
    )


def test_the_verified_one_is_chosen_and_all_are_kept(repo: GitRepo, tmp_path: Path) -> None:
    run = solve(repo, tried(tmp_path, WRONG, LONGER, RIGHT, attempts=3))
    assert run.verdict is not None
    assert run.verdict.status == "verified"
    assert run.verdict.chosen == "candidate 3 of 3: 3 lines changed, others 4 at least"
    assert run.patch is not None
    assert "+    return width * height" in run.patch.diff
    assert [(one.candidate, one.number, one.passed) for one in run.attempts] == [
        (1, 1, False),
        (2, 1, True),
        (3, 1, True),
    ]
    assert run.usage.calls == 3


def test_each_has_a_seed_of_its_own_and_one_alone_is_as_before(repo: GitRepo, tmp_path: Path) -> None:
    run = solve(repo, tried(tmp_path, RIGHT, RIGHT, attempts=2, seed=7))
    assert run.verdict is not None
    assert run.verdict.chosen == "candidate 1 of 2: as good as 2, and earlier"
    keys = [event["key"] for event in events(run) if event["event"] == "call"]
    assert len(set(keys)) == 2
    alone = solve(repo, tried(tmp_path, RIGHT))
    assert alone.verdict is not None
    assert alone.verdict.chosen == ""
    assert [one.candidate for one in alone.attempts] == [0]


def test_a_run_that_was_cut_off_pays_nothing_twice(repo: GitRepo, tmp_path: Path) -> None:
    with pytest.raises(FaultError, match="no more replies"):
        solve(repo, tried(tmp_path, WRONG, RIGHT, attempts=3))
    again = solve(repo, tried(tmp_path, LONGER, attempts=3))
    assert again.verdict is not None
    assert again.verdict.chosen == "candidate 2 of 3: 3 lines changed, others 4 at least"
    kinds = [event["event"] for event in events(again)]
    assert (kinds.count("call"), kinds.count("candidate"), kinds.count("started")) == (3, 3, 1)
    assert [one.candidate for one in again.attempts] == [1, 2, 3]


def test_one_that_fails_leaves_the_next_its_share_of_the_limits(repo: GitRepo, tmp_path: Path) -> None:
    chosen = tried(tmp_path, NONSENSE, WRONG, RIGHT, max_attempts=None, max_steps=4, attempts=2)
    run = solve(repo, chosen)
    assert run.verdict is not None
    assert (run.state, run.verdict.status) == ("done", "verified")
    assert run.verdict.chosen == "candidate 2 of 2, 1 ended by a limit"


def test_where_limits_end_all_of_them_the_run_is_stopped(repo: GitRepo, tmp_path: Path) -> None:
    run = solve(repo, tried(tmp_path, *[NONSENSE] * 9, max_attempts=None, max_steps=4, attempts=2))
    assert (run.state, run.verdict) == ("stopped", None)
    assert "limit of" in run.error


class Several(ScriptedModel):
    """Answers by the seed, once every candidate has asked: it would never answer them one after the other."""

    def __init__(self, script: Path, answers: dict[int, str], asked: threading.Barrier) -> None:
        super().__init__(script)
        self.name = "test/several"
        self._answers, self._asked = answers, asked

    def sample(self, messages: list[Message], n: int, how: Sampling = PLAIN) -> list[Reply]:
        self._asked.wait(timeout=120)
        answer = self._answers[how.seed or 0]
        if answer == "limit":
            raise LimitError("the limit of the test was reached", "")
        return [Reply(text=answer, usage=Usage(calls=1, tokens_out=5))]


def at_once(repo: GitRepo, tmp_path: Path, answers: dict[int, str]) -> Run:
    script = tmp_path / "empty.jsonl"
    script.write_text(json.dumps("unused") + "\n")
    task = Task(
        repository=str(repo.path), base_commit="HEAD", issue="The area of a shape is wrong: area(2, 3) should be 6.",
        test_command="python -m pytest -q",
    )  # fmt: skip
    chosen = tried(tmp_path, attempts=2).model_copy(update={"model": "test/several", "strategy": "staged"})
    said: list[str] = []
    run = resolve(task, chosen, model=Several(script, answers, threading.Barrier(2)), report=said.append)
    assert "2 candidates, 2 at once" in said
    return run


def test_a_model_that_serves_several_is_asked_by_all_at_once(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    run = at_once(repo, tmp_path, {0: WRONG, 1: RIGHT})
    assert run.verdict is not None
    assert run.verdict.status == "verified"
    assert run.verdict.chosen.startswith("candidate 2 of 2: ")
    assert (run.usage.calls, run.usage.tokens_out) == (2, 10)
    assert sorted(one.candidate for one in run.attempts) == [1, 2]
    stopped = at_once(repo, tmp_path, {0: "limit", 1: RIGHT})
    assert stopped.verdict is not None
    assert stopped.verdict.chosen == "candidate 2 of 2, 1 ended by a limit"
