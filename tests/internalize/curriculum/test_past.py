"""What a curriculum draws on beside memories: real runs, a real store."""

from pathlib import Path

from memcoder.internalize.curriculum.past import failed_attempts, history
from memcoder.records import Attempt, Link, Task
from memcoder.runs.store import RunStore
from tests.internalize.shop import commit, fix, make_repo, opened, patch


def test_failed_attempts_are_those_of_the_fixs_run(tmp_path: Path) -> None:
    repo, runs = make_repo(tmp_path / "shop"), RunStore.open()
    task = Task(repository=str(repo.path), base_commit=repo.head(), issue="Totals are one too high")
    log = runs.create(task, model="scripted", strategy="staged", seed=0, fingerprint="f")
    wrong = patch("shop/prices.py", "    return a + 1", "    return a - 1")
    right = patch("shop/prices.py", "    return a + 1", "    return a")
    with log:
        for number, (after, passed) in enumerate(((wrong, False), ("", False), (right, True)), 1):
            attempt = Attempt(
                number=number, origin="first", before="", action="", diagnosis="", after=after, passed=passed
            )
            log.append("attempt", attempt=attempt.model_dump(mode="json"))
        log.append("finished", state="done")
    memory = fix(repo, 0)
    known = memory.model_copy(update={"provenance": memory.provenance.model_copy(update={"run": log.id})})
    assert failed_attempts(runs)(known) == [wrong], "what changed nothing and what passed are left out"
    gone = memory.model_copy(
        update={"provenance": memory.provenance.model_copy(update={"run": "20200101-000000-0000"})}
    )
    assert failed_attempts(runs)(gone) == ()
    assert failed_attempts(runs)(memory) == ()


def test_only_commits_that_stand_are_rehearsed(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "shop")
    good = commit(repo, 1)
    left_out = [
        commit(repo, 2, kind="docs"),
        commit(repo, 3).model_copy(update={"retired": "vanished: gone"}),
        commit(repo, 4).model_copy(update={"links": (Link(relation="reverted_by", target="a" * 40),)}),
        commit(repo, 5).model_copy(update={"trust": "quarantined"}),
        fix(repo, 0),
    ]
    with opened(repo, [good, *left_out]) as store:
        assert history(store) == [good]
