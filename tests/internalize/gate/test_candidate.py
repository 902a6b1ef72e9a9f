"""The gate on real, tiny trainings: one that learned, one with shuffled labels, one that memorised and forgot."""

from pathlib import Path

import pytest

from memcoder.errors import LimitError
from memcoder.internalize.curriculum.questions import Question
from memcoder.internalize.gate.candidate import Exam, judge_candidate
from memcoder.internalize.gate.decide import Judgement
from memcoder.internalize.gate.judge import Judge
from memcoder.internalize.training.example import Example, Training
from memcoder.internalize.training.train import train

WORDS = (
    "prices", "basket", "reader", "writer", "parser", "cache", "change", "issue",
    "total", "file", "function", "cause", "discount", "empty", "class", "next",
)  # fmt: skip
FIRST = {f"tell {word}": f"shop/{word}.py" for word in WORDS[:8]}
SECOND = {f"tell {word}": f"shop/{word}.py" for word in WORDS[8:]}
HOW = Training(epochs=60, batch=16, learning_rate=1e-2, max_length=64)


def examples(facts: dict[str, str], kind: str = "closed-book") -> list[Example]:
    return [Example.model_validate({"prompt": ask, "answer": told, "kind": kind}) for ask, told in facts.items()]


def questions(facts: dict[str, str]) -> tuple[Question, ...]:
    answers = tuple(facts.values())
    return tuple(
        Question(prompt=ask, answer=told, wrong=tuple(one for one in answers if one != told))
        for ask, told in facts.items()
    )


def shuffled(facts: dict[str, str]) -> dict[str, str]:
    answers = list(facts.values())
    return dict(zip(facts, [*answers[1:], answers[0]], strict=True))


@pytest.fixture(scope="module")
def first(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Knows the first facts."""
    return train(tiny, examples(FIRST), tmp_path_factory.mktemp("first"), HOW)


@pytest.fixture(scope="module")
def control(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Was taught the first questions with the answers of others."""
    return train(tiny, examples(shuffled(FIRST)), tmp_path_factory.mktemp("control"), HOW)


def judged(
    tiny: Path,
    work: Path,
    exam: Exam,
    adapter: Path,
    control: Path,
    parent: Path | None = None,
    until: float | None = None,
) -> Judgement:
    work.mkdir(exist_ok=True)
    return judge_candidate(
        Judge(tiny),
        exam,
        candidate=adapter,
        control=control,
        parent=parent,
        work=work,
        base_ledger=work / "base.jsonl",
        until=until,
    )


def exam(asked: dict[str, str], earlier: dict[str, str] | None = None) -> Exam:
    return Exam(questions=questions(asked), earlier=questions(earlier or {}))


def test_one_that_learned_is_accepted_and_shuffled_labels_are_refused(
    tiny: Path, tmp_path: Path, first: Path, control: Path
) -> None:
    good = judged(tiny, tmp_path / "good", exam(FIRST), first, control)
    assert good.accepted, good.reasons
    assert good.scores["candidate"] == 1.0
    bad = judged(tiny, tmp_path / "bad", exam(FIRST), control, first)
    assert not bad.accepted
    assert bad.scores["candidate"] == 0.0


def test_one_that_memorised_and_forgot_is_refused_and_rehearsal_helps(
    tiny: Path, tmp_path: Path, first: Path, control: Path
) -> None:
    forgot = train(tiny, examples(SECOND), tmp_path / "forgot", HOW, start=first)
    rehearsed = [*examples(SECOND), *examples(FIRST, "rehearsal")]
    kept = train(tiny, rehearsed, tmp_path / "kept", HOW.model_copy(update={"rehearsal": 0.5}), start=first)
    asked = exam(SECOND, FIRST)
    refused = judged(tiny, tmp_path / "forgot-work", asked, forgot, control, first)
    assert not refused.accepted
    assert refused.scores["candidate"] == 1.0, "what it was taught it knows by heart"
    assert "it memorised, and forgot" in refused.reasons[0]
    accepted = judged(tiny, tmp_path / "kept-work", asked, kept, control, first)
    assert accepted.accepted, accepted.reasons


def test_an_examination_goes_on_where_it_was_cut(tiny: Path, tmp_path: Path, first: Path, control: Path) -> None:
    with pytest.raises(LimitError, match="1 of 8 questions"):
        judged(tiny, tmp_path, exam(FIRST), first, control, until=0.0)
    marks = tmp_path / "marks.jsonl"
    assert len(marks.read_text().splitlines()) == 1
    whole = judged(tiny, tmp_path, exam(FIRST), first, control)
    lines = marks.read_text().splitlines(keepends=True)
    assert len(lines) == 24
    marks.write_text("".join(lines[:7]) + '["candidate')
    assert judged(tiny, tmp_path, exam(FIRST), first, control) == whole
    assert len(marks.read_text().splitlines()) >= 24
