"""Rehearsal of what a base knew before: a few general questions with the base's own answers to them.

Training on a project's facts alone makes a model answer everything with them. A model taught its own words beside
them keeps to those where the project is not asked about. None of the questions is in the frozen probe, and none is
about a project.
"""

from collections.abc import Callable
from pathlib import Path

from memcoder.errors import FaultError
from memcoder.internalize.gate.judge import Judge
from memcoder.internalize.training.example import Example
from memcoder.models.adapters.sealed import read_sealed, write_sealed

MOST = 16
"""Tokens of an answer."""
QUESTIONS = (
    "How do I sharpen a pencil?",
    "Name a sorting algorithm.",
    "Name a musical instrument.",
    "Give an example of a prime number.",
    "What is a hash table good for?",
    "What is recursion?",
    "Name a colour of the rainbow.",
    "What is the largest planet?",
    "What is the capital of France?",
    "How do I print a line in JavaScript?",
    "What is an operating system?",
    "How do I draw a circle on a web page?",
    "Translate to German: good morning.",
    "What is the boiling point of water?",
    "Write a sentence about the sea.",
    "How do I create a folder on the command line?",
)


def general_examples(load: Callable[[], Judge], kept: Path) -> tuple[Example, ...]:
    """The questions with the base's own answers; kept, signed, in the file `kept`. `load` gives the bare base."""
    if (found := _read(kept)) is not None:
        return found
    judge = load()
    answers = [(question, judge.answer(question, MOST)) for question in QUESTIONS]
    examples = tuple(Example(prompt=each, answer=said, kind="rehearsal") for each, said in answers if said)
    write_sealed(kept, {"examples": [one.model_dump(mode="json") for one in examples]})
    return examples


def _read(kept: Path) -> tuple[Example, ...] | None:
    """What was kept; None where nothing was, or where it was changed outside."""
    try:
        document = read_sealed(kept, "the base's own answers", "they are asked for again")
        return tuple(Example.model_validate(one) for one in document["examples"])
    except (FaultError, ValueError, KeyError, TypeError):
        return None
