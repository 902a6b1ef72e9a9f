"""Words of prose and of code, brought to one form so that `totalPrices` finds `total_price` and "total prices"."""

import re
from collections import Counter
from functools import lru_cache

WORD = re.compile(r"\w+")
HUMP = re.compile(r"_+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
LONGEST = 40
"""Characters; longer words are hashes and data."""
STOP_WORDS = """
a an and are as at be been but by can could did do does for from had has have how i if in into is it its just me my no
not of on or our should so some than that the their them then there these they this to too us was we were what when
where which while who why will with would you your
"""
STOP = frozenset(STOP_WORDS.split())


def words(text: str) -> list[str]:
    """Terms in order: identifiers whole and split at humps and underscores, lower case, without endings."""
    return [term for word in WORD.findall(text) for term in terms_of(word)]


def counted(text: str) -> Counter[str]:
    """How often each word stands in a text, as it is written; `terms_of` turns words into terms."""
    return Counter(WORD.findall(text))


@lru_cache(maxsize=1 << 18)
def terms_of(word: str) -> tuple[str, ...]:
    """The terms of one word; of an identifier with several parts each part, and all of them joined."""
    parts = [part.lower() for part in HUMP.split(word) if part]
    if len(parts) > 1:
        parts.append("".join(parts))
    return tuple(stem(part) for part in parts if part not in STOP and len(part) <= LONGEST)


def stem(word: str) -> str:
    """A light stem: plural s, -ed and -ing go, and what they doubled; short words stay."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        root = word.removesuffix(ending)
        if root != word and len(root) >= 3 and any(vowel in root for vowel in "aeiouy"):
            doubled = len(root) > 3 and root[-1] == root[-2] and root[-1] not in "lsz"
            return root[:-1] if doubled else root.removesuffix("e")
    return word.removesuffix("e") if len(word) > 4 else word
