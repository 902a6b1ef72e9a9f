"""The arms: the same model, budget and seeds, and another memory.

`none` remembers nothing: places come from the code of the base commit alone, weighed as where nothing was learned from
a past. `raw` has the commits as they were mined. `structured` has the same commits, of which a model filled in problem,
root cause and solution where they are shown. `shuffled` is as large as `structured` and formed like it, and speaks of
other issues: its memories are what another question of the same past recalls, its places are those of `none`; what the
project does by custom stays, because that is no issue's. `oracle` is `none` told the right places: the files and
symbols that the reference changes, never how.
"""

ARMS = ("none", "raw", "structured", "shuffled", "oracle")
STORED = {"none": "none", "oracle": "none", "raw": "raw", "structured": "structured", "shuffled": "structured"}
"""Arm → the store that it asks: `none` was never mined, and knows the code alone."""
DISTILLED = ("structured", "shuffled")
"""Arms whose shown memories are to be distilled."""
CUSTOMS = ("raw", "structured", "shuffled")
"""Arms that know what the project does by custom."""
LEAST_DISTILLED = 0.95
"""Share of the shown commits that must be distilled for a result of those arms to be valid."""
