"""Cherry-picks and backports are one change."""

from memcoder.memory.distill.copies import Copies, is_copy, normal_subject
from memcoder.records import Change, FileChange, Memory, Provenance

PATCH = "diff --git a/a.py b/a.py\n@@ -1,3 +1,3 @@\n x\n-return price\n+return round(price)\n"


def memory_of(number: int, message: str, patch: str = PATCH, path: str = "a.py") -> Memory:
    change = Change(files=(FileChange(path=path),), patch=patch)
    key = f"{number:040x}"
    return Memory(id=key, kind="commit", message=message, change=change, provenance=Provenance(repository="r"))


ONE = memory_of(1, "Fixed #12 -- Rounded the discount of carts. (#77)")


def test_a_cherry_pick_is_a_copy_wherever_its_lines_stand_now() -> None:
    picked = memory_of(2, "Something else entirely", PATCH.replace("-1,3 +1,3", "-9,3 +9,3").replace(" x", " y"))
    assert is_copy(ONE, picked)


def test_a_backport_with_a_conflict_is_a_copy() -> None:
    patch = PATCH + "@@ -9 +9 @@\n-old\n"
    assert is_copy(ONE, memory_of(3, "[2.2.x] Fixed #12 -- Rounded the discount of carts.", patch))
    assert normal_subject(memory_of(3, "Backport PR #5: Fix a thing (#6)")) == "fix a thing"


def test_others_are_not() -> None:
    other = PATCH.replace("return round(price)", "return ceil(price, 2)").replace("return price", "return cost")
    assert not is_copy(ONE, memory_of(4, ONE.message, other))  # the same subject again, another change
    assert not is_copy(ONE, memory_of(5, "[2.2.x] Fixed #13 -- Rounded the taxes of carts.", other))
    assert not is_copy(ONE, ONE)
    # Two without a diff have nothing in common that could be seen, but for a subject that says enough.
    assert not is_copy(memory_of(6, "Fix tests", ""), memory_of(7, "Fix tests", ""))


def test_the_first_one_is_the_twin() -> None:
    copies = Copies()
    assert copies.twin(ONE) is None
    copies.add(ONE)
    assert copies.twin(memory_of(8, "Other words")) == ONE
