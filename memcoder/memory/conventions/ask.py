"""Conventions as others ask for them: counted once a commit, kept in the store, and those that hold for a place."""

from collections.abc import Container, Iterable, Iterator

from memcoder.history.blobs import BlobReader
from memcoder.history.commits import read_commits
from memcoder.history.git import output
from memcoder.history.repository import Repository
from memcoder.memory.conventions.counted import count
from memcoder.memory.conventions.policies import policy, retired, tool_convention, written_policies
from memcoder.memory.conventions.tools import tools
from memcoder.memory.conventions.written import written
from memcoder.memory.store import MemoryStore
from memcoder.records import Commit, Convention, Memory

COMMITS_LIMIT = 5_000
"""The newest commits that are counted."""
VERSION = 1
"""Of the counting; what another version counted is counted anew."""
MARK = "conventions"
UNTRUSTED = frozenset({"quarantined"})


def conventions(
    repo: Repository,
    store: MemoryStore,
    *,
    as_of: str = "HEAD",
    path: str | None = None,
    mining: bool = False,
    keep: bool = True,
) -> tuple[Memory, ...]:
    """The `policy` memories that hold as of a commit, for a path (a file or folder) or the whole project.

    Ordered by weight. Counted over the newest ancestors of `as_of` alone where the store does not have them yet, and
    then kept, unless the store has those of a commit that is no ancestor of it; when mining, unless it has those of
    a descendant: recall tells the policies of the line that was mined last. Without `keep` nothing is written.
    """
    commit = repo.resolve(as_of)
    found = _kept(store, commit)
    if found is None:
        found = tuple(policies(repo, store, commit))
        if keep:
            _keep(repo, store, commit, found, mining)
    return by_weight(found) if path is None else conventions_for(found, (path,))


def conventions_for(
    source: MemoryStore | Iterable[Memory], paths: Iterable[str], ancestors: Container[str] | None = None
) -> tuple[Memory, ...]:
    """Those that hold for any of some places (files or folders), ordered by weight.

    What is known of a path's own area takes the place of what is known of the project. With a store, `ancestors` are
    the commits that may be seen: policies that were counted at another one are left out.
    """
    held = [memory for memory in _policies(source) if ancestors is None or memory.provenance.commit in ancestors]
    areas = _areas(held)
    chosen: dict[str, Memory] = {}
    for path in paths:
        chosen |= {memory.id: memory for memory in _holding(held, path.strip("/"), areas)}
    return by_weight(chosen.values())


def by_weight(memories: Iterable[Memory]) -> tuple[Memory, ...]:
    """Policies, the surest first."""
    return tuple(sorted(memories, key=lambda memory: (-_of(memory).weight, memory.id)))


def policies(repo: Repository, store: MemoryStore, commit: str) -> Iterator[Memory]:
    """Count and read the policies of a commit."""
    tree = repo.tree(commit)
    with BlobReader(repo.path) as blobs:

        def read(path: str) -> bytes | None:
            return blobs.read(tree[path]) if path in tree else None

        counted = count(newest_commits(repo, store, commit), tree, read)
        found = [*counted, *map(tool_convention, tools(tree, read))]
        yield from (policy(each, repo.key, commit) for each in found)
        yield from written_policies(written(tree, read), repo.key, commit)


def guidelines(repo: Repository, commit: str, paths: Iterable[str]) -> tuple[Memory, ...]:
    """What the guidelines of a commit say of some places, in their own order; read from git, without a store."""
    tree = repo.tree(commit)
    with BlobReader(repo.path) as blobs:
        sections = written(tree, lambda path: blobs.read(tree[path]) if path in tree else None)
    found = written_policies(sections, repo.key, commit)
    held = {memory.id for memory in conventions_for(found, paths)}
    return tuple(memory for memory in found if memory.id in held)


