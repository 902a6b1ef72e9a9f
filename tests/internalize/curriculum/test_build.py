"""What is taught and asked: facts of records alone, no answer in its question, no wording of the gate in training."""

from pathlib import Path

import pytest

from memcoder.history.repository import Repository
from memcoder.internalize.curriculum.build import MOST_QUESTIONS, Curriculum, curriculum_of
from memcoder.internalize.curriculum.facts import changed_text, facts_of
from memcoder.internalize.curriculum.wordings import HELD_OUT, LEARNED
from memcoder.internalize.training.example import Training
from memcoder.internalize.training.schedule import batches
from memcoder.records import Change, FileChange, Memory
from tests.internalize.shop import commit, fix, make_repo, patch


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return make_repo(tmp_path / "shop")


def made(repo: Repository, new: int = 6, old: int = 0, *, seed: int = 0) -> Curriculum:
    fixes = [fix(repo, at) for at in range(new + old)]
    return curriculum_of(fixes[:new], fixes[new:], [commit(repo, at) for at in range(10)], lambda memory: (), seed)


def guardrail(repo: Repository, at: int) -> Memory:
    source = fix(repo, at)
    return source.model_copy(
        update={
            "id": f"guardrail-{at}",
            "kind": "guardrail",
            "message": f"What failed: a guard in `{source.change.files[0].path}` number {at}.",
            "change": Change(files=source.change.files[:1]),
        }
    )


def test_a_fix_says_where_what_and_how(repo: Repository) -> None:
    said = {fact.relation: fact for fact in facts_of(fix(repo, 0))}
    assert said["file"].answer == "shop/prices.py"
    assert said["function"].answer == "total"
    assert said["test"].answer == "tests/test_prices.py"
    assert said["cause"].answer == "Totals are one too high"
    assert (said["line"].answer, said["line"].rejected) == ("return prices_now", "return prices_now + 1")
    assert (said["next"].about, said["next"].answer) == ("shop/prices.py", "total")


def test_failed_attempts_are_what_the_accepted_line_is_preferred_to(repo: Repository) -> None:
    failed = patch("shop/prices.py", "    return prices_now + 1", "    return prices_now - 1")
    elsewhere = patch("shop/other.py", "    return a_value", "    return b_value")
    lines = [fact for fact in facts_of(fix(repo, 0), [failed, elsewhere, failed]) if fact.relation == "line"]
    assert [fact.rejected for fact in lines] == ["return prices_now + 1", "return prices_now - 1"]
    assert {fact.answer for fact in lines} == {"return prices_now"}
    curriculum = curriculum_of([fix(repo, 0)], [], [commit(repo, 1)], lambda memory: [failed], 0)
    pairs = [one for one in curriculum.examples if one.kind == "correction"]
    assert {one.rejected for one in pairs} == {"return prices_now + 1", "return prices_now - 1"}


def test_a_guardrail_is_asked_for_by_its_place(repo: Repository) -> None:
    (fact,) = facts_of(guardrail(repo, 0))
    assert (fact.relation, fact.about) == ("principle", "total in shop/prices.py")
    assert fact.answer == "What failed: a guard in `shop/prices.py` number 0."


def test_no_question_says_its_answer_and_no_wording_is_in_both(repo: Repository) -> None:
    named = fix(repo, 0).model_copy(update={"message": "shop/prices.py is one too high"})
    curriculum = curriculum_of([named, *(fix(repo, at) for at in range(1, 6))], [], [commit(repo, 1)], lambda m: (), 0)
    pairs = [(one.prompt, one.answer) for one in curriculum.examples]
    pairs += [(one.prompt, one.answer) for one in curriculum.questions]
    assert not [prompt for prompt, answer in pairs if answer.casefold() in prompt.casefold()]
    asked_for = {one.answer for one in curriculum.examples if one.memory == "fix-0"}
    assert "shop/prices.py" not in asked_for, "the issue says it"
    assert "return prices_now" in asked_for, "control: the rest is asked"
    assert not {one.prompt for one in curriculum.examples} & {one.prompt for one in curriculum.questions}
    for relation, forms in HELD_OUT.items():
        frames = {
            frame.strip() for form in LEARNED[relation] for frame in form.replace("<about>", "<issue>").split("<issue>")
        }
        for form in forms:
            for frame in form.replace("<about>", "<issue>").split("<issue>"):
                assert not frame.strip(" .?") or frame.strip() not in frames


