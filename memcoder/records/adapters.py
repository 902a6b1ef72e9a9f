"""What an adapter is: low-rank weights for one base model, what they were made of, and how they were judged."""

from typing import Literal

from pydantic import Field

from memcoder.records.base import Record


class Adapter(Record):
    """The manifest of an adapter: everything that is known of it, fixed once it is made."""

    id: str
    """Name by content: the first 16 hex digits of the SHA-256 over its weights and their configuration."""
    repository: str
    """Key of the repository whose memories it holds."""
    area: str = ""
    """Folder of the code that it is for; "" is the whole project."""
    base: str
    """File name of the base model's weights, as it was trained on them."""
    base_sha256: str
    memories: tuple[str, ...] = ()
    """Ids of the memories that its curriculum was made of."""
    data_sha256: str = ""
    """Of the curriculum, as JSONL."""
    training: dict[str, float | int | str] = Field(default_factory=dict)
    """Settings that the training can be repeated with, the seed among them."""
    versions: dict[str, str] = Field(default_factory=dict)
    """Library → version."""
    parent: str | None = None
    """The adapter of the round before, whose questions were rehearsed."""
    round: int = 1
    scores: dict[str, float] = Field(default_factory=dict)
    """What the gate measured, each 0 to 1."""
    verdict: Literal["accepted", "refused"]
    reasons: tuple[str, ...] = ()
    """Why the gate refused it, or what it was accepted by."""
    created: int = 0

    @property
    def alias(self) -> str:
        """The name under which the promoted adapter of this repository and area is served."""
        return f"{self.repository[:12]}/{self.area}" if self.area else self.repository[:12]
