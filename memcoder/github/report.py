"""What is said of a run on GitHub: the pull request's text, the answer on the issue. Words of others stand in code."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from memcoder import Memory, Run, Verdict
from memcoder.github.markdown import block, code

MOST = 20
"""Lines of one kind at most."""


@dataclass(frozen=True)
class Facts:
    """What a report needs beside the run."""

    server: str
    """`https://github.com`."""
    repository: str
    number: int
    notes: tuple[str, ...] = ()
    """What was taken out of the issue, and what is to be said of memory."""
    workflow_run: str = ""
    changed: tuple[tuple[str, str], ...] = ()
    """Each path that the change touches, with what it does there, in words."""
    reproduce: tuple[str, ...] = field(default=())
    """Lines of a shell that do the same on the reader's machine."""

    def commit(self, sha: str) -> str:
        """A link to a commit."""
        return f"[`{sha[:10]}`]({self.server}/{self.repository}/commit/{sha})"


def pull_body(run: Run, facts: Facts) -> str:
    """The text of a pull request: the evidence, and what is missing of it."""
    verdict = run.verdict or Verdict(status="unverified")
    parts = [
        f"Fixes #{facts.number}.",
        _section("What was wrong", _wrong(verdict)),
        _section("What changed", [f"{code(path)}: {lines}" for path, lines in facts.changed[:MOST]]),
        _section("Tests before and after", _tests(verdict)),
        _section("How it fits the project", _fit(verdict)),
        _section("What was not verified", [*map(code, verdict.unverified[:MOST])] or ["nothing that was looked at"]),
        _section("Memories used", _memories(run, facts)),
        _section("Cost", [_cost(run)]),
        "## How to reproduce\n\n" + block("\n".join(facts.reproduce), "sh"),
    ]
    if facts.notes:
        parts.append(_section("Notes", facts.notes))
    return "\n\n".join([*parts, _signature(run, facts)])


def verified_comment(run: Run, facts: Facts, pull: str, updated: bool) -> str:
    """The answer on the issue where there is a pull request."""
    verdict = run.verdict or Verdict(status="verified")
    what = "updated" if updated else "opened"
    lines = [f"I {what} a pull request with a fix that tests have verified: {pull}", "", *_bullets(_tests(verdict))]
    return "\n".join([*lines, "", f"Please read it before you merge it. {_cost(run)}.", "", _signature(run, facts)])


def unverified_comment(run: Run, facts: Facts) -> str:
    """The answer where nothing could be verified: why, and what was tried."""
    reasons = [*run.verdict.reasons, *run.verdict.unverified] if run.verdict else [run.error or "no patch was found"]
    lines = ["I could not verify a fix, so I opened no pull request.", ""]
    lines += _bullets(map(code, reasons[:MOST]))
    lines += _bullets([f"{len(run.attempts)} change{'s' * (len(run.attempts) != 1)} tried. {_cost(run)}"])
    lines += _bullets(facts.notes)
    lines += ["", "`/memcoder retry` with more words about what is wrong and what you expected may help."]
    return "\n".join([*lines, "", _signature(run, facts)])


def _section(title: str, lines: Iterable[str]) -> str:
    return f"## {title}\n\n" + "\n".join(_bullets(lines))


def _bullets(lines: Iterable[str]) -> list[str]:
    return [f"- {line}" for line in lines]


def _wrong(verdict: Verdict) -> Iterator[str]:
    """What the tests said before."""
    before = verdict.before
    if before is None or not before.failing:
        yield "the issue says it; no test failed before"
        return
    for name in before.failing[:MOST]:
        said = _telling(before.messages.get(name, ""))
        yield f"{code(name)}{': ' + code(said) if said else ''}"


def _telling(message: str) -> str:
    """The line of a failure's message that says the most."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return next(
        (line for line in lines if re.search(r"assert|error|exception", line, re.IGNORECASE)), (lines or [""])[-1]
    )


def _tests(verdict: Verdict) -> Iterator[str]:
    """Counts, then the tests that the change fixed."""
    for name, run in (("before", verdict.before), ("after", verdict.after)):
        if run is not None:
            failing = f"{len(run.failing)} of {len(run.tests)} tests fail"
            yield f"{name}: {failing} (exit {run.exit_code}), {code(run.command)}"
    found = verdict.comparison
    yield f"{len(found.fixed)} fixed, {len(found.still_failing)} still failing, {len(found.broken)} broken"
    yield from (f"fixed: {code(name)}" for name in found.fixed[:MOST])
    yield from (f"checked: {code(line)}" for line in verdict.verified[:MOST])


def _fit(verdict: Verdict) -> Iterator[str]:
    if verdict.fit is None:
        yield "nobody looked"
        return
    yield f"score {verdict.fit.score:.2f}; {len(verdict.fit.kept)} customs kept, {len(verdict.fit.broken)} not"
    yield from (f"not kept: {code(finding.line)}" for finding in verdict.fit.broken[:MOST])


def _memories(run: Run, facts: Facts) -> list[str]:
    found = [item.memory for item in run.recall.memories] if run.recall else []
    return [_memory(memory, facts) for memory in found[:MOST]] or ["none"]


def _memory(memory: Memory, facts: Facts) -> str:
    commit = memory.provenance.commit
    return f"{memory.kind} {facts.commit(commit) if commit else code(memory.id)} {code(memory.subject)}"


def memory_lines(memories: Iterable[Memory], facts: Facts) -> list[str]:
    """A line each, with a link to its commit."""
    return [_memory(memory, facts) for memory in memories]


def _cost(run: Run) -> str:
    usage = run.usage
    cost = f"${usage.cost:.4f}" if usage.cost_known else "a price that is not known"
    return (
        f"{usage.calls} model calls, {usage.tokens} tokens, {cost}, {run.seconds:.0f} seconds, model {code(run.model)}"
    )


def _signature(run: Run, facts: Facts) -> str:
    made = f" in [this workflow run]({facts.workflow_run})" if facts.workflow_run else ""
    return f"memcoder run `{run.id}`{made}; the patch is a claim, the tests are its evidence."
