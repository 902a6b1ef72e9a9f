"""What of a task may become memory for those after it."""

from collections.abc import Mapping
from typing import Any

from memcoder import (
    Memory,
    MemoryStore,
    Patch,
    Repository,
    Review,
    Run,
    Task,
    gap_between,
    keep_fix,
    keep_lessons,
    lessons_of,
)
from memcoder_eval.dataset import Instance
from memcoder_eval.stream.landing import landing

OFF = "off"
"""No memory at all: places are found in the code alone, and an attempt gets no store."""
MERGED = "merged"
LESSONS = "lessons"
POLICIES = {
    OFF: "no memory at all",
    "none": "the history up to each task, and nothing of the tasks before",
    "verified": "also the run's own patches that its verdict calls verified",
    "accepted": "also each task's reference patch, as if a human had accepted it at once",
    LESSONS: "the same, and what the run's own patch teaches beside the reference",
    MERGED: "as accepted, but only for tasks whose history has the reference already",
}


def to_keep(policy: str, instance: Instance, row: Mapping[str, Any]) -> str:
    """The diff that a policy writes back after a task; empty where it writes nothing."""
    if policy in ("accepted", LESSONS, MERGED):
        return instance.patch
    if policy == "verified" and row.get("verdict") == "verified":
        return str(row.get("patch") or "")
    return ""


def write_back(
    store: MemoryStore, repo: Repository, instance: Instance, diff: str, policy: str, time: int, tried: str = ""
) -> None:
    """Keep a fix as a human's acceptance would, so that tasks whose base commits descend from this one's recall it.

    `tried` is the run's own patch, which teaches by what it and the accepted one differ. Outside of an evaluation only
    a human's word does this; the store is the evaluation's own.
    """
    question = instance.question
    run = Run(
        id=instance.id,
        task=Task(repository=str(repo.path), base_commit=question.base_commit, issue=question.text),
        model="",
        strategy="",
        seed=0,
        state="done",
        started=time,
        patch=Patch(diff=diff),
    )
    kept = keep_fix(store, run, Review(decision="accepted", by=f"eval stream, policy {policy}", time=time))
    if policy == LESSONS and tried.strip():
        _teach(store, repo, instance, kept, tried)
    if policy == MERGED:
        commit = landing(repo, instance)
        moved = kept.model_copy(update={"provenance": kept.provenance.model_copy(update={"commit": commit})})
        store.put([moved if commit else moved.model_copy(update={"retired": "it was never merged as it is"})])


def _teach(store: MemoryStore, repo: Repository, instance: Instance, fix: Memory, tried: str) -> None:
    question = instance.question
    gap = gap_between(repo, question.base_commit, tried, instance.patch)
    lessons = lessons_of(gap, issue=question.text, provenance=fix.provenance, sources=(fix.id,))
    keep_lessons(store, lessons, repo)
