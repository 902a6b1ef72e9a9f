"""A base commit without its past: what a sandbox needs of a large repository, and a tenth of its size."""

import shutil
from pathlib import Path

from memcoder import Repository
from memcoder_eval.repositories import git


def snapshot(repo: Repository, commit: str, target: Path) -> Repository:
    """A shallow repository at `target` that holds this one commit, under its own id.

    Raises FaultError where git cannot give the commit.
    """
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    url = repo.path.resolve().as_uri()
    allow = "--upload-pack=git -c uploadpack.allowAnySHA1InWant=true upload-pack"
    git(target, "init", "--quiet", "--template=", "--initial-branch=main")
    git(target, "fetch", "--quiet", "--no-tags", "--depth=1", allow, url, commit)
    git(target, "reset", "--quiet", "--hard", commit)
    return Repository.open(target)
