"""A Run is what its events fold to."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from memcoder.records import Attempt, ChecklistItem, Delivered, Patch, Recall, Review, Run, Task, Usage, Verdict
from memcoder.runs.timeline import moment

Event = Mapping[str, Any]
Facts = dict[str, Any]


def fold(events: Iterable[Event]) -> Run:
    """The run that these events tell; kinds of event that it does not know are passed over.

    Raises ValueError where the first event is not the run's start.
    """
    facts: Facts = {}
    for event in events:
        if not facts and event["event"] != "started":
            raise ValueError("a run begins with `started`")
        handler = HANDLERS.get(event["event"])
        if handler:
            handler(facts, event)
        spent = event.get("at_seconds", event.get("seconds", 0.0))
        facts["seconds"] = max(facts["seconds"], spent)
        if told := moment(event, facts["seconds"]):
            facts["timeline"].append(told)
    return Run.model_validate(facts)


def _started(facts: Facts, event: Event) -> None:
    facts |= {key: event[key] for key in ("id", "model", "strategy", "seed")}
    facts |= {"task": Task.model_validate(event["task"]), "state": "running", "started": int(event["time"])}
    facts |= {"attempts": (), "usage": Usage(), "seconds": 0.0, "timeline": []}


def _recalled(facts: Facts, event: Event) -> None:
    facts["recall"] = Recall.model_validate(event["recall"])


def _checklist(facts: Facts, event: Event) -> None:
    facts["checklist"] = tuple(ChecklistItem.model_validate(item) for item in event["items"])


def _call(facts: Facts, event: Event) -> None:
    facts["usage"] += Usage.model_validate(event["usage"])


def _attempt(facts: Facts, event: Event) -> None:
    attempt = Attempt.model_validate(event["attempt"])
    place = (attempt.candidate, attempt.number)
    others = tuple(each for each in facts["attempts"] if (each.candidate, each.number) != place)
    facts["attempts"] = (*others, attempt)  # a run that a limit stopped and that goes on gives a number again


def _verdict(facts: Facts, event: Event) -> None:
    facts |= {"patch": Patch.model_validate(event["patch"]), "verdict": Verdict.model_validate(event["verdict"])}


def _finished(facts: Facts, event: Event) -> None:
    facts |= {"state": event["state"], "error": event.get("error", ""), "finished": int(event["time"])}


def _faulted(facts: Facts, event: Event) -> None:
    facts |= {"state": "faulted", "error": event.get("error", "")}


def _reopened(facts: Facts, event: Event) -> None:
    """A limit had stopped it, and there is more to spend now."""
    facts |= {"state": "running", "error": "", "finished": None, "patch": None, "verdict": None}


def _delivered(facts: Facts, event: Event) -> None:
    facts["delivered"] = Delivered.model_validate(event["delivered"])


def _undone(facts: Facts, event: Event) -> None:
    facts["delivered"] = None


def _reviewed(facts: Facts, event: Event) -> None:
    facts["review"] = Review.model_validate(event["review"])


HANDLERS: dict[str, Callable[[Facts, Event], None]] = {
    "started": _started,
    "recalled": _recalled,
    "checklist": _checklist,
    "call": _call,
    "attempt": _attempt,
    "verdict": _verdict,
    "finished": _finished,
    "faulted": _faulted,
    "reopened": _reopened,
    "delivered": _delivered,
    "undone": _undone,
    "reviewed": _reviewed,
}
