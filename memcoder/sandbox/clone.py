"""A repository at its base commit with that commit's ancestors and nothing else."""

import shutil
from pathlib import Path

from memcoder.errors import FaultError
from memcoder.history.git import output as git_output
from memcoder.history.git import run as run_git


def clone_ancestors(source: Path, commit: str, target: Path) -> None:
    """Make `target` a work tree at `commit`: no remotes, reflog, alternates, hooks, or later commits.

    Tags of the commit and of its ancestors are there by name alone, since projects count their version from them;
    what a tag says may have been written later, and is not.

    Raises FaultError where git cannot give the commit (e.g. a broken or partial clone).
    """
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    git_output(target, "init", "--quiet", "--template=", "--initial-branch=main", f"--object-format={_format(source)}")
    depth = _shallow_arguments(source)
    allow = ("-c", "uploadpack.allowAnySHA1InWant=true")
    upload = f"--upload-pack=git {' '.join(allow)} upload-pack"
    url = source.resolve().as_uri()
    found = run_git(target, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", *depth, upload, url, commit)
    if found.returncode:
        raise FaultError(
            f"git cannot copy commit {commit[:12]} of {source}: {found.stderr.decode(errors='replace').strip()[-400:]}",
            "is the clone whole? `git fsck` says; `git fetch --unshallow` completes a shallow one",
        )
    for key, value in (
        ("core.logAllRefUpdates", "false"),
        ("gc.auto", "0"),
        ("user.name", "agent"),
        ("user.email", ""),
    ):
        git_output(target, "config", key, value)
    git_output(target, "update-ref", "refs/heads/main", commit)
    git_output(target, "update-ref", "--stdin", "-z", data=_tags(source, commit))
    git_output(target, "pack-refs")  # hundreds of tags are one file to copy
    git_output(target, "reset", "--quiet", "--hard", commit)
    (target / ".git" / "FETCH_HEAD").unlink(missing_ok=True)


def clone_once(source: Path, commit: str, target: Path) -> None:
    """`clone_ancestors` where `target` is not there yet; it appears whole. Raises as that does."""
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f"{target.name}.partial")
        clone_ancestors(source, commit, draft)
        draft.rename(target)


def _tags(source: Path, commit: str) -> bytes:
    """Commands that make the tags of a commit's past, for `update-ref --stdin -z`; none where a tag is broken."""
    fields = ("refname", "objecttype", "objectname", "*objecttype", "*objectname")
    form = "--format=" + " ".join(f"%({field})" for field in fields)
    found = run_git(source, "for-each-ref", f"--merged={commit}", form, "refs/tags")
    tags = [line.split() for line in found.stdout.splitlines()] if not found.returncode else []
    return b"".join(b"create %s\0%s\0" % (tag[0], tag[-1]) for tag in tags if tag[-2] == b"commit")


def _format(source: Path) -> str:
    found = run_git(source, "rev-parse", "--show-object-format")
    return found.stdout.decode().strip() if not found.returncode else "sha1"


def _shallow_arguments(source: Path) -> tuple[str, ...]:
    shallow = git_output(source, "rev-parse", "--is-shallow-repository").strip() == b"true"
    return ("--update-shallow",) if shallow else ()
