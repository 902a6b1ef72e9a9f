"""Calls in the text of an answer: read forgivingly, never guessed at."""

import pytest

from memcoder.agent.protocol import CUT_OFF, Native, Written
from memcoder.agent.tools.base import Arguments, Observation, Tool, Toolbox
from memcoder.models.base import Reply


class PlaceArguments(Arguments):
    path: str
    first: int = 0
    text: str = ""


class Place(Tool[PlaceArguments]):
    name = "place"
    help = "Puts a text."
    example = "```place path=a.py\ntext\n```"
    body = "text"
    arguments = PlaceArguments

    def run(self, arguments: PlaceArguments) -> Observation:
        return Observation(f"{arguments.path}:{arguments.first}:{arguments.text}")


class Bash(Place):
    name = "bash"


BOX = Toolbox([Place(), Bash()])


def seen(text: str, finish: str = "stop") -> str:
    """What comes of the first call in a text; "nothing" where there is none."""
    calls = Written(BOX).calls(Reply(text=text, finish=finish))
    assert len(calls) <= 1
    return (calls[0].problem or BOX.run(calls[0].name, calls[0].arguments).text) if calls else "nothing"


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("I look.\n```place path=a.py first=3\nx\n  y\n```\n", "a.py:3:x\n  y"),
        ("```place path='a b.py'\n```", "a b.py:0:"),
        ("  ```Place path=a.py\nx\n  ```", "a.py:0:x"),
        ("~~~place path=a.py\nx\n~~~", "a.py:0:x"),
        ("````place path=a.md\n```sh\nls\n```\n````", "a.md:0:```sh\nls\n```"),
        ("Like this:\n```python\nx = 1\n```\nso:\n```place path=a.py\nx\n```", "a.py:0:x"),
        ("```place path=a.py\nnot closed", "a.py:0:not closed"),
        ("```place path=a.py\n1\n```\n```place path=b.py\n2\n```", "a.py:0:1"),
        ("```sh\nls\n```", "bash was not called: path: Field required."),
        ("```place path=a.py first=x\n```", "place was not called: first: Input should be a valid integer"),
        ("```place a.py\n```", "the block cannot be read: 'a.py' is no key=value"),
        ("```place path='a.py\n```", "the block cannot be read: No closing quotation"),
        ("I am a teapot.", "nothing"),
        ("```python\nx = 1\n```", "nothing"),
    ],
)
def test_a_block_that_names_a_tool_is_a_call(text: str, result: str) -> None:
    assert seen(text).startswith(result)


def test_half_a_call_is_none() -> None:
    text = "```place path=a.py\nx = 1"
    assert seen(text) == "a.py:0:x = 1"
    assert seen(text, "length") == "nothing"
    assert Written(BOX).nothing(Reply(text=text, finish="length")) == CUT_OFF


def test_a_model_that_calls_nothing_is_told_the_forms() -> None:
    assert "```place path=a.py" in Written(BOX).nothing(Reply(text="x"))
    assert "Call one" in Native(BOX).nothing(Reply(text="x"))


def test_providers_are_given_plain_schemas() -> None:
    offered = Native(BOX).offered
    assert offered is not None
    assert offered[0]["function"]["parameters"] == {
        "type": "object",
        "properties": {
            "path": {"type": "string"},
            "first": {"type": "integer", "default": 0},
            "text": {"type": "string", "default": ""},
        },
        "required": ["path"],
    }
