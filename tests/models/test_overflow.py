from itertools import pairwise

import pytest

from memcoder.models.base import Message
from memcoder.models.overflow import fit, size

OUTPUT = "a line of output\n" * 40


def talk(turns: int, output: str = OUTPUT, thought: str = "ls") -> list[Message]:
    found: list[Message] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "An issue."}]
    for number in range(turns):
        function = {"name": "bash", "arguments": "{}"}
        calls = [{"id": f"call_{number}", "type": "function", "function": function}]
        found.append({"role": "assistant", "content": thought, "tool_calls": calls})
        found.append({"role": "tool", "tool_call_id": f"call_{number}", "content": f"{number}\n{output}"})
    return found


def test_what_fits_stays_as_it_is() -> None:
    assert fit(talk(3), 10_000) == (talk(3), 0)


def test_the_oldest_observations_go_first_and_their_place_says_so() -> None:
    whole = talk(10)
    kept, left_out = fit(whole, 1500)
    assert size(kept) <= 1500
    changed = [at for at, message in enumerate(kept) if message != whole[at]]
    assert changed == [3 + 2 * number for number in range(left_out)]
    assert all("characters were left out here" in kept[at]["content"] for at in changed)
    assert [message.get("tool_call_id") for message in kept] == [message.get("tool_call_id") for message in whole]


def test_what_is_left_out_stays_the_same_for_many_turns() -> None:
    """So the beginning of the prompt can come from the provider's cache."""
    prompts = [fit(talk(turns), 3000).messages for turns in range(20, 40)]
    again = [before == after[: len(before)] for before, after in pairwise(prompts)]
    assert again.count(False) <= 6


def test_turns_go_where_observations_are_not_enough() -> None:
    whole = talk(30, output="", thought="a long thought " * 30)
    kept, left_out = fit(whole, 1000)
    assert size(kept) <= 1000
    assert left_out > 0
    assert kept[0] == whole[0]
    assert kept[1]["content"].startswith("An issue.")
    assert "oldest turns were left out" in kept[1]["content"]
    assert kept[-2:] == whole[-2:]
    called = [call["id"] for message in kept for call in message.get("tool_calls", ())]
    assert called == [message["tool_call_id"] for message in kept if message["role"] == "tool"]


def test_the_newest_observation_is_shortened_in_its_middle_only_when_it_is_alone_too_long() -> None:
    whole = talk(3, output=OUTPUT * 20 + "the end")
    kept, left_out = fit(whole, 1000)
    assert size(kept) <= 1000
    assert left_out == 3
    assert kept[-1]["content"].startswith("2\na line")
    assert kept[-1]["content"].endswith("the end")
    assert "characters were left out here" in kept[-1]["content"]


@pytest.mark.parametrize(
    "messages",
    [[], [{"role": "user", "content": "x" * 9000}], [{"role": "assistant", "content": "x" * 9000}]],
)
def test_what_has_no_observations_is_not_touched(messages: list[Message]) -> None:
    assert fit(messages, 100) == (messages, 0)


def test_parts_of_content_are_counted_and_blanked() -> None:
    whole = talk(3)
    for message in whole:
        message["content"] = [{"type": "text", "text": message["content"]}]
    kept, left_out = fit(whole, 500)
    assert left_out > 0
    assert "left out here" in kept[3]["content"]
