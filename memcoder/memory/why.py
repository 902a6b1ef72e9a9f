"""Why a place is as it is: the commits that made it so, from git, with what memory knows of each.

Nothing here is guessed: every step, revert and count comes from a commit that is named with it, all of them ancestors
of the commit that is asked about. An empty store is enough; what memory would add is then said to be missing.
"""

import re
from collections import Counter, defaultdict

from memcoder.history.kinds import change_kind, is_test_path
from memcoder.history.moves import origins, trace_through
from memcoder.history.places import find_place, line_count
from memcoder.history.repository import Repository
from memcoder.history.reverts import Revert, read_reverts, taken_back
from memcoder.history.trace import Touch, Trace, blame, files_of, messages_with, trace
from memcoder.memory.store import MemoryStore
from memcoder.records import Did, Memory, Origin, Place, TakenBack, Together, Why, WhyStep

STEPS = 20
"""Commits shown."""
COUNTED = 200
"""Commits, the newest, whose files are counted."""
WIDE = 50
"""Files of a commit that says nothing about what changes together."""
TOGETHER = 5
"""Files shown, and test files."""
TRACE_SECONDS = 30.0
SECONDS = 10.0
"""What each further question to git may take."""
BLAME_LINES = 3_000
"""Lines of a whole file above which it is not blamed."""
SUBJECT_LIMIT = 200
BODY_LIMIT = 300
ISSUES = 10
ISSUE = re.compile(
    r"(?<![\w&/])#\d+\b|\b(?:gh|bpo)-\d+\b|\bCVE-\d{4}-\d+\b"
    r"|https?://[^\s<>)\]]+/(?:issues|pull|pulls|merge_requests|ticket)/\d+|^[A-Z][A-Z0-9]{1,9}-\d+\b",
    re.IGNORECASE,
)
TRAILER = re.compile(r"^(?:git-svn-id:|[A-Z][A-Za-z]*(?:-[A-Za-z]+)+: |\(cherry picked from )")


def why(repo: Repository, store: MemoryStore, place: str, *, as_of: str = "HEAD", limit: int = STEPS) -> Why:
    """Which commits made a place what it is, what was tried and reverted there, and what usually changes with it.

    `place` is PATH, PATH:LINE, PATH:FIRST-LAST (lines from 1, as of `as_of`) or a function's or class's name; at most
    `limit` steps are shown, the introducing commit among them. Raises UsageError where there is no such place or a
    name has several definitions, and LimitError where a name is in too many files.
    """
    commit = repo.resolve(as_of)
    where = find_place(repo, commit, place)
    notes: list[str] = []
    found, sources = trace_through(repo, commit, where, TRACE_SECONDS)
    touches = _with_renames(repo, commit, where, found.touches)
    if not found.whole:
        notes.append(f"git was stopped after {TRACE_SECONDS:.0f} s: what is older was not read")
    told = messages_with(repo, commit, "revert", SECONDS)
    if not told.whole:
        notes.append("not all messages that speak of a revert were read")
    reverts = read_reverts([*touches, *told.touches])
    standing = _standing(repo, commit, where, notes)
    introduced = _introducing(repo, Trace(touches, found.whole), notes)
    shown = [*touches[: limit - 1], touches[-1]] if len(touches) > limit else touches
    steps = [_step(touch, touches, reverts, introduced, sources, standing) for touch in shown]
    together, tests = _together(repo, commit, touches, notes)
    return Why(
        place=where,
        as_of=commit,
        steps=tuple(_remembered(store, steps, notes)),
        total=len(touches),
        introduced=introduced,
        reverted=tuple(_reverted(touches, reverts)),
        together=together,
        tests=tests,
        elsewhere=_elsewhere(standing, touches),
        fixes=tuple(_fixes(repo, store, commit, where, {touch.path for touch in touches})),
        complete=found.whole and told.whole and standing is not None,
        notes=tuple(notes),
    )


