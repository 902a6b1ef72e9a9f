"""A run's timeline: what was done when, and what came of it, one short line each."""

from collections.abc import Callable, Mapping
from itertools import takewhile
from typing import Any

from memcoder.records import Attempt, Fit, Moment, Recall, Review, TestRun, Verdict
from memcoder.wording import first_line

Event = Mapping[str, Any]
Told = tuple[str, str, bool]
"""What was done, what came of it, and whether that is good."""
SHORT = 120
"""Characters of an action or an outcome."""
SHOWN = 12
"""Lines of an outcome that are shown to who decides about the next step."""
NOTE = "[The "
"""How our own words to the model begin, of a sandbox or a person, which stand before what came of a call."""
BEFORE = "before"
"""Key of the test run at the base commit."""


def moment(event: Event, seconds: float) -> Moment | None:
    """The line that tells of an event; None where it is not worth one."""
    tell = TELLERS.get(event["event"])
    told = tell(event) if tell else None
    if told is None:
        return None
    what, outcome, passed = told
    return Moment(
        seconds=round(seconds, 1), what=first_line(what, SHORT), outcome=first_line(outcome, SHORT), passed=passed
    )


def _recalled(event: Event) -> Told:
    found = Recall.model_validate(event["recall"])
    places = len(found.symbols or found.files)
    return "recall", f"{len(found.memories)} memories, {places} places", False


def _tested(event: Event) -> Told | None:
    if event["key"] != BEFORE:
        return None  # an attempt tells of it
    run = TestRun.model_validate(event["run"])
    return "tests at the base commit", run_told(run), False


def run_told(run: TestRun) -> str:
    """How many tests of a run fail; where it told of none, why."""
    if run.timed_out:
        return f"stopped after {run.seconds:.0f} s"
    if not run.tests:
        last = run.output.strip().rpartition("\n")[2]
        return f"exit {run.exit_code}, and it told of no test: {first_line(last, SHORT) or 'nothing printed'}"
    return f"{len(run.failing)} of {len(run.tests)} tests fail, exit {run.exit_code}"


def step_told(name: str, arguments: Mapping[str, Any], text: str) -> str:
    """What a step of the strategy `tools` did and what came of it in one line, and below it some of the output."""
    what, lines = _step(name, arguments, text)
    return "\n".join(
        [f"{what}: {first_line(lines[0], SHORT) if lines else 'nothing'}", *(f"  {line}" for line in lines[1:SHOWN])]
    )


def _step(name: str, arguments: Mapping[str, Any], text: str) -> tuple[str, list[str]]:
    """The tool with the first of its arguments that says something, and the lines of what came of it."""
    given = next((str(value) for value in arguments.values() if str(value).strip()), "")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(("<data", "</data"))]
    notes = list(takewhile(lambda line: line.startswith(NOTE), lines))
    lines = [*lines[len(notes) :], *notes]
    lines[:1] = [line.removeprefix(f"{name}: ") for line in lines[:1]]
    return first_line(f"{name} {first_line(given, SHORT)}", SHORT), lines


def _acted(event: Event) -> Told:
    what, lines = _step(event["name"], event["arguments"], event["text"])
    return what, lines[0] if lines else "", event["ends"] and not event["failed"]


def _attempt(event: Event) -> Told:
    attempt = Attempt.model_validate(event["attempt"])
    outcome = "passes" if attempt.passed else attempt.diagnosis.strip() or "no outcome"
    whose = f"candidate {attempt.candidate}, " if attempt.candidate else ""
    return f"{whose}attempt {attempt.number} ({attempt.origin}, {attempt.seconds:.1f} s)", outcome, attempt.passed


def _candidate(event: Event) -> Told:
    verdict = Verdict.model_validate(event["verdict"])
    return f"candidate {event['number']} judged in a fresh sandbox", verdict.status, verdict.status == "verified"


def _fit(event: Event) -> Told:
    fit = Fit.model_validate(event["fit"])
    return "fit", f"{fit.score:.2f}, {len(fit.kept)} kept, {len(fit.broken)} broken", not fit.broken


def _verdict(event: Event) -> Told:
    verdict = Verdict.model_validate(event["verdict"])
    return "verdict in a fresh sandbox", verdict.status, verdict.status == "verified"


def _delivered(event: Event) -> Told:
    done = event["delivered"]
    parts = [f"applied to {len(done['files'])} files"] if done["files"] else []
    parts += [f"commit {done[key][:12]} on {done[on]}" for key, on in COMMITS if done[key]]
    return "brought home", ", ".join(parts), True


def _reviewed(event: Event) -> Told:
    review = Review.model_validate(event["review"])
    return f"review by {review.by}", review.decision, review.decision == "accepted"


def _stopped(event: Event) -> Told | None:
    return ("stopped", event.get("error", ""), False) if event["state"] == "stopped" else None


COMMITS = (("commit", "onto"), ("branch_commit", "branch"))
TELLERS: dict[str, Callable[[Event], Told | None]] = {
    "recalled": _recalled,
    "tested": _tested,
    "acted": _acted,
    "attempt": _attempt,
    "candidate": _candidate,
    "fit": _fit,
    "verdict": _verdict,
    "finished": _stopped,
    "faulted": lambda event: ("fault", event.get("error", ""), False),
    "reopened": lambda event: ("resumed, with higher limits", "", False),
    "delivered": _delivered,
    "undone": lambda event: ("taken back", "", False),
    "reviewed": _reviewed,
}
