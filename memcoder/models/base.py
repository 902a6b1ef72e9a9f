"""What a language model is to memcoder."""

from typing import Any, Protocol

from memcoder.records import Record, Usage

Message = dict[str, Any]
"""OpenAI's chat format: {"role": ..., "content": ...}."""


class Reply(Record):
    """One answer. Where several were sampled in one request, the first carries the prompt's cost."""

    text: str
    tool_calls: tuple[dict[str, Any], ...] = ()
    usage: Usage = Usage()
    finish: str = "stop"
    """`stop`, or `length` where the answer was cut off."""


class Sampling(Record):
    """How answers are drawn, and how long they may take."""

    temperature: float = 0.0
    max_tokens: int = 1024
    seed: int = 0
    stop: tuple[str, ...] = ()
    """Texts before which an answer ends."""
    timeout: float | None = None
    """Seconds, with all that is tried again; None: as long as the model's kind allows."""
    json_schema: dict[str, Any] | None = None
    """What a chat's answer should look like. Servers that can hold a model to it do; the caller checks all the same."""


PLAIN = Sampling()
LINE = ("\n",)
"""Where an infill ends unless it is told otherwise."""


class LanguageModel(Protocol):
    """A model that answers chats, and where `can_infill` also fills in the middle of a text.

    All methods raise LimitError past the time limit, FaultError where the model cannot be reached or fails, and
    UsageError where it cannot do what is asked.
    """

    name: str
    can_infill: bool
    can_prefill: bool
    """Whether it goes on with an answer that the last message, from the assistant, begins. A reply's text has the
    beginning in it."""
    context: int
    """Tokens of prompt and answer together."""

    def chat(
        self, messages: list[Message], how: Sampling = PLAIN, *, tools: list[dict[str, Any]] | None = None
    ) -> Reply:
        """One answer."""

    def sample(self, messages: list[Message], n: int, how: Sampling) -> list[Reply]:
        """`n` answers that share one prompt."""

    def infill(self, prefix: str, suffix: str, n: int, how: Sampling) -> list[Reply]:
        """`n` versions of what stands between prefix and suffix; a line each, unless `how` names stops."""

    def price(self, tokens_in: int, tokens_out: int) -> float | None:
        """US dollars for so many tokens; None where the price is not known."""

    def close(self) -> None:
        """End what was started for it."""
