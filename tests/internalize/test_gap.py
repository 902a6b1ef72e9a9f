"""Where a proposed and an accepted patch parted, on diffs that git made."""

from collections.abc import Callable

import pytest

from memcoder.history.diffs import edits
from memcoder.history.repository import Repository
from memcoder.internalize.gap import gap_between
from memcoder.internalize.hunks import kind_of
from tests.helpers import CART, MONEY, GitRepo

Diff = Callable[[dict[str, str | None]], str]
HALVES = MONEY.replace("int(amount * 100)", "round(amount * 100)")
TOTAL = "        return round_cents(sum(product.price * quantity for product, quantity in self.lines))\n"


@pytest.fixture
def base(shop: tuple[GitRepo, dict[str, str]]) -> str:
    shop[0].git("checkout", "--quiet", shop[1]["tests"])
    return shop[1]["tests"]


@pytest.fixture
def diff(shop: tuple[GitRepo, dict[str, str]], base: str) -> Diff:
    """The diff of a change of the base commit, as git prints it."""

    def make(files: dict[str, str | None]) -> str:
        repo = shop[0]
        repo.write(files)
        repo.git("add", "--all")
        made = repo.git("diff", "--cached", "HEAD")
        repo.git("reset", "--hard", "--quiet", "HEAD")
        return made + "\n"

    return make


def test_edits_are_read_whatever_the_context(shop: tuple[GitRepo, dict[str, str]], diff: Diff) -> None:
    repo = shop[0]
    repo.write({"shop/cart.py": CART.replace("self.lines = []", "self.lines = ()").replace(TOTAL, "        pass\n")})
    for context in ("-U0", "-U1", "-U9"):
        found = edits(repo.git("diff", context) + "\n")
        assert [(one.line, len(one.removed), one.added) for one in found] == [
            (6, 1, ("        self.lines = ()",)),
            (12, 1, ("        pass",)),
        ]
    repo.git("checkout", "--quiet", "--", ".")
    repo.write({"shop/cart.py": CART.replace("    def total", "    # whole cart\n    def total")})
    for context in ("-U0", "-U3"):
        (one,) = edits(repo.git("diff", context) + "\n")
        assert (one.line, one.removed, one.added) == (10, (), ("    # whole cart",))


@pytest.mark.parametrize(
    ("removed", "added", "kind"),
    [
        ("return a * 100", "return a * 10", "a changed constant"),
        ("if count < limit:", "if count <= limit:", "a changed operator"),
        ("if count < limit:", "if count < self.limit():", "a changed condition"),
        ("", "if count < 1:\n    raise ValueError(count)", "a guard"),
        ("", "if count < 1:\n    count = 1", "a condition"),
        ("return a", "return round_cents(a)", "a changed return value"),
        ("total = 0", "total = start(0, left)", "a changed assignment"),
        ("run(a)", "try:\n    run(a)\nexcept OSError:\n    pass", "error handling"),
        ("def f(a):", "def f(a, b=1):", "a changed signature"),
        ("import os", "", "a removal"),
        ("", "# why", "comments"),
        ("", "import os", "an import"),
        ("", "log.close(now)", "a call"),
        ("say('a')", "say('b')", "a changed constant"),
    ],
)
def test_the_kind_of_an_edit_is_told_by_its_lines(removed: str, added: str, kind: str) -> None:
    sides = {"-": removed.split("\n") if removed else [], "+": added.split("\n") if added else []}
    lines = "".join(f"{sign}{line}\n" for sign, side in sides.items() for line in side)
    header = f"diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1,{len(sides['-'])} +1,{len(sides['+'])} @@\n"
    (edit,) = edits(header + lines)
    assert kind_of(edit) == kind


def test_the_same_change_is_no_gap(repo: Repository, base: str, diff: Diff) -> None:
    proposed = diff({"shop/money.py": HALVES})
    assert gap_between(repo, base, proposed, proposed).parted == "nowhere"
    spaced = diff({"shop/money.py": HALVES.replace("amount * 100)", "amount*100 )")})
    assert gap_between(repo, base, proposed, spaced).parted == "nowhere"


