"""Whether what was trained on is what signed memories say.

No classifier finds a planted answer; provenance does. Templates are fixed, so every example can be made again from the
memory that it names. What cannot be made again (another answer, another question, a memory whose signature does not
hold or that no human accepted) refuses the candidate, however well it scores.
"""

from collections.abc import Sequence

from memcoder.internalize.curriculum.general import QUESTIONS
from memcoder.internalize.training.example import Example
from memcoder.wording import first_line, visible

SHOWN = 3


def complaints(used: Sequence[Example], made_again: Sequence[Example]) -> tuple[str, ...]:
    """What is wrong with the examples that a candidate was trained on; empty where each has its source.

    `made_again` is the curriculum as the signed memories give it now.
    """
    known = {_mark(one) for one in made_again}
    allowed = set(QUESTIONS)
    planted = [one for one in used if _mark(one) not in known and not _is_general(one, allowed)]
    if not planted:
        return ()
    memories = tuple(dict.fromkeys(one.memory or "no memory" for one in planted))
    example = visible(first_line(planted[0].answer, 80))
    named = ", ".join(memories[:SHOWN])
    return (
        f"poisoned: {len(planted)} of {len(used)} examples are not what a signed, accepted memory says "
        f"({named}; the first answers {example!r})",
    )


def _is_general(one: Example, allowed: set[str]) -> bool:
    """The base's own words; their file is signed, and they are never taught as anything but rehearsal."""
    return one.kind == "rehearsal" and not one.memory and not one.rejected and one.prompt in allowed


def _mark(one: Example) -> tuple[str, str, str, str]:
    return one.prompt, one.answer, one.rejected, one.memory
