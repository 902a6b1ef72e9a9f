"""A conversation longer than the model's context: its oldest observations are left out, and the model is told where.

An observation is what came after the first user message from tools or from the user. System and first user message
always stay, and so does the newest observation, which is shortened only where nothing else is left to give.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from memcoder.models.base import Message
from memcoder.models.tokens import CHARACTERS_A_TOKEN, count_tokens

TOKENS_A_MESSAGE = 4
"""What a chat format adds to each message, about."""
STEP = 4
"""Room is made in steps of a fourth of the context: what is left out stays the same for many turns, and so does the
beginning of the prompt, which providers cache."""
LEFT_OUT = "[{} characters were left out here, because the conversation is longer than your context]"
TURNS_LEFT_OUT = "[Your {} oldest turns were left out after this, because the conversation is longer than your context]"


class Fitted(NamedTuple):
    """The messages to send, and how many observations they lack in whole or in part."""

    messages: list[Message]
    left_out: int = 0


def fit(messages: Sequence[Message], room: int) -> Fitted:
    """The conversation in about `room` tokens, or as near as it gets; itself where it fits."""
    excess = size(messages) - room
    if excess <= 0:
        return Fitted(list(messages))
    step = max(1, room // STEP)
    goal = size(messages) - -(-excess // step) * step
    kept, blanked = _without_old_observations(messages, goal)
    if size(kept) > room:
        kept = _without_old_turns(kept, goal)
    lost = blanked | (_observation_ids(messages) - _observation_ids(kept))
    newest = _observations(kept)[-1:]
    if size(kept) > room and newest:
        at = newest[0]
        kept[at], shorter = _shortened(kept[at], size(kept) - room)
        lost |= {at + len(messages) - len(kept)} if shorter else set()
    return Fitted(kept, len(lost))


def size(messages: Sequence[Message]) -> int:
    """About how many tokens a conversation has."""
    return sum(_tokens(message) + TOKENS_A_MESSAGE for message in messages)


def _tokens(message: Message) -> int:
    calls = message.get("tool_calls") or ()
    return count_tokens(_text(message)) + sum(count_tokens(str(call["function"])) for call in calls)


def _text(message: Message) -> str:
    content = message.get("content") or ""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def _observations(messages: Sequence[Message]) -> list[int]:
    """Where they stand."""
    roles = [message["role"] for message in messages]
    first = roles.index("user") if "user" in roles else len(roles)
    return [at for at in range(first + 1, len(roles)) if roles[at] in ("user", "tool")]


def _observation_ids(messages: Sequence[Message]) -> set[int]:
    """Counted from the end, so that what is removed before an observation does not rename it."""
    return {at - len(messages) for at in _observations(messages)}


def _without_old_observations(messages: Sequence[Message], goal: int) -> tuple[list[Message], set[int]]:
    """The oldest observations blanked until the goal is reached (all but the newest, at most), and which they are.

    They are blanked, not removed: providers want an answer to every tool call.
    """
    kept, blanked = list(messages), set()
    left = size(kept)
    for at in _observations(kept)[:-1]:
        if left <= goal:
            break
        note = {**kept[at], "content": LEFT_OUT.format(len(_text(kept[at])))}
        saved = _tokens(kept[at]) - _tokens(note)
        if saved > 0:
            kept[at] = note
            blanked.add(at - len(kept))
            left -= saved
    return kept, blanked


def _without_old_turns(messages: Sequence[Message], goal: int) -> list[Message]:
    """The oldest turns (an answer and the observations on it) removed until the goal is reached; the newest stays."""
    starts = [at for at in range(1, len(messages)) if messages[at]["role"] == "assistant"]
    observations = _observations(messages)
    starts = [at for at in starts if observations and at < observations[-1]]
    if len(starts) < 2:
        return list(messages)
    head, removed = list(messages[: starts[0]]), 0
    left = size(messages)
    for start, following in pairwise(starts):
        if left <= goal:
            break
        left -= size(messages[start:following])
        removed += 1
    note = TURNS_LEFT_OUT.format(removed)
    head[-1] = {**head[-1], "content": _appended(head[-1].get("content") or "", note)} if removed else head[-1]
    return [*head, *messages[starts[removed] :]]


def _appended(content: Any, note: str) -> Any:
    return f"{content}\n\n{note}" if isinstance(content, str) else [*content, {"type": "text", "text": note}]


def _shortened(message: Message, excess: int) -> tuple[Message, bool]:
    """The message without its middle, and whether that made it shorter."""
    text = _text(message)
    note = LEFT_OUT.format("most")
    side = int(len(text) - (excess + count_tokens(note)) * CHARACTERS_A_TOKEN) // 2
    if side <= 0:
        return message, False
    cut = len(text) - 2 * side
    return {**message, "content": f"{text[:side]}\n{LEFT_OUT.format(cut)}\n{text[-side:]}"}, True
