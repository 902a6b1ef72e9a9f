"""The repository's ancestors-only copy, and single files, put into a container."""

import io
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from memcoder.sandbox.clone import clone_ancestors
from memcoder.sandbox.layers import USER
from memcoder.sandbox.owner import own_folder


def put_tree(container: Any, source: Path, commit: str, where: str) -> int:
    """Copy the repository at the commit into a container, owned by the unprivileged user; its size in bytes."""

    def own(info: tarfile.TarInfo) -> tarfile.TarInfo:
        info.uid, info.gid = (int(part) for part in USER.split(":"))
        info.uname = info.gname = ""
        return info

    with own_folder() as folder, tempfile.TemporaryFile() as file:
        clone_ancestors(source, commit, folder / "repository")
        with tarfile.open(fileobj=file, mode="w") as archive:
            archive.add(folder / "repository", arcname=where[1:], filter=own)
        size = file.tell()
        file.seek(0)
        container.put_archive("/", file)
    return size


def put_file(container: Any, path: str, data: bytes) -> None:
    """Write one file, readable by all, at an absolute path."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo(path.lstrip("/"))
        info.size, info.mode = len(data), 0o644
        archive.addfile(info, io.BytesIO(data))
    container.put_archive("/", buffer.getvalue())
