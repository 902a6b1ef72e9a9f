"""Run inside the container of a build: what installing wrote into the work tree and git ignores, kept as an archive.

    save ROOT ARCHIVE               archive what is there now
    narrow ROOT ARCHIVE TARGET      of an archive, what git ignores at ROOT's commit: TARGET.tar and TARGET.list

Each prints JSON: `files`, `bytes`, and for `save` what of it was `left_out` because the limit was reached. The list
holds paths that end in a zero byte. It meets whatever Python the base image has, so it needs nothing but the standard
library of Python 3.8.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tarfile
from pathlib import Path

LIMIT = 200 * 1024 * 1024
"""Bytes of all files; the smallest go first, because version files and metadata are small."""
FOLDERS = frozenset(
    (
        *("__pycache__", ".cache", ".pytest_cache", ".mypy_cache", ".ruff_cache"),
        *(".git", ".venv", "venv", ".tox", ".nox", ".eggs", "node_modules"),
        *("build", "dist", "target"),
    )
)
"""Caches, environments, and what builds leave on their way: packages are not imported from there."""
ENDINGS = (".pyc", ".pyo", ".o", ".obj", ".c", ".cc", ".cpp", ".cxx", ".log")
"""Compiled from or into something else that counts."""


def main(arguments: list[str]) -> None:
    """Do what the first argument says."""
    work = {"save": save, "narrow": narrow}[arguments[0]]
    sys.stdout.write(json.dumps(work(*map(Path, arguments[1:]))))


def save(root: Path, archive: Path, limit: int = LIMIT) -> dict[str, int]:
    """Archive the ignored files of a work tree."""
    found = _git(root, ["ls-files", "--others", "--ignored", "--exclude-standard", "-z"])
    sizes = {path: _size(root / path) for path in found if _counts(path)}
    total, chosen, left_out = 0, [], 0
    for path in sorted((path for path in sizes if sizes[path] >= 0), key=lambda path: (sizes[path], path)):
        if total + sizes[path] > limit:
            left_out += 1
            continue
        total += sizes[path]
        chosen.append(path)
    if chosen:
        with tarfile.open(str(archive), "w") as made:
            for path in sorted(chosen):
                _add(made, root, path)
    return {"files": len(chosen), "bytes": total, "left_out": left_out}


def narrow(root: Path, archive: Path, target: Path) -> dict[str, int]:
    """Archive again what of an archive's files git ignores at this commit; a tracked file is never among them."""
    with tarfile.open(str(archive)) as saved:
        members = {member.name: member for member in saved.getmembers()}
        chosen = [members[path] for path in _git(root, ["check-ignore", "--stdin", "-z"], list(members))]
        with tarfile.open(str(target.with_suffix(".tar")), "w") as made:
            for member in chosen:
                made.addfile(member, saved.extractfile(member) if member.isreg() else None)
    target.with_suffix(".list").write_bytes(b"".join(os.fsencode(member.name) + b"\0" for member in chosen))
    return {"files": len(chosen), "bytes": sum(member.size for member in chosen)}


def _counts(path: str) -> bool:
    return not FOLDERS.intersection(path.split("/")) and not path.endswith(ENDINGS)


def _size(path: Path) -> int:
    """Bytes of a file, or of a link itself; less than none for anything else."""
    found = path.lstat()
    return found.st_size if stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode) else -1


def _add(archive: tarfile.TarFile, root: Path, path: str) -> None:
    """A file as the tree's owner has it; what has two names is kept twice, because one of them may be narrowed away."""
    owner, file = root.stat(), root / path
    info = archive.gettarinfo(str(file), arcname=path)
    info.uid, info.gid, info.uname, info.gname, info.mode = owner.st_uid, owner.st_gid, "", "", info.mode & 0o777
    if info.issym():
        archive.addfile(info)
        return
    info.type, info.linkname, info.size = tarfile.REGTYPE, "", file.stat().st_size
    with file.open("rb") as data:
        archive.addfile(info, data)


def _git(root: Path, arguments: list[str], paths: list[str] | None = None) -> list[str]:
    """The paths that git prints; as the tree's owner, because git refuses the tree of another. Exit code 1: none."""
    command = ["git", "-c", "core.excludesFile=/dev/null", "-c", "core.fsmonitor=false", *arguments]
    owner = root.stat().st_uid
    done = subprocess.run(
        command,
        cwd=str(root),
        input=b"".join(os.fsencode(path) + b"\0" for path in paths or []),
        stdout=subprocess.PIPE,
        preexec_fn=lambda: os.setuid(owner),
        check=False,
    )
    if done.returncode not in (0, 1):
        raise SystemExit("git cannot say what is ignored")
    return [os.fsdecode(path) for path in done.stdout.split(b"\0") if path]


if __name__ == "__main__":
    main(sys.argv[1:])
