"""A repository of its own for each issue, made of the checkout's objects: its files, configuration and HEAD are those
of the default branch, whatever the checkout was left at. So nothing of a pull request's side is read or believed."""

import shutil
from pathlib import Path

from memcoder import MissingError, Repository, home
from memcoder.github.git import git, run

NAME = "github-actions[bot]"
EMAIL = "41898282+github-actions[bot]@users.noreply.github.com"
"""Whose commits those of the Action are, as GitHub shows them."""


def make_clone(checkout: Path, repository: str, number: int, commit: str | None, branch: str) -> Repository:
    """The clone at a commit, or at the checkout's copy of the default branch. Always in the same place, so that a run
    is continued. Raises MissingError where the checkout does not have the commit or its past."""
    source = Repository.open(checkout)
    if source.shallow:
        raise MissingError("the checkout is shallow, and memory is made of history", "check out with `fetch-depth: 0`")
    base = commit or _tip(source, branch)
    if not source.knows(base):
        raise MissingError(f"the checkout does not have {base}", "check out with `fetch-depth: 0`")
    place = home() / "github" / repository.replace("/", "__") / f"issue-{number}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    git(place, "init", "--quiet", "--template=", f"--initial-branch={branch}")
    objects = _objects(source.path)
    (place / ".git" / "objects" / "info").mkdir(parents=True, exist_ok=True)
    (place / ".git" / "objects" / "info" / "alternates").write_text(f"{objects}\n")
    git(place, "update-ref", f"refs/heads/{branch}", base)
    git(place, "read-tree", "-u", "--reset", "HEAD")
    return Repository.open(place)


def _tip(source: Repository, branch: str) -> str:
    """What the checkout has as the remote's default branch; a clone by hand may have only its own."""
    for name in (f"refs/remotes/origin/{branch}", f"refs/heads/{branch}"):
        found = run(source.path, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if found.returncode == 0:
            return found.stdout.decode().strip()
    raise MissingError(f"the checkout does not have the branch {branch}", "check out with `fetch-depth: 0`")


def _objects(folder: Path) -> str:
    found = git(folder, "rev-parse", "--path-format=absolute", "--git-path", "objects")
    return found.decode(errors="surrogateescape").removesuffix("\n")


def make_commit(repo: Repository, base: str, parents: list[str], diff: str, message: str, at: int) -> str:
    """A commit of the base's tree with a patch, the same one each time. Raises FaultError where it does not apply."""
    index = repo.path / ".git" / "memcoder-index"
    index.unlink(missing_ok=True)
    git(repo.path, "read-tree", base, index=index)
    data = diff.encode(errors="surrogateescape")
    git(repo.path, "apply", "--cached", "--whitespace=nowarn", "-", data=data, index=index)
    tree = git(repo.path, "write-tree", index=index).decode().strip()
    index.unlink(missing_ok=True)
    chosen = [word for parent in parents for word in ("-p", parent)]
    who = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", NAME), ("EMAIL", EMAIL), ("DATE", f"{at} +0000"))
    }
    made = git(repo.path, "commit-tree", tree, *chosen, data=message.encode(errors="replace"), more=who)
    return made.decode().strip()


def tree_of(repo: Repository, commit: str) -> str:
    """The tree of a commit."""
    return git(repo.path, "rev-parse", "--verify", f"{commit}^{{tree}}").decode().strip()
