import itertools

from memcoder.agent.context import Context
from memcoder.agent.infill import BEFORE, Hole, around, fill, holes
from memcoder.agent.locate import Location
from memcoder.verify.spectrum import Spectrum

SOURCE = '''\
"""Module."""
import os


def area(w, h):
    """Width times height.

    Example: area(2, 3)
    """
    # multiply
    size = w + h
    return size
'''


def context(**lines: dict[int, float]) -> Context:
    return Context(
        (Location("shape.py", 1, 12),), {"shape.py": SOURCE}, Spectrum(lines={"shape.py": lines.get("lines", {})})
    )


def test_only_lines_of_code_are_holes() -> None:
    assert [hole.line for hole in holes(context())] == [11, 12]


def test_suspicious_lines_come_first() -> None:
    assert [hole.line for hole in holes(context(lines={12: 0.7, 11: 0.2}))] == [12, 11]


def test_a_hole_s_surroundings_join_to_the_source_again() -> None:
    prefix, suffix = around(Hole("shape.py", 11), SOURCE)
    assert prefix.endswith("\n    ")
    assert prefix + "size = w + h" + suffix == SOURCE.rstrip("\n")


def test_a_filled_hole_keeps_indent_and_rest() -> None:
    assert fill(Hole("shape.py", 11), SOURCE, "size = w * h") == SOURCE.replace("w + h", "w * h")


def test_an_inserted_line_stands_before_the_hole() -> None:
    filled = fill(Hole("shape.py", 12, insert=True), SOURCE, "size *= 2")
    assert filled == SOURCE.replace("    return size", "    size *= 2\n    return size")
    prefix, suffix = around(Hole("shape.py", 12, insert=True), SOURCE)
    assert suffix.startswith("\n    return size")
    assert prefix.endswith("w + h\n    ")


def test_an_empty_or_unchanged_line_is_no_candidate() -> None:
    assert fill(Hole("shape.py", 11), SOURCE, "  ") is None
    assert fill(Hole("shape.py", 11), SOURCE, "size = w + h  ") is None


def test_other_functions_are_not_shown_around_a_hole() -> None:
    source = "def f():\n    return 1\n\n\n# adds\ndef g(x):\n    y = x\n    return y\n\n\ndef h():\n    return 2\n"
    (first, _) = holes(Context((Location("a.py", 6, 8, "g"),), {"a.py": source}))
    assert around(first, source) == ("# adds\ndef g(x):\n    ", "\n    return y")


def test_neighbouring_holes_are_shown_alike_up_to_the_first() -> None:
    source = "def f(x):\n" + "\n".join(f"    x += {n}" for n in range(200)) + "\n"
    holes_apart = [around(Hole("a.py", line), source)[0] for line in range(121, 151)]
    for one, other in itertools.pairwise(holes_apart):
        assert other.startswith(one.removesuffix("    "))
    assert all(len(prefix.splitlines()) > BEFORE for prefix in holes_apart)
    assert around(Hole("a.py", 151), source)[0].splitlines()[0] != holes_apart[0].splitlines()[0]
