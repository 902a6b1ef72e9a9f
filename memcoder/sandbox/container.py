"""How an attempt's container is made: no network, no keys, no root, limits on everything."""

from typing import Any

from memcoder.config import Settings
from memcoder.sandbox.engine import labels
from memcoder.sandbox.layers import USER
from memcoder.sandbox.recipes import ROOT

KEEPER = "65532:65532"
"""Owns the container's first process, so that an attempt cannot end it, nor `kill -1` of the attempt's user."""
MEGABYTE = 1024 * 1024
FILE_LIMIT = 512 * MEGABYTE
"""Bytes of one file that an attempt may write."""
OPEN_FILES = 4096


def container_options(settings: Settings, size: int) -> dict[str, Any]:
    """How an attempt's container is made, for a repository of `size` bytes.

    The system is read-only. What an attempt writes lies in memory, each place with its limit and all of it
    inside the container's memory limit, so that it cannot fill a disk. A repository that would take more than
    a quarter of that memory lies on disk instead; then the size of each file is limited here, and the sum by
    DiskWatch.
    """
    from docker.types import Ulimit

    small = _fits_in_memory(settings, size)
    memory = f"{settings.memory_mb}m"
    return {
        "entrypoint": ["sleep"],
        "command": ["infinity"],
        "init": True,
        "user": KEEPER,
        "working_dir": "/",
        "labels": labels(),
        "network_mode": "bridge" if settings.network else "none",
        "use_config_proxy": False,  # its addresses may hold passwords
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "mem_limit": memory,
        "memswap_limit": memory,
        "pids_limit": settings.processes,
        "ulimits": [
            Ulimit(name="fsize", soft=FILE_LIMIT, hard=FILE_LIMIT),
            Ulimit(name="core", soft=0, hard=0),
            Ulimit(name="nofile", soft=OPEN_FILES, hard=OPEN_FILES),
        ],
        "log_config": {"type": "none"},
        "read_only": small,
        "tmpfs": _tmpfs(settings.memory_mb, small),
    }


def disk_limit(settings: Settings, size: int) -> int | None:
    """Bytes that an attempt may write to the disk, its copy of the repository included; None where that is nothing."""
    return None if _fits_in_memory(settings, size) else 2 * size + settings.memory_mb * MEGABYTE


def _fits_in_memory(settings: Settings, size: int) -> bool:
    return size * 4 <= settings.memory_mb * MEGABYTE


def _tmpfs(memory_mb: int, small: bool) -> dict[str, str]:
    uid, gid = USER.split(":")
    places = {
        "/tmp": f"exec,mode=1777,size={memory_mb // 4}m",  # noqa: S108 - inside the container
        "/var/tmp": "mode=1777,size=16m",  # noqa: S108
        "/dev/shm": "mode=1777,size=64m",  # noqa: S108
        "/home/agent": f"exec,mode=0755,uid={uid},gid={gid},size={memory_mb // 8}m",
    }
    if small:
        places[ROOT] = f"exec,mode=0755,uid={uid},gid={gid},size={memory_mb // 2}m"
    return places
