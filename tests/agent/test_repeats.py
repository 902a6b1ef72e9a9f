"""What repeats itself is named."""

from memcoder.agent.repeats import Repeats
from memcoder.models.base import ToolCall


def call(command: str) -> ToolCall:
    return ToolCall(id="1", name="bash", arguments={"command": command}, written=command)


def test_the_same_call_with_the_same_result_is_named_from_the_third_time_on() -> None:
    repeats = Repeats()
    said = [repeats.note(call("ls"), "a.py", failed=False) for _ in range(6)]
    assert said[:2] == ["", ""]
    assert "third time that this very call" in said[2]
    assert "6th time" in said[5]
    assert repeats.note(call("ls"), "a.py b.py", failed=False) == ""


def test_failing_alike_in_other_ways_is_named_too() -> None:
    repeats = Repeats()
    said = [repeats.note(call(f"try {number}"), "exit code 1", failed=True) for number in range(3)]
    assert "third time that you failed like this" in said[2]
    fine = [Repeats().note(call(f"try {number}"), "exit code 0", failed=False) for number in range(3)]
    assert fine == ["", "", ""]
