"""A candidate before the gate: everything is asked of base, parent, control and candidate, with one model loaded."""

from collections.abc import Sequence
from pathlib import Path

from memcoder.internalize.curriculum.questions import Question
from memcoder.internalize.gate.decide import FORGETTING, Judgement, Measured, decide
from memcoder.internalize.gate.examine import Ledger, Progress, examine
from memcoder.internalize.gate.judge import Judge
from memcoder.records import Record


class Exam(Record):
    """What is asked."""

    questions: tuple[Question, ...]
    """Held-out wordings about what the candidate was taught."""
    earlier: tuple[Question, ...] = ()
    """Likewise of earlier rounds."""
    probe: tuple[Question, ...] = ()
    """The frozen general probe."""


def judge_candidate(
    judge: Judge,
    exam: Exam,
    *,
    candidate: Path,
    control: Path,
    parent: Path | None,
    work: Path,
    base_ledger: Path,
    complaints: Sequence[str] = (),
    forgetting: float = FORGETTING,
    until: float | None = None,
    progress: Progress | None = None,
) -> Judgement:
    """Examine and decide. `candidate`, `control` and `parent` are PEFT folders, the last None in a first round.

    Marks are kept in `work`, and those of the base on the probe, which every round asks for, in `base_ledger`. Raises
    LimitError at `until` (`time.monotonic`); the same call goes on.
    """
    ledger = Ledger(work / "marks.jsonl")

    def ask(who: str, questions: Sequence[Question], kept: Ledger = ledger) -> tuple[bool, ...]:
        return examine(judge, who, questions, kept, until=until, progress=progress)

    judge.wear(None)
    base, probe_before = ask("base", exam.questions), ask("base", exam.probe, Ledger(base_ledger))
    judge.wear(parent)
    earlier_before = ask("parent" if parent else "base", exam.earlier)
    judge.wear(control)
    drawn = ask("control", exam.questions)
    judge.wear(candidate)
    measured = Measured(
        candidate=ask("candidate", exam.questions),
        base=base,
        control=drawn,
        earlier_before=earlier_before,
        earlier_after=ask("candidate", exam.earlier),
        probe_before=probe_before,
        probe_after=ask("candidate", exam.probe),
    )
    return decide(measured, complaints, forgetting)
