"""An optional last step of recall: one call of a model puts the best files in order.

The model picks by number, so that nothing it writes becomes a path; its picks are fused with the order they had.
"""

import re

from memcoder.memory.fusion import K
from memcoder.models.base import LanguageModel, Sampling
from memcoder.prompts import chat, render
from memcoder.records import Evidence, Place

FILES = 10
"""Files that the model is shown."""
SYMBOLS = 4
"""Functions of each."""
ISSUE_LIMIT = 1_500
"""Characters of the issue: what a small model reads in ten seconds, the files included."""
TOKENS = 40
TRUST = 2.0
"""What a pick counts by, against the order that evidence gave."""
NUMBER = re.compile(r"(?<![-.\w])\d{1,2}\b")
SCHEMA = {
    "type": "object",
    "properties": {"files": {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 3}},
    "required": ["files"],
}


def reranked(
    model: LanguageModel, query: str, files: tuple[Place, ...], symbols: tuple[Place, ...]
) -> tuple[Place, ...]:
    """The files with the model's picks moved up; the order stays where it answers nothing that can be read.

    Raises as the model does.
    """
    shown = files[:FILES]
    if len(shown) < 2:
        return files
    listing = "\n".join(_line(number, place, symbols) for number, place in enumerate(shown, start=1))
    messages = chat(render("rerank", issue=query[:ISSUE_LIMIT], files=listing))
    picks = _picks(model.chat(messages, Sampling(max_tokens=TOKENS, json_schema=SCHEMA)).text, len(shown))
    scores = {number: 1 / (K + number) for number in range(1, len(shown) + 1)}
    for rank, number in enumerate(picks, start=1):
        scores[number] += TRUST / (K + rank)
    order = sorted(scores, key=lambda number: (-scores[number], number))
    return tuple(_picked(shown[number - 1], number in picks) for number in order) + files[FILES:]


def _line(number: int, place: Place, symbols: tuple[Place, ...]) -> str:
    names = [symbol.symbol for symbol in symbols if symbol.path == place.path and symbol.symbol][:SYMBOLS]
    return f"{number}. {place.path}: {', '.join(names)}" if names else f"{number}. {place.path}"


def _picks(text: str, most: int) -> list[int]:
    """Numbers of files in the answer, JSON or prose, each once, in order; nothing that a model writes can fail here."""
    numbers = [int(number) for number in NUMBER.findall(text)]
    return [number for number in dict.fromkeys(numbers) if 1 <= number <= most][:3]


def _picked(place: Place, picked: bool) -> Place:
    if not picked:
        return place
    return place.model_copy(
        update={"evidence": (*place.evidence, Evidence(ranker="model", score=1.0, detail="picked"))}
    )