def test_another_change_of_one_function(repo: Repository, base: str, diff: Diff) -> None:
    proposed = diff({"shop/money.py": MONEY.replace("return int(", "amount += 0.1\n    return int(")})
    found = gap_between(repo, base, proposed, diff({"shop/money.py": HALVES}))
    assert found.parted == "change"
    assert found.proposed_at is not None
    assert found.accepted_at is not None
    assert (found.proposed_at.place, found.accepted_at.kind) == ("shop/money.py:round_cents", "a changed return value")
    assert found.shared == ("shop/money.py:round_cents",)
    assert (found.missed, found.needless) == ((), ())
    assert found.proposed_lines == ("    amount += 0.1",)
    assert found.accepted_lines == ("    return round(amount * 100) / 100",)


def test_another_place_and_another_file(repo: Repository, base: str, diff: Diff) -> None:
    accepted = diff({"shop/money.py": HALVES})
    place = gap_between(repo, base, diff({"shop/money.py": MONEY.replace(".2f", ".3f")}), accepted)
    assert (place.parted, place.missed) == ("place", ("shop/money.py:round_cents",))
    assert place.needless == ("shop/money.py:format_price",)
    other = gap_between(repo, base, diff({"shop/cart.py": CART.replace(TOTAL, "        return 0\n")}), accepted)
    assert (other.parted, other.files_missed, other.files_needless) == ("file", ("shop/money.py",), ("shop/cart.py",))


def test_more_and_less(repo: Repository, base: str, diff: Diff) -> None:
    small = diff({"shop/money.py": HALVES})
    large = diff({"shop/money.py": HALVES, "shop/cart.py": CART.replace("self.lines = []", "self.lines = ()")})
    more = gap_between(repo, base, small, large)
    assert (more.parted, more.missed) == ("more", ("shop/cart.py:Cart.__init__",))
    assert more.proposed_at is not None  # what both did, beside which something was missed
    less = gap_between(repo, base, large, small)
    assert (less.parted, less.needless) == ("less", ("shop/cart.py:Cart.__init__",))
    nothing = gap_between(repo, base, "", small)
    assert (nothing.parted, nothing.proposed_at) == ("more", None)


def test_what_came_with_it(repo: Repository, base: str, diff: Diff) -> None:
    small = diff({"shop/money.py": HALVES})
    companions: dict[str, str | None] = {
        "tests/test_money.py": "def test_round(): pass\n",
        "CHANGELOG.md": "- Halves\n",
    }
    found = gap_between(repo, base, small, diff({"shop/money.py": HALVES, **companions}))
    assert (found.parted, found.tests, found.changelog) == ("nowhere", ("tests/test_money.py",), ("CHANGELOG.md",))


def test_a_helper_of_the_project_is_named_with_its_home(repo: Repository, base: str, diff: Diff) -> None:
    own = diff({"shop/cart.py": CART.replace(TOTAL, "        return int(self.sum() * 100) / 100\n")})
    help_used = diff({"shop/cart.py": CART.replace(TOTAL, "        return format_price(self.sum()) or str(1)\n")})
    assert gap_between(repo, base, own, help_used).helpers == ("format_price (shop/money.py)",)
    assert gap_between(repo, base, help_used, help_used).helpers == ()
    assert gap_between(repo, base, help_used, own).helpers == ()  # `int` and `sum` are none of the project's


def test_an_accepted_patch_of_a_later_commit(
    repo: Repository, shop: tuple[GitRepo, dict[str, str]], diff: Diff
) -> None:
    """What was merged is read where it was merged: its functions may have moved since the base."""
    made, names = shop
    proposed = diff({"shop/money.py": HALVES})
    moved = made.commit("Add a note", {"shop/money.py": '"""Money of the shop."""\n\n\n' + MONEY})
    merged = made.commit("Round", {"shop/money.py": '"""Money of the shop."""\n\n\n' + HALVES})
    accepted = made.git("show", "--format=", merged) + "\n"
    found = gap_between(repo, names["tests"], proposed, accepted, accepted_base=moved)
    assert found.parted == "nowhere"
    assert gap_between(repo, names["tests"], "", accepted, accepted_base=moved).missed == ("shop/money.py:round_cents",)
