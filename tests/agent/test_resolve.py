"""The whole line with a scripted model: the harness is the point, not the model."""

import json
from pathlib import Path

import pytest

from memcoder.agent.context import ROOMY
from memcoder.agent.resolve import resolve
from memcoder.config import Settings
from memcoder.errors import FaultError, UsageError
from memcoder.history.repository import Repository
from memcoder.models.adapters.registry import Registry
from memcoder.models.door import open_model
from memcoder.models.scripted import ScriptedModel
from memcoder.records import Run, Task
from memcoder.runs.log import RunLog
from memcoder.runs.store import RunStore
from tests.helpers import GitRepo
from tests.models.adapters.tiny import fake_adapter, manifest

SOURCE = '''\
def area(width, height):
    """Width times height."""
    return width + height
'''
TEST = """\
from shape import area


def test_area():
    assert area(2, 3) == 6


def test_square():
    assert area(2, 2) == 4
"""
RIGHT = "The sign is wrong.\n```python\ndef area(width, height):\n    return width * height\n```\n"
WRONG = RIGHT.replace("*", "-")
NONSENSE = "I am a teapot."


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = GitRepo(tmp_path / "repo")
    made.commit("Add the area of shapes", {"shape.py": SOURCE, "test_shape.py": TEST})
    return made


def settings(tmp_path: Path, *replies: str | dict[str, object], sandbox: str = "local", **more: object) -> Settings:
    script = tmp_path / "script.jsonl"
    script.write_text("".join(json.dumps(reply) + "\n" for reply in replies))
    given = {"model": f"scripted:{script}", "sandbox": sandbox, "embedder": "hashing", "command_timeout": 20.0, **more}
    return Settings.model_validate(given)


def solve(repo: GitRepo, chosen: Settings, new: bool = False) -> Run:
    task = Task(
        repository=str(repo.path),
        base_commit="HEAD",
        issue="The area of a shape is wrong: area(2, 3) should be 6.",
        test_command="python -m pytest -q",
    )
    return resolve(task, chosen, new=new)


@pytest.mark.parametrize("sandbox", ["local", pytest.param("docker", marks=pytest.mark.docker)])
def test_a_right_answer_is_verified_in_a_fresh_sandbox(repo: GitRepo, tmp_path: Path, sandbox: str) -> None:
    before = repo.git("status", "--porcelain")
    run = solve(repo, settings(tmp_path, RIGHT, sandbox=sandbox))
    assert run.state == "done"
    assert run.verdict is not None
    assert run.verdict.status == "verified"
    assert run.verdict.sandbox == sandbox
    assert len(run.verdict.comparison.fixed) == 1
    assert run.patch is not None
    assert "+    return width * height" in run.patch.diff
    assert repo.git("status", "--porcelain") == before, "the working tree stays as it is"


def test_a_wrong_answer_is_refined_with_what_the_tests_say(repo: GitRepo, tmp_path: Path) -> None:
    run = solve(repo, settings(tmp_path, WRONG, RIGHT))
    assert [(attempt.origin, attempt.passed) for attempt in run.attempts] == [("first", False), ("refine", True)]
    assert "assert -1 == 6" in run.attempts[0].diagnosis
    calls = [event for event in RunLog(RunStore.open().path(run.id)).events() if event["event"] == "call"]
    assert "assert -1 == 6" in json.dumps(calls[1]["prompt"])


def calls_of(run: Run) -> list[str]:
    """The prompts of a run's model calls, as JSON."""
    events = RunLog(RunStore.open().path(run.id)).events()
    return [json.dumps(event["prompt"]) for event in events if event["event"] == "call"]


def test_where_the_suite_decides_the_timeline_tells_how_it_was_before(repo: GitRepo, tmp_path: Path) -> None:
    chosen = settings(tmp_path, RIGHT, reproduce=False)
    run = resolve(Task(repository=str(repo.path), base_commit="HEAD", issue="area(2, 3) should be 6"), chosen)
    told = [(each.what, each.outcome) for each in run.timeline]
    assert ("tests at the base commit", "1 of 2 tests fail, exit 1") in told


