"""A base commit without its past: what a sandbox needs of a large repository, and a tenth of its size."""

import shutil
from contextlib import suppress
from pathlib import Path

from memcoder import FaultError, Repository
from memcoder_eval.repositories import git


def snapshot(repo: Repository, commit: str, target: Path) -> Repository:
    """A shallow repository at `target` that holds this one commit, under its own id.

    The nearest tag of its past names it there, because projects count their version from tags.

    Raises FaultError where git cannot give the commit.
    """
    bare_snapshot(repo, commit, target)
    git(target, "reset", "--quiet", "--hard", commit)
    return Repository.open(target)


def bare_snapshot(repo: Repository, commit: str, target: Path) -> None:
    """The same without its files: `git reset --hard` with the commit brings them. Raises what `snapshot` does."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    url = repo.path.resolve().as_uri()
    allow = "--upload-pack=git -c uploadpack.allowAnySHA1InWant=true upload-pack"
    git(target, "init", "--quiet", "--template=", "--initial-branch=main")
    git(target, "fetch", "--quiet", "--no-tags", "--depth=1", allow, url, commit)
    with suppress(FaultError):  # there is no tag
        tag = git(repo.path, "describe", "--tags", "--abbrev=0", "--match=*[0-9]*", commit).strip()
        git(target, "update-ref", f"refs/tags/{tag}", commit)
