"""Whether conventions last: counted on the first part of a history, looked for in the rest."""

from memcoder.history.blobs import BlobReader
from memcoder.history.commits import list_commits, read_commits
from memcoder.history.git import output
from memcoder.history.repository import Repository
from memcoder.memory.conventions.ask import COMMITS_LIMIT
from memcoder.memory.conventions.count import convention
from memcoder.memory.conventions.counted import Tree, stated, tally, tally_again
from memcoder.memory.conventions.landed import landed
from memcoder.memory.conventions.paths import layout_of
from memcoder.records import Convention, Record


class Lasting(Record):
    """A convention that was stated, and how often it held later."""

    convention: Convention
    count: int
    """Later changes for which it held."""
    total: int
    """Later changes it could have held for."""


class HeldOut(Record):
    """A history cut in two along its main line."""

    cut: str
    """The last commit that was counted."""
    changes_before: int
    changes_after: int
    conventions: tuple[Lasting, ...]


def held_out(repo: Repository, share: float = 0.8, most: int = COMMITS_LIMIT) -> HeldOut:
    """Count on the ancestors (the newest `most`) of the commit at `share` of the main line, as `conventions` would as
    of that commit, and count again what was stated over all commits of HEAD that are no ancestors of it."""
    mainline = output(repo.path, "rev-list", "--first-parent", "--reverse", "HEAD", "--").decode().split()
    cut = mainline[max(0, int(len(mainline) * share) - 1)]
    before = landed(read_commits(repo, list_commits(repo, cut)[-most:]))
    seen = repo.ancestors(cut)
    after = landed(read_commits(repo, [sha for sha in list_commits(repo, repo.head()) if sha not in seen]))
    paths = repo.tree(cut)
    layout = layout_of(paths)
    with BlobReader(repo.path) as blobs:
        tree = Tree(frozenset(paths), lambda path: blobs.read(paths[path]) if path in paths else None)
        found = [each for each in tally(before, layout, tree) if stated(each)]
    later = tally_again([each.rule for each in found], after, layout)
    return HeldOut(
        cut=cut,
        changes_before=len(before),
        changes_after=len(after),
        conventions=tuple(
            Lasting(convention=convention(each.rule, each.tally), count=again.count, total=again.total)
            for each, again in zip(found, later, strict=True)
        ),
    )