def _with_renames(repo: Repository, commit: str, place: Place, touches: list[Touch]) -> list[Touch]:
    """The touches of lines, with the commits between them that only renamed the file."""
    if not place.start or {touch.path for touch in touches} <= {place.path}:
        return touches
    named = trace(repo, commit, Place(path=place.path), SECONDS).touches
    order = list(dict.fromkeys([place.path, *(touch.path for touch in named)]))
    age = {path: number for number, path in enumerate(order)}
    known = {touch.sha for touch in touches}
    result = list(touches)
    for rename in named:
        if rename.status != "R" or rename.sha in known or rename.old_path not in age:
            continue
        rename.added = rename.deleted = 0  # of the place, whose lines it did not touch
        before = age[rename.old_path]
        at = next((n for n, touch in enumerate(result) if age.get(touch.path, len(age)) >= before), None)
        if at is not None:
            result.insert(at, rename)
    return result


def _introducing(repo: Repository, found: Trace, notes: list[str]) -> str | None:
    """The first commit of a trace that was read to its end."""
    if not found.whole or not found.touches:
        return None
    first = found.touches[-1]
    if repo.shallow and not first.parents:
        notes.append(f"the clone is shallow and begins at {first.sha[:10]}: these lines may be older")
    return first.sha


def _standing(repo: Repository, commit: str, place: Place, notes: list[str]) -> Counter[tuple[str, str]] | None:
    """Today's lines by the commit and file that wrote them; None where that was not asked or not answered."""
    if place.start:
        blamed = blame(repo, commit, place, SECONDS, "-C")
    elif line_count(repo.read(commit, place.path) or b"") <= BLAME_LINES:
        blamed = blame(repo, commit, place, SECONDS)
    else:
        notes.append(f"not blamed line by line: more than {BLAME_LINES} lines; ask about lines of it, or a function")
        return None
    if blamed is None:
        notes.append("git blame gave no answer: which of today's lines stand from which commit is not told")
        return None
    return origins(blamed)


def _step(
    touch: Touch,
    touches: list[Touch],
    reverts: list[Revert],
    introduced: str | None,
    sources: dict[str, str],
    standing: Counter[tuple[str, str]] | None,
) -> WhyStep:
    """A commit as the answer tells it."""
    subject, _, rest = touch.message.partition("\n")
    lines = None if standing is None else sum(count for (sha, _), count in standing.items() if sha == touch.sha)
    kind = change_kind(touch.message, (), len(touch.parents))
    return WhyStep(
        sha=touch.sha,
        time=touch.time,
        author=touch.author,
        subject=_cut(subject.strip(), SUBJECT_LIMIT),
        body=_first_paragraph(rest),
        did=_did(touch, touches, reverts, introduced),
        path=touch.path,
        old_path=sources.get(touch.sha, touch.old_path),
        added=touch.added,
        deleted=touch.deleted,
        standing=lines,
        kind=kind,
        issues=tuple(dict.fromkeys(ISSUE.findall(touch.message)))[:ISSUES],
    )


def _did(touch: Touch, touches: list[Touch], reverts: list[Revert], introduced: str | None) -> Did:
    if touch.sha == introduced:
        return "introduced"
    if touch.status == "V":
        return "moved"
    if any(revert.touch.sha == touch.sha for revert in reverts):
        return "reverted"
    if touch.status == "D":
        return "removed"
    if touch.status == "A":
        older = touches[touches.index(touch) + 1 :]
        return "restored" if older and older[0].status == "D" else "introduced"
    return "renamed" if touch.status == "R" and not touch.added and not touch.deleted else "changed"


def _first_paragraph(body: str) -> str:
    """What a message says after its first line, as one line, without trailers."""
    kept: list[str] = []
    for line in body.strip().splitlines():
        if TRAILER.match(line):
            continue
        if not line.strip() and kept:
            break
        kept.append(line.strip())
    return _cut(" ".join(filter(None, kept)), BODY_LIMIT)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _reverted(touches: list[Touch], reverts: list[Revert]) -> list[TakenBack]:
    """The commits of a trace that were taken back, each with the commit that did it."""
    found = []
    for touch in touches:
        if (by := taken_back(touch, reverts)) is None:
            continue
        again = taken_back(by.touch, reverts)
        found.append(
            TakenBack(
                sha=touch.sha,
                subject=_cut(touch.message.partition("\n")[0], SUBJECT_LIMIT),
                by=by.touch.sha,
                by_subject=_cut(by.touch.message.partition("\n")[0], SUBJECT_LIMIT),
                again=again.touch.sha if again else None,
            )
        )
    return found


