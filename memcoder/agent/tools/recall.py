"""recall: what memory says of the present observation, as of the base commit."""

from pydantic import Field

from memcoder.agent.remember import Remember
from memcoder.agent.tools.base import Arguments, Observation, Tool
from memcoder.agent.tools.text import shown
from memcoder.history.repository import Repository
from memcoder.records import Place, RecalledMemory

MEMORIES, PLACES = 3, 6
QUERY_CHARACTERS = 2000
MESSAGE_CHARACTERS = 600
FILES = 8
"""Files of a memory that are named."""


class RecallArguments(Arguments):
    """A question."""

    query: str = Field(description="What you see or look for: an error message, a name, a behaviour.")


class RecallTool(Tool[RecallArguments]):
    """Asks what the agent remembers, which knows nothing that came after the base commit."""

    name = "recall"
    help = (
        "Ask the project's history: earlier commits and accepted fixes that resemble what you describe, and the places "
        "in the code that they and your words point at."
    )
    example = "```recall\nKeyError in Cart.total when a price is missing\n```"
    body = "query"
    arguments = RecallArguments

    def __init__(self, repo: Repository, remember: Remember, commit: str) -> None:
        self._repo, self._remember, self._commit = repo, remember, commit

    def run(self, arguments: RecallArguments) -> Observation:
        """The nearest memories and places, as data."""
        query = arguments.query[:QUERY_CHARACTERS]
        found = self._remember.recall(self._repo, query, as_of=self._commit, k=MEMORIES, places=PLACES)
        parts = [shown(_memory(one), "memory", 2 * MESSAGE_CHARACTERS) for one in found.memories]
        places = found.symbols or found.files
        if places:
            parts.append(shown("\n".join(map(_place, places)), "places", 2 * MESSAGE_CHARACTERS))
        if not parts:
            return Observation("Memory has nothing near to that.", failed=True)
        return Observation("\n".join(parts), memories=tuple(one.memory.id for one in found.memories))


def _memory(found: RecalledMemory) -> str:
    memory = found.memory
    files = ", ".join(file.path for file in memory.change.files[:FILES])
    learnt = [memory.problem, memory.root_cause, memory.solution]
    told = [memory.message.strip()[:MESSAGE_CHARACTERS], *(text for text in learnt if text)]
    return "\n".join([*told, f"It changed {files}."] if files else told)


def _place(place: Place) -> str:
    symbol = f": {place.symbol}" if place.symbol else ""
    lines = f", lines {place.start} to {place.end}" if place.start else ""
    return f"{place.path}{symbol}{lines}"
