"""What a model fills in of a memory: the k, p, r and s of the MemCoder record."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints

from memcoder.records import Record

WORD_LIMIT = 40
SENTENCE_LIMIT = 200
"""Characters; three sentences and the keywords are about 160 tokens, which a small machine writes in 12 s."""
HINTS = {
    "keywords": "three to six words or names to search by",
    "problem": "what went wrong or was missing, as somebody who used it saw it",
    "root_cause": "what in the code as it was made it so",
    "solution": "what the change does about it",
}
"""What the prompt says of each field; an answer that gives these words back is no answer."""
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=WORD_LIMIT)]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=12, max_length=SENTENCE_LIMIT)]


class Fields(Record):
    """The distilled fields, and nothing else; validation converts nothing."""

    model_config = ConfigDict(strict=True)

    keywords: Annotated[tuple[Word, ...], Field(min_length=1, max_length=6)]
    problem: Sentence
    root_cause: Sentence
    solution: Sentence

    @property
    def sentences(self) -> tuple[str, str, str]:
        """Problem, root cause and solution."""
        return self.problem, self.root_cause, self.solution


def schema() -> dict[str, Any]:
    """The JSON schema of `Fields`, for servers that can hold a model to it."""
    return Fields.model_json_schema()
