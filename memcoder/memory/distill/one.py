"""One memory distilled: a model's answer, checked, and one more try that says what was wrong."""

import math
import time

from memcoder.memory.distill.check import Fault, read
from memcoder.memory.distill.fields import Fields, schema
from memcoder.memory.distill.names import Ground
from memcoder.memory.distill.prompt import messages
from memcoder.models.base import LanguageModel, Sampling
from memcoder.records import Memory, Record, Usage

TRIES = 2
CALL_SECONDS = 300.0
ANSWER_TOKENS = 256
ROOM_TO_THINK = 2_048
"""Tokens for models with a large context, some of which think before they answer; the schema bounds the answer."""
LARGE_CONTEXT = 16_384


class Distillation(Record):
    """What a model made of one memory."""

    memory: str
    """The memory's id."""
    fields: Fields | None = None
    """None: every try was refused."""
    refused: tuple[tuple[Fault, ...], ...] = ()
    """The faults of each try that was refused, in order."""
    usage: Usage = Usage()

    @property
    def tries(self) -> int:
        """Answers that were asked for."""
        return len(self.refused) + (self.fields is not None)


def distill_memory(model: LanguageModel, memory: Memory, *, within: float = math.inf, seed: int = 0) -> Distillation:
    """Keywords, problem, root cause and solution of a commit, from its message and diff and nothing else.

    `within` is seconds for both tries. Nothing is written. Raises LimitError past the time, and what the model raises.
    """
    ground = Ground.of(memory)
    refused: list[tuple[Fault, ...]] = []
    usage = Usage()
    ends = time.monotonic() + within
    for _ in range(TRIES):
        how = Sampling(
            max_tokens=ROOM_TO_THINK if model.context >= LARGE_CONTEXT else ANSWER_TOKENS,
            seed=seed,
            timeout=max(0.0, min(CALL_SECONDS, ends - time.monotonic())),
            json_schema=schema(),
        )
        reply = model.chat(messages(memory, refused[-1] if refused else ()), how)
        usage += reply.usage
        fields, faults = read(reply, memory, ground)
        if fields is not None:
            return Distillation(memory=memory.id, fields=fields, refused=tuple(refused), usage=usage)
        refused.append(faults)
    return Distillation(memory=memory.id, refused=tuple(refused), usage=usage)