def test_a_refinement_may_be_told_the_raw_output(repo: GitRepo, tmp_path: Path) -> None:
    told = calls_of(solve(repo, settings(tmp_path, WRONG, RIGHT, refine="raw")))[1]
    assert "short test summary info" in told
    assert "2 of 2 tests fail" not in told
    assert "short test summary info" not in calls_of(solve(repo, settings(tmp_path, WRONG, RIGHT)))[1]


def test_without_refinement_the_next_answer_knows_nothing_of_the_last(repo: GitRepo, tmp_path: Path) -> None:
    run = solve(repo, settings(tmp_path, WRONG, RIGHT, refine="off"))
    assert [attempt.origin for attempt in run.attempts] == ["first", "vary"]
    assert "was tried and did not work" not in calls_of(run)[1]


def test_lines_are_not_filled_in_where_that_is_off(repo: GitRepo, tmp_path: Path) -> None:
    line = {"text": "return width * height", "infill": True}
    run = solve(repo, settings(tmp_path, WRONG, NONSENSE, RIGHT, line, infill=False))
    assert [attempt.origin for attempt in run.attempts] == ["first", "refine", "vary"]


def test_an_answer_that_changes_nothing_is_not_refined_but_varied_before_lines_are_filled_in(
    repo: GitRepo, tmp_path: Path
) -> None:
    same = f"```python\n{SOURCE}```"
    line = {"text": "return width * height", "infill": True}
    run = solve(repo, settings(tmp_path, same, WRONG, same, same, same, line))
    assert [attempt.origin for attempt in run.attempts] == ["first", "vary", "vary", "vary", "vary", "infill"]
    assert "was tried and did not work" not in calls_of(run)[1]
    control = solve(repo, settings(tmp_path, WRONG, NONSENSE, line, seed=1))
    assert [attempt.origin for attempt in control.attempts] == ["first", "refine", "infill"]


@pytest.mark.parametrize("begins", [True, False])
def test_an_answer_that_ends_where_it_was_begun_deletes_no_function(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begins: bool
) -> None:
    """The control writes the same itself: then it is an edit, which the tests refuse."""
    monkeypatch.setattr(ScriptedModel, "context", ROOMY - 1)
    monkeypatch.setattr(ScriptedModel, "can_prefill", begins)
    ended = '```python\ndef area(width, height):\n    """Width times height."""\n'
    run = solve(repo, settings(tmp_path, ended, RIGHT))
    assert [attempt.passed for attempt in run.attempts] == [False, True]
    assert ("ends before" in run.attempts[0].diagnosis, run.attempts[0].after == "") == (begins, begins)


def test_a_checklist_is_told_to_a_refinement_and_named_in_the_verdict(repo: GitRepo, tmp_path: Path) -> None:
    listed = "- `area` in shape.py must multiply\n- see gone.py\n- Nothing else changes"
    run = solve(repo, settings(tmp_path, WRONG, listed, RIGHT, checklist=True))
    assert [item.symbol for item in run.checklist] == ["area", ""]
    assert "Nothing else changes" in calls_of(run)[2]
    assert run.verdict is not None
    assert run.verdict.unverified == (
        "checklist: `area` in shape.py must multiply (the patch changes shape.py)",
        "checklist: Nothing else changes",
    )


def test_no_checklist_is_written_where_the_first_answer_passes(repo: GitRepo, tmp_path: Path) -> None:
    assert solve(repo, settings(tmp_path, RIGHT, checklist=True)).usage.calls == 1


def test_a_line_that_the_model_fills_in_is_an_attempt(repo: GitRepo, tmp_path: Path) -> None:
    run = solve(repo, settings(tmp_path, NONSENSE, NONSENSE, {"text": "return width * height", "infill": True}))
    assert [attempt.origin for attempt in run.attempts] == ["first", "refine", "infill"]
    assert run.verdict is not None
    assert run.verdict.status == "verified"


def test_nonsense_ends_without_a_patch_and_says_why(repo: GitRepo, tmp_path: Path) -> None:
    run = solve(repo, settings(tmp_path, NONSENSE, NONSENSE, NONSENSE, max_attempts=2))
    assert run.verdict is not None
    assert run.verdict.status == "failed"
    assert run.patch is not None
    assert run.patch.empty
    assert "no edit" in run.attempts[0].diagnosis


