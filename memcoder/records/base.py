"""What all records are."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """Base of all records: immutable, and strict about names it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")
