"""Which commits took which others back, by what their messages say."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from memcoder.history.trace import Touch

HASH = re.compile(
    r"\b(?:revert(?:s|ed|ing)?|back(?:s|ed|ing)? out)\s+(?:the\s+)?(?:commits?|changesets?|revisions?)?\s*:?\s*\[?"
    r"([0-9a-f]{7,64}\b(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+)[0-9a-f]{7,64}\b)*)",
    re.IGNORECASE,
)
"""One hash, or several with commas or `and` between them."""
SUBJECT = re.compile(r'^(?:\[[^\]]*\]\s*)?Revert(?:ed|s)?:?\s+"(.+)"', re.IGNORECASE)
SUBVERSION = re.compile(r"\brevert(?:s|ed|ing)?\s+(?:changesets?\s+|revisions?\s+)?(?:r|\[)(\d{2,7})\b", re.IGNORECASE)
SUBVERSION_ID = re.compile(r"^git-svn-id: \S+@(\d+) ", re.MULTILINE)


@dataclass(frozen=True)
class Revert:
    """A commit that says that it takes others back."""

    touch: Touch
    hashes: tuple[str, ...]
    subject: str | None
    numbers: tuple[str, ...]
    """Subversion revisions, from histories that began there."""

    def takes_back(self, other: Touch) -> bool:
        """Whether its message means this commit; by hash where it names one, else by number, else by subject."""
        if other.sha == self.touch.sha:
            return False
        if self.hashes:
            return any(other.sha.startswith(name) for name in self.hashes)
        if self.numbers:
            found = SUBVERSION_ID.search(other.message)
            return found is not None and found[1] in self.numbers
        same = self.subject is not None and other.message.partition("\n")[0].strip() == self.subject
        return same and other.time <= self.touch.time


def read_reverts(commits: Iterable[Touch]) -> list[Revert]:
    """Those of the commits that take others back, each once."""
    found = {}
    for touch in commits:
        named = (word for several in HASH.findall(touch.message) for word in re.split(r"[\s,]+", several.lower()))
        hashes = tuple(dict.fromkeys(word for word in named if word != "and"))
        quoted = SUBJECT.match(touch.message)
        numbers = tuple(SUBVERSION.findall(touch.message))
        if hashes or quoted or numbers:
            found[touch.sha] = Revert(touch, hashes, quoted[1].strip() if quoted else None, numbers)
    return list(found.values())


def taken_back(touch: Touch, reverts: Sequence[Revert]) -> Revert | None:
    """The revert of a commit; the latest where there were several."""
    fitting = [revert for revert in reverts if revert.takes_back(touch)]
    return max(fitting, key=lambda revert: revert.touch.time, default=None)