def newest_commits(repo: Repository, store: MemoryStore, commit: str) -> Iterator[Commit]:
    """The newest ancestors of a commit and itself, oldest first: from the store, what it lacks from git."""
    arguments = ("rev-list", "--topo-order", "--parents", f"--max-count={COMMITS_LIMIT}", commit, "--")
    lines = [line.split() for line in output(repo.path, *arguments).decode().splitlines()]
    parents = {sha: tuple(above) for sha, *above in reversed(lines)}
    known = store.known_commits()
    missing = read_commits(repo, [sha for sha in parents if sha not in known])
    for sha, above in parents.items():
        memory = store.get(sha) if sha in known else None
        if memory is not None and memory.trust != "quarantined":
            yield _commit(memory, above)
        elif sha in known:  # edited outside: git gives it back
            yield from read_commits(repo, [sha])
        else:
            yield next(missing)


def _commit(memory: Memory, parents: tuple[str, ...]) -> Commit:
    return Commit(
        sha=memory.id,
        parents=parents,
        author=memory.provenance.author,
        time=memory.provenance.time,
        message=memory.message,
        files=memory.change.files,
        patch=memory.change.patch,
    )


def _kept(store: MemoryStore, commit: str) -> tuple[Memory, ...] | None:
    """What the store has for just this commit; None where it has to be counted."""
    if store.meta(MARK) != f"{VERSION} {commit}":
        return None
    found = [memory for memory in store.all("policy") if memory.convention and memory.provenance.commit == commit]
    if any(memory.trust in UNTRUSTED for memory in found):
        return None  # edited outside: git gives it back
    return tuple(memory for memory in found if _of(memory).weight)


def _keep(repo: Repository, store: MemoryStore, commit: str, found: Iterable[Memory], mining: bool) -> None:
    """Keep what was counted, unless what is kept is of a later commit (or, when not mining, of another line)."""
    mark = store.meta(MARK) or ""
    kept = mark.partition(" ")[2]
    behind = bool(kept) and kept != commit and not _precedes(repo, kept, commit)
    if behind and (not mining or repo.is_ancestor(commit, kept)):
        return
    new = {memory.id: memory for memory in found}
    gone = [memory for memory in store.all("policy") if memory.convention and memory.id not in new]
    with store.writing():
        store.put([*new.values(), *(retired(memory, commit) for memory in gone if _of(memory).weight)])
        store.set_meta(MARK, f"{VERSION} {commit}")


def _precedes(repo: Repository, older: str, newer: str) -> bool:
    """Whether `older` is an ancestor, or is gone because history was rewritten."""
    return older in repo.ancestors(newer) or not _exists(repo, older)


def _exists(repo: Repository, commit: str) -> bool:
    from memcoder.errors import UsageError

    try:
        repo.resolve(commit)
    except UsageError:
        return False
    return True


def _policies(source: MemoryStore | Iterable[Memory]) -> list[Memory]:
    memories = source.all("policy") if isinstance(source, MemoryStore) else source
    return [memory for memory in memories
            if memory.convention and memory.convention.weight and memory.trust not in UNTRUSTED]  # fmt: skip


def _areas(memories: Iterable[Memory]) -> tuple[str, ...]:
    listed = next((_of(memory) for memory in memories if _of(memory).rule == "areas"), None)
    return tuple(listed.form.split("\n")) if listed else ()


def _holding(memories: list[Memory], path: str, areas: tuple[str, ...]) -> Iterator[Memory]:
    """What holds for a path: by its own area, and by the project where the area has nothing of the kind."""
    own = max((area for area in areas if (path + "/").startswith(area + "/")), key=len, default="")
    below = {area for area in areas if area.startswith(path + "/")}
    near = {own, *below} - {""}
    special = {(each.rule, each.kind) for memory in memories if (each := _of(memory)).area in near}
    for memory in memories:
        each = _of(memory)
        if each.rule == "written":
            holds = not each.area or (path + "/").startswith(each.area + "/")
        else:
            holds = each.area in near or (not each.area and (each.rule, each.kind) not in special)
        if holds:
            yield memory


def _of(memory: Memory) -> Convention:
    assert memory.convention is not None  # noqa: S101 - only such memories get here
    return memory.convention
