from memcoder.memory.conventions.count import Observations
from memcoder.memory.conventions.helpers import helper_rules
from memcoder.memory.conventions.landed import Landed
from memcoder.memory.conventions.paths import layout_of
from memcoder.memory.conventions.rules import facts_of
from memcoder.records import Commit, FileChange

TREE = {
    "app/util/money.py": b"def as_cents(x):\n    pass\n\n\ndef twice(x):\n    pass\n",
    "app/util/other.py": b"def twice(x):\n    pass\n\n\ndef only_once(x):\n    pass\n",
    **{f"app/core/a{number}.py": b"as_cents(1)\ntwice(2)\nself.only_once(3)\n" for number in range(3)},
    **{f"app/web/b{number}.py": b"money.as_cents(1)\nother.as_cents(2)\n" for number in range(3)},
}


def change(path: str, line: str) -> Landed:
    files = (FileChange(path=path, added=1),)
    patch = f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1 +1,2 @@\n old\n+{line}\n"
    commit = Commit(sha=line, parents=(), author="", time=1, message="Use it", files=files, patch=patch)
    return Landed(line, 1, "Use it", "fix", files, (commit,))


def helpers(*changes: Landed) -> dict[tuple[str, str], tuple[int, int]]:
    """Area and form of each helper, with the changes that use it and those that could."""
    layout = layout_of(TREE)
    seen = Observations(facts_of(changes, layout))
    rules = helper_rules(seen, layout, TREE.get, sorted(TREE))
    found = {(rule.area, rule.form): seen.tally(rule) for rule in rules}
    return {key: (tally.count, tally.total) for key, tally in found.items()}


def test_a_helper_is_defined_once_and_called_bare_or_by_its_file() -> None:
    found = helpers(
        change("app/core/a1.py", "x = as_cents(2)"),
        change("app/core/a2.py", "y = 3"),
        change("app/web/b1.py", "money.as_cents(4)"),
        change("app/web/b2.py", "other.as_cents(5)"),
    )
    assert found == {
        ("app/core", "as_cents (app/util/money.py)"): (1, 2),
        ("app/web", "as_cents (app/util/money.py)"): (1, 2),
    }


def test_what_two_files_define_and_methods_of_the_same_name_are_no_helpers() -> None:
    assert helpers(change("app/core/a1.py", "twice(1)"), change("app/core/a1.py", "self.only_once(1)")) == {}


def test_a_helper_that_no_change_went_on_using_is_none() -> None:
    assert helpers(change("app/core/a1.py", "x = 1")) == {}
