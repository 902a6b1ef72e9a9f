"""`--attempts N`: candidates that know nothing of one another, each with a seed and a sandbox of its own.

They share the run's limits and its log. One after the other where the model serves one at a time: then the first may
use an N-th of each limit, and what it leaves is the next one's. Hosted models are asked from threads. A candidate that
came to its verdict is in the log, and a resumed run does not make it again; one that was cut off goes on by replay.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from memcoder.agent.approval import always
from memcoder.agent.outcome import Outcome, attempt_once, policies_of
from memcoder.agent.selection import Candidate, choose
from memcoder.agent.work import Work
from memcoder.errors import BudgetError, LimitError
from memcoder.models.door import SCRIPTED, runs_here
from memcoder.records import Memory, Patch, Verdict


def attempt_several(work: Work, strategy: str) -> Outcome:
    """The best of the settings' number of attempts; its verdict says of how many, and why this one.

    Raises LimitError where a limit ended all of them without a patch, and BudgetError and faults where one met them:
    what the others found is kept for a resumed run.
    """
    most = work.settings.attempts
    policies = policies_of(work)
    at_once = min(most, os.cpu_count() or 1) if _serves_several(work) else 1
    how = f"{at_once} at once" if at_once > 1 else "one after the other"
    work.journal.report(f"{most} candidates, {how}")

    def make(number: int) -> Candidate | LimitError:
        return _candidate(work, strategy, policies, number)

    found = _in_turn(work, make, most) if at_once == 1 else _at_once(work, make, most, at_once)
    candidates = [one for one in found if isinstance(one, Candidate)]
    stopped = next((one for one in found if isinstance(one, LimitError)), None)
    if stopped and all(one.outcome.patch.empty for one in candidates):
        raise stopped
    chosen, why = choose(candidates)
    ended = f", {most - len(candidates)} ended by a limit" if len(candidates) < most else ""
    said = f"candidate {chosen.number} of {most}{ended}" + (f": {why}" if why else "")
    work.journal.report(f"chosen: {said}")
    return replace(chosen.outcome, verdict=chosen.outcome.verdict.model_copy(update={"chosen": said}))


def _serves_several(work: Work) -> bool:
    """Whether the model answers several at once, and nobody has to say yes to each step."""
    name = work.settings.model or ""
    return not runs_here(name) and not name.startswith(SCRIPTED) and work.approve is always


def _in_turn(work: Work, make: Callable[[int], Candidate | LimitError], most: int) -> list[Candidate | LimitError]:
    limits, found = work.journal.limits, []
    try:
        for number in range(1, most + 1):
            limits.portion = number / most
            found.append(make(number))
    finally:
        limits.portion = 1.0
    return found


def _at_once(
    work: Work, make: Callable[[int], Candidate | LimitError], most: int, at_once: int
) -> list[Candidate | LimitError]:
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="candidate")
    futures: Sequence[Future[Candidate | LimitError]] = [pool.submit(make, number) for number in range(1, most + 1)]
    try:
        return [future.result() for future in futures]
    except BaseException:
        work.journal.limits.stopped = True  # so that the others end before their next call or test
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _candidate(work: Work, strategy: str, policies: Sequence[Memory], number: int) -> Candidate | LimitError:
    """One attempt, from the log where it came to its verdict there; the limit that ended it."""
    kept = work.journal.past.candidates.get(number)
    if kept is not None:
        outcome = Outcome(Patch.model_validate(kept["patch"]), Verdict.model_validate(kept["verdict"]))
        return Candidate(number, outcome)
    journal = work.journal.of_candidate(number)
    settings = work.settings.model_copy(update={"seed": work.settings.seed + number - 1})
    try:
        journal.limits.check_time()
        with work.environment.start() as sandbox:
            outcome = attempt_once(
                replace(work, settings=settings, sandbox=sandbox, journal=journal), strategy, policies
            )
    except BudgetError:
        raise
    except LimitError as error:
        journal.report(error.message)
        return error
    patch, verdict = (part.model_dump(mode="json") for part in (outcome.patch, outcome.verdict))
    work.journal.note("candidate", number=number, patch=patch, verdict=verdict)
    return Candidate(number, outcome)