def _together(
    repo: Repository, commit: str, touches: list[Touch], notes: list[str]
) -> tuple[tuple[Together, ...], tuple[Together, ...]]:
    """Files, and test files, that at least two of the commits changed as well; only those that are still there."""
    chosen = [touch.sha for touch in touches if len(touch.parents) < 2][:COUNTED]
    files = files_of(repo, chosen, SECONDS)
    counted = [sha for sha in chosen if 0 < len(files.get(sha, ())) <= WIDE]
    if len(counted) < len(chosen):
        notes.append(f"{len(chosen) - len(counted)} commits of more than {WIDE} files do not count for what goes along")
    own = {touch.path for touch in touches} | {touch.old_path for touch in touches}
    by_path: dict[str, list[str]] = defaultdict(list)
    for sha in counted:
        for path in files[sha]:
            by_path[path].append(sha)
    tree = repo.tree(commit)
    ranked = sorted(
        (path for path, shas in by_path.items() if len(shas) > 1 and path in tree and path not in own),
        key=lambda path: (-len(by_path[path]), path),
    )
    made = [
        Together(path=path, times=len(by_path[path]), of=len(counted), commits=tuple(by_path[path])) for path in ranked
    ]
    return (
        tuple(one for one in made if not is_test_path(one.path))[:TOGETHER],
        tuple(one for one in made if is_test_path(one.path))[:TOGETHER],
    )


def _elsewhere(standing: Counter[tuple[str, str]] | None, touches: list[Touch]) -> tuple[Origin, ...]:
    """Lines that blame finds in other files, written by commits that the trace does not have."""
    known = {touch.sha for touch in touches}
    found = (standing or Counter()).most_common()
    return tuple(Origin(sha=sha, path=path, lines=count) for (sha, path), count in found if sha not in known)


def _remembered(store: MemoryStore, steps: list[WhyStep], notes: list[str]) -> list[WhyStep]:
    """The steps with what their memories add; says what memory lacks."""
    memories = {step.sha: memory for step in steps if (memory := _trusted(store, step.sha))}
    missing = len(steps) - len(memories)
    if missing:
        notes.append(f"{missing} of these {len(steps)} commits are not in memory; `memcoder mine` reads them")
    if memories and not any(memory.distilled for memory in memories.values()):
        notes.append("none of these commits is distilled: the problem each solved is told by its own message alone")
    return [_with_memory(step, memories.get(step.sha)) for step in steps]


def _trusted(store: MemoryStore, memory_id: str) -> Memory | None:
    memory = store.get(memory_id)
    return memory if memory is not None and memory.trust != "quarantined" else None


def _with_memory(step: WhyStep, memory: Memory | None) -> WhyStep:
    if memory is None:
        return step
    known = {"problem": memory.problem, "root_cause": memory.root_cause, "solution": memory.solution}
    return step.model_copy(update=known | {"kind": memory.change.kind})


def _fixes(repo: Repository, store: MemoryStore, commit: str, place: Place, paths: set[str]) -> list[Memory]:
    """Accepted fixes on ancestors that changed the place's file, and its function where both are known."""
    found = []
    for memory in store.all("fix"):
        touched = [file for file in memory.change.files if {file.path, file.old_path} & (paths | {place.path})]
        if memory.trust == "quarantined" or not any(_same_symbol(file.symbols, place.symbol) for file in touched):
            continue
        base = memory.provenance.commit
        if base is None or repo.is_ancestor(base, commit):
            found.append(memory)
    return sorted(found, key=lambda memory: -memory.provenance.time)


def _same_symbol(symbols: tuple[str, ...], symbol: str | None) -> bool:
    return symbol is None or not symbols or symbol in symbols
