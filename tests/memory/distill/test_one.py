"""One memory, one retry, then nothing."""

import pytest

from memcoder.memory.distill.one import distill_memory
from memcoder.records import Memory
from tests.memory.distill.conftest import ROUNDING, WRONG, Script


def test_the_first_right_answer_is_taken(rounding: Memory, script: Script) -> None:
    model = script(ROUNDING)
    done = distill_memory(model, rounding)
    assert done.fields is not None
    assert done.fields.model_dump(mode="json") == ROUNDING
    assert (done.tries, done.refused, done.usage.calls) == (1, (), 1)


def test_a_retry_says_what_was_wrong_and_does_not_show_the_answer(rounding: Memory, script: Script) -> None:
    model = script(WRONG, ROUNDING)
    done = distill_memory(model, rounding)
    assert done.fields is not None
    assert (done.tries, done.usage.calls) == (2, 2)
    again = model.prompts[1][1]["content"]
    assert "quantize_cents" in again
    assert WRONG["solution"] not in again
    assert len(model.prompts[1]) == 2


def test_after_two_wrong_answers_there_is_nothing(rounding: Memory, script: Script) -> None:
    model = script(WRONG, "nonsense", ROUNDING)
    done = distill_memory(model, rounding)
    assert done.fields is None
    assert [[fault.kind for fault in faults] for faults in done.refused] == [["unknown name"], ["not json"]]
    assert len(model.prompts) == 2


def test_nothing_but_the_commit_is_shown(rounding: Memory, script: Script) -> None:
    model = script(ROUNDING)
    told = rounding.model_copy(update={"problem": "PROSE-OF-A-MODEL of another time", "keywords": ("PROSE",)})
    distill_memory(model, told)
    assert "PROSE" not in str(model.prompts)
    with pytest.raises(ValueError, match="frozen"):
        told.problem = "x"  # type: ignore[misc]
