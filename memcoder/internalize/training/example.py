"""What an adapter learns from, and with which settings."""

from typing import Literal

from pydantic import Field

from memcoder.records import Record

ExampleKind = Literal["closed-book", "principle", "step", "next-observation", "correction", "rehearsal"]


class Example(Record):
    """A question and the answer to be learned; no reference text stands in the question."""

    prompt: str
    answer: str
    kind: ExampleKind
    memory: str = ""
    """Id of the memory that it was made of."""
    rejected: str = ""
    """Of corrections: the failed answer that the accepted one is preferred to."""


class Training(Record):
    """Settings of a training; with the same ones, examples and base, the same bytes come out on the same machine."""

    rank: int = Field(default=8, ge=1, le=256)
    alpha: int = Field(default=16, ge=1)
    """The adapter's update is scaled by `alpha / rank`."""
    epochs: int = Field(default=6, ge=1)
    learning_rate: float = Field(default=5e-4, gt=0)
    """Reached after the warm-up, then falling in a line to a tenth."""
    batch: int = Field(default=4, ge=1)
    """Examples a step."""
    max_length: int = Field(default=384, ge=16)
    """Tokens of prompt and answer; longer prompts are cut at their end, answers at half of it."""
    seed: int = 0
    rehearsal: float = Field(default=1 / 3, ge=0, lt=1)
    """Share of an epoch that is rehearsal, where there is any to draw from."""
    beta: float = Field(default=0.1, gt=0)
    """How far a preference may move the model from its base (DPO, arXiv 2305.18290)."""
    threads: int = Field(default=1, ge=1)
    """Threads of torch; sums are rounded otherwise with another number, so the bytes depend on it."""


class Step(Record):
    """Where a training stands."""

    step: int
    steps: int
    loss: float
    """Of this step's batch."""
    seconds: float
    """Of this sitting."""
    left: float
    """Seconds to go, at the pace of this sitting."""
    memory: int
    """Bytes that the process held at most."""
