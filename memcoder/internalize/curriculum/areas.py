"""Areas of the code, each with an adapter of its own, so that they cannot overwrite one another."""

from collections.abc import Sequence

from memcoder.internalize.curriculum.facts import main_file
from memcoder.records import Memory

LEAST = 5
"""Fixes that make an area; what is in smaller ones is put together under ""."""


def area_of(memory: Memory) -> str:
    """The top-level folder of the file that a memory is mostly about; "" for files of the root.

    Also where the folder's name holds what no adapter can be named by: a repository may call its folders anything.
    """
    file = main_file(memory)
    folder = file.path.partition("/")[0] if file is not None and "/" in file.path else ""
    return folder if folder.isprintable() and "\\" not in folder and folder.strip(".") else ""


def areas(memories: Sequence[Memory], least: int = LEAST) -> dict[str, tuple[Memory, ...]]:
    """Area → its memories; the areas in the order of the alphabet, "" first."""
    found: dict[str, list[Memory]] = {}
    for memory in memories:
        found.setdefault(area_of(memory), []).append(memory)
    large = {area for area, inside in found.items() if sum(one.kind == "fix" for one in inside) >= least}
    if len(large) == 1 and set(found) == large:
        large = set()  # a project of one folder is one area: the whole
    joined: dict[str, list[Memory]] = {}
    for memory in memories:
        area = area_of(memory)
        joined.setdefault(area if area in large else "", []).append(memory)
    return {area: tuple(inside) for area, inside in sorted(joined.items())}