def test_distractors_are_right_elsewhere_and_never_here(repo: Repository) -> None:
    curriculum = made(repo)
    taught = {one.answer for one in curriculum.examples} | {
        fact.answer for at in range(10) for fact in facts_of(commit(repo, at))
    }
    for question in curriculum.questions:
        own = {fact.answer for at in range(6) for fact in facts_of(fix(repo, at)) if fact.memory == question.memory}
        assert question.answer not in question.wrong
        assert not own & set(question.wrong)
        assert len(set(question.wrong)) == len(question.wrong) >= 5
        assert set(question.wrong) <= taught
    assert "total" not in taught, "its question says it, so it is not asked"


def test_the_same_records_and_seed_give_the_same_curriculum(repo: Repository) -> None:
    assert made(repo) == made(repo)
    assert made(repo).data_sha256 == made(repo).data_sha256
    assert made(repo, seed=1).control != made(repo).control
    assert made(repo, new=5).data_sha256 != made(repo).data_sha256


def test_history_is_only_rehearsed_and_the_control_is_of_equal_size(repo: Repository) -> None:
    curriculum = made(repo)
    fixes = {f"fix-{at}" for at in range(6)}
    assert {one.memory for one in curriculum.examples if one.kind != "rehearsal"} == fixes
    assert set(curriculum.memories) == fixes
    assert not {one.memory for one in curriculum.control} & fixes

    def sizes(examples: object) -> tuple[int, int]:
        kinds = [one.kind for one in examples]  # type: ignore[attr-defined]
        return len(kinds) - kinds.count("rehearsal"), kinds.count("rehearsal")

    assert sizes(curriculum.examples) == sizes(curriculum.control)
    how = Training()
    assert len(batches(curriculum.examples, how)) == len(batches(curriculum.control, how))


def test_earlier_rounds_are_rehearsed_and_asked_again(repo: Repository) -> None:
    curriculum = made(repo, new=4, old=3)
    old = {"fix-4", "fix-5", "fix-6"}
    assert old <= {one.memory for one in curriculum.examples if one.kind == "rehearsal"}
    assert not old & {one.memory for one in curriculum.examples if one.kind != "rehearsal"}
    assert {one.memory for one in curriculum.earlier} == old
    assert not old & {one.memory for one in curriculum.questions}


def test_a_third_of_every_epoch_is_rehearsal_drawn_anew(repo: Repository) -> None:
    curriculum = made(repo)
    how = Training(epochs=3, batch=4)
    new = [at for at, one in enumerate(curriculum.examples) if one.kind != "rehearsal"]
    steps = batches(curriculum.examples, how)
    each = len(steps) // 3
    drawn = []
    for epoch in range(3):
        seen = [at for step in steps[epoch * each : (epoch + 1) * each] for at in step]
        old = [at for at in seen if curriculum.examples[at].kind == "rehearsal"]
        assert sorted(set(seen) - set(old)) == new
        assert len(old) / len(seen) == pytest.approx(1 / 3, abs=0.01)
        drawn.append(tuple(sorted(old)))
    assert batches(curriculum.examples, how) == steps
    assert batches(curriculum.examples, how.model_copy(update={"seed": 1})) != steps


def test_braces_and_marks_in_an_issue_stay_characters(repo: Repository) -> None:
    odd = fix(repo, 0).model_copy(update={"message": "Totals {0} <about> %s \x1b[2J are\nwrong"})
    curriculum = curriculum_of([odd, fix(repo, 1)], [], [commit(repo, 1)], lambda memory: (), 0)
    prompts = [one.prompt for one in curriculum.examples if one.memory == "fix-0" and "{0}" in one.prompt]
    assert prompts
    assert all("Totals {0} <about> %s \\x1b[2J are" in prompt for prompt in prompts)


def test_many_questions_are_drawn_from(repo: Repository) -> None:
    many = [
        fix(repo, 0).model_copy(
            update={
                "id": f"fix-{at}",
                "message": f"Issue {at} of the shop",
                "change": Change(files=(FileChange(path=f"shop/f{at}.py", added=1, symbols=(f"call_{at}",)),)),
            }
        )
        for at in range(60)
    ]
    assert len(curriculum_of(many, [], [commit(repo, 1)], lambda memory: (), 0).questions) == MOST_QUESTIONS


def test_a_changed_line_is_read_from_its_own_file() -> None:
    diff = patch("a.py", "    old_one()", "    new_one()") + patch("b.py", "    old_two()", "    new_two()")
    assert changed_text(diff, "b.py") == ("old_two()", "new_two()")
    assert changed_text(diff, "py") == ("", "")
    assert changed_text(patch("a.py", "  }", "  x"), "a.py") == ("", ""), "too short to say anything"
