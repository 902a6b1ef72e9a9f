"""Where lines stood before a commit moved them, in the same file or in another, by `git blame -M -C`.

`git log -L` follows a file's renames, and ends where its lines appear; when they were only moved there, their past
goes on at the old place.
"""

import time
from collections import Counter

from memcoder.history.repository import Repository
from memcoder.history.trace import Blamed, Touch, Trace, blame, lines_at, trace
from memcoder.records import Place

MOVES = 5
"""Moves that are followed, one after the other."""
SHARE = 0.5
"""Of the lines that say something, how many must come from one older file."""
GAP = 20
"""Lines between two that moved together, at most."""
STILL = 0.8
"""Of the lines at the old place, how many must be there afterwards for the move to be a copy."""
BLAME_SECONDS = 10.0


def trace_through(repo: Repository, commit: str, place: Place, seconds: float) -> tuple[Trace, dict[str, str]]:
    """As `trace`, gone on with where lines were moved; and of each moving or copying commit the file they came from.

    A copy ends the trace: the copying commit introduced these lines.
    """
    ended = time.monotonic() + seconds
    found = trace(repo, commit, place, seconds)
    touches, whole = list(found.touches), found.whole
    sources: dict[str, str] = {}
    for _ in range(MOVES):
        first = touches[-1] if touches else None
        if not whole or first is None or first.status != "A" or not first.first or len(first.parents) != 1:
            break
        source = _source(repo, first)
        if source is None:
            break
        sources[first.sha] = source.path
        if _stays(repo, first, source):
            break
        older = trace(repo, first.parents[0], source, ended - time.monotonic())
        first.status = "V"
        past, ended_here = _until_rewritten([touch for touch in older.touches if touch.sha != first.sha])
        touches += past
        whole = older.whole or ended_here
    return Trace(touches, whole), sources


def _until_rewritten(touches: list[Touch]) -> tuple[list[Touch], bool]:
    """The past of moved lines up to the commit that wrote them, and whether that was found.

    `git log -L` goes on with whatever stood where the lines came to stand. Of lines that are asked about that is
    git's own answer; of lines that blame found, it would cite commits that have nothing to do with them.
    """
    for number, touch in enumerate(touches):
        if touch.rewrote and touch.status == "M":
            touch.status = "A"
            return touches[: number + 1], True
    return touches, False


def _source(repo: Repository, touch: Touch) -> Place | None:
    """The lines in the commit's parent that most of a new place came from."""
    here = Place(path=touch.path, start=touch.first, end=touch.last)
    blamed = blame(repo, f"{touch.parents[0]}..{touch.sha}", here, BLAME_SECONDS, "-M", "-C", "-C") or []
    telling = [line for line in blamed if any(char.isalnum() for char in line.text)]
    older = [line for line in telling if line.boundary]
    if not older or len(older) < SHARE * len(telling):
        return None
    path, count = Counter(line.path for line in older).most_common(1)[0]
    if count < SHARE * len(telling):
        return None
    start, end = _cluster(sorted(line.line for line in older if line.path == path))
    return Place(path=path, start=start, end=end)


def _cluster(numbers: list[int]) -> tuple[int, int]:
    """First and last of the longest run of line numbers without a large gap."""
    runs = [[numbers[0]]]
    for number in numbers[1:]:
        if number - runs[-1][-1] > GAP:
            runs.append([])
        runs[-1].append(number)
    longest = max(runs, key=len)
    return longest[0], longest[-1]


def _stays(repo: Repository, touch: Touch, source: Place) -> bool:
    """Whether the old place is still there after the commit: then it was copied, not moved."""
    before = lines_at(repo, touch.parents[0], source.path)[source.start - 1 : source.end]
    after = lines_at(repo, touch.sha, source.path)
    if source.path == touch.path:
        after = after[: touch.first - 1] + after[touch.last :]
    left = {line.strip() for line in after}
    telling = [line.strip() for line in before if any(char.isalnum() for char in line)]
    return bool(telling) and sum(line in left for line in telling) >= STILL * len(telling)


def origins(blamed: list[Blamed]) -> Counter[tuple[str, str]]:
    """How many lines each commit and file gave."""
    return Counter((line.sha, line.path) for line in blamed)