def test_a_limit_ends_the_run_and_is_named(repo: GitRepo, tmp_path: Path) -> None:
    run = solve(repo, settings(tmp_path, WRONG, RIGHT, max_steps=1))
    assert run.state == "stopped"
    assert "1 model calls" in run.error
    assert len(run.attempts) == 1


def test_a_run_that_was_cut_off_continues_and_pays_nothing_twice(repo: GitRepo, tmp_path: Path) -> None:
    with pytest.raises(FaultError, match="no more replies"):
        solve(repo, settings(tmp_path, WRONG))
    assert [run.state for run in RunStore.open().all()] == ["faulted"]
    run = solve(repo, settings(tmp_path, RIGHT))  # the script's next reply: the first is not asked for again
    assert run.verdict is not None
    assert run.verdict.status == "verified"
    assert len(RunStore.open().all()) == 1
    assert [attempt.number for attempt in run.attempts] == [1, 2]
    assert run.usage.calls == 2


def test_a_new_run_is_started_when_asked_for(repo: GitRepo, tmp_path: Path) -> None:
    with pytest.raises(FaultError):
        solve(repo, settings(tmp_path, WRONG))
    solve(repo, settings(tmp_path, RIGHT), new=True)
    assert len(RunStore.open().all()) == 2


def test_tests_that_never_end_are_ended_and_told_to_the_model(repo: GitRepo, tmp_path: Path) -> None:
    endless = RIGHT.replace("return width * height", "while True: pass")
    run = solve(repo, settings(tmp_path, endless, RIGHT))
    assert "did not end" in run.attempts[0].diagnosis
    assert run.attempts[1].passed


def test_a_test_command_that_changes_the_folder_does_so_for_itself_alone(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit("Move the test", {"test_shape.py": None, "tests/test_shape.py": TEST})
    task = Task(
        repository=str(repo.path),
        base_commit="HEAD",
        issue="area(2, 3) should be 6",
        test_command="cd tests && PYTHONPATH=.. python -m pytest -q  # from there",
    )
    run = resolve(task, settings(tmp_path, WRONG, RIGHT))
    assert run.verdict is not None
    assert run.verdict.status == "verified"
    assert [len(attempt.outcome) for attempt in run.attempts] == [2, 2]


def test_a_model_that_can_read_too_little_is_asked_nothing(repo: GitRepo, tmp_path: Path) -> None:
    chosen = settings(tmp_path, RIGHT)
    with open_model(chosen) as model:
        model.context = 900
        task = Task(
            repository=str(repo.path),
            base_commit="HEAD",
            issue="area(2, 3) is wrong",
            test_command="python -m pytest -q",
        )
        run = resolve(task, chosen, model=model)
    assert run.verdict is not None
    assert (run.verdict.status, run.usage.calls) == ("failed", 0)


def test_a_patch_cannot_win_by_editing_the_tests(repo: GitRepo, tmp_path: Path) -> None:
    old, new = "    assert area(2, 3) == 6", "    assert area(2, 3) == 5"
    cheat = f"test_shape.py\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"
    run = solve(repo, settings(tmp_path, cheat, max_attempts=1))
    assert run.verdict is not None
    assert run.verdict.status == "failed"


def test_the_record_of_an_adapter_has_its_full_id_wherever_the_alias_moves(repo: GitRepo, tmp_path: Path) -> None:
    registry, key = Registry.open(), Repository.open(repo.path).key
    first, second = (
        registry.put(fake_adapter(tmp_path / content, content), manifest(repository=key)).id for content in "ab"
    )
    task = Task(repository=str(repo.path), base_commit="HEAD", issue="The area is wrong.", test_command="pytest -q")
    begun: list[str] = []

    def stop(run: str) -> None:
        begun.append(run)
        raise UsageError("enough is known")

    for name in (first, second):
        registry.promote(name)
        for given in ("adapter:promoted", f"adapter:{key[:12]}", f"adapter:{name[:8]}"):
            with pytest.raises(UsageError, match="enough"):
                resolve(task, settings(tmp_path, model=given), new=True, begun=stop)
            assert RunStore.open().load(begun[-1]).model == f"adapter:{name}"


def test_without_a_chosen_model_nothing_starts(repo: GitRepo, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no model was chosen"):
        solve(repo, Settings(sandbox="local"))
    assert RunStore.open().all() == []
