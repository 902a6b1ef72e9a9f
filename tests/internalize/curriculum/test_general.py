"""General rehearsal: the base's own words, kept under a signature."""

from pathlib import Path

from memcoder.internalize.curriculum.general import QUESTIONS, general_examples
from memcoder.internalize.gate.judge import Judge
from memcoder.internalize.probe import probe


def test_the_base_is_asked_once_and_its_words_are_signed(tiny: Path, tmp_path: Path) -> None:
    asked = []

    def load() -> Judge:
        asked.append(1)
        return Judge(tiny)

    kept = tmp_path / "general.json"
    first = general_examples(load, kept)
    assert first
    assert {one.prompt for one in first} <= set(QUESTIONS)
    assert {one.kind for one in first} == {"rehearsal"}
    assert general_examples(load, kept) == first
    assert len(asked) == 1
    altered = kept.read_text().replace(first[0].prompt, "How do I install this project?")
    assert "install this project" in altered
    kept.write_text(altered)
    assert general_examples(load, kept) == first, "what was changed outside is asked anew"
    assert len(asked) == 2


def test_none_of_the_questions_is_in_the_frozen_probe() -> None:
    frozen = {item.question.casefold() for item in probe()}
    assert not {question.casefold() for question in QUESTIONS} & frozen
