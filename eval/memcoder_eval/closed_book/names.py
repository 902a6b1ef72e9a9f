"""Names that nobody has seen: pronounceable, random, and the same for the same seed."""

import builtins
import keyword
import random
import sys

CONSONANTS = ("b", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z")
CONSONANTS = ("b", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z")
ONSETS = (*CONSONANTS, "dr", "gl", "kr", "pl", "st", "tr")
VOWELS = ("a", "e", "i", "o", "u")
TAKEN = frozenset({*keyword.kwlist, *dir(builtins), *sys.stdlib_module_names})
"""What Python itself knows by a name is no new one."""


class Names:
    """Gives each name once."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self._given: set[str] = set()

    def word(self) -> str:
        """A name of two syllables, such as `droven`."""
        while True:
            parts = (ONSETS, VOWELS, CONSONANTS, VOWELS, CONSONANTS)
            word = "".join(self.chance.choice(part) for part in parts)
            if word not in self._given | TAKEN:
                self._given.add(word)
                return word
