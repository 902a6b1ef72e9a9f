"""What claims to be a name must stand in the commit."""

import pytest

from memcoder.memory.distill.names import Ground, names
from memcoder.records import Change, FileChange, Memory, Provenance

PATCH = """\
diff --git a/shop/money.py b/shop/money.py
--- a/shop/money.py
+++ b/shop/money.py
@@ -1,2 +1,2 @@ def round_cents(amount):
-    return int(amount * 100) / 100
+    return Decimal.quantize(amount, ROUND_HALF_UP, utf8=True)
"""
MEMORY = Memory(
    id="a" * 40,
    kind="commit",
    message="Fix rounding of half cents (#12)\n\nMoneyField cut them; see --exact.",
    change=Change(files=(FileChange(path="shop/money.py", symbols=("Money.round_cents",)),), patch=PATCH),
    provenance=Provenance(repository="r"),
)
GROUND = Ground.of(MEMORY)


@pytest.mark.parametrize(
    "text",
    [
        "Half a cent was cut, e.g. by the user's own prices, and/or lost; that's an off-by-one error.",
        "`round_cents` and round_cents() cut them.",
        "Money.round_cents in shop/money.py (not in the tests) cut halves.",
        "`Decimal.quantize(amount)` replaces int(amount).",
        "MoneyField's halves, issue #12, utf8, and 100.",
        "The option --exact changes 'amount' only.",
        "The argument(s) of Decimal.quantize count.",
    ],
)
def test_what_the_commit_has_is_taken(text: str) -> None:
    assert GROUND.missing(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("It calls `quantize_cents`.", "quantize_cents"),
        ("It calls quantize_cents now.", "quantize_cents"),
        ("It calls total() now.", "total"),
        ("PriceField rounds.", "PriceField"),
        ("HTTPServer rounds.", "HTTPServer"),
        ("It is in shop/cart.py now.", "shop/cart.py"),
        ("It is in cart.py.", "cart.py"),
        ("Money.total rounds.", "Money.total"),
        ("See #13.", "#13"),
        ("Since 2.4 it rounds.", "2.4"),
        ("The option --inexact rounds.", "--inexact"),
        ("It reads .moneyrc first.", ".moneyrc"),
        ("The value 'total' is cut.", "total"),
        ("`Decimal.quantize(price)` is called.", "Decimal.quantize(price)"),
        ("A part: ound_cents.", "ound_cents"),
        ("The other case: Round_Cents.", "Round_Cents"),
        ("A joined name Decimal.round_cents.", "Decimal.round_cents"),
        ("A rate of 10 percent.", "10"),
    ],
)
def test_what_it_has_not_is_named(text: str, name: str) -> None:
    assert GROUND.missing(text) == [name]


def test_plain_words_are_no_names_and_punctuation_is_none() -> None:
    assert list(names("A plain sentence -- with “quotes”, dashes – and URLs; nothing else (at all)...")) == []


def test_paths_before_a_rename_count() -> None:
    moved = MEMORY.model_copy(
        update={"change": Change(files=(FileChange(path="a/new.py", old_path="a/old.py", status="renamed"),))}
    )
    assert Ground.of(moved).missing("a/old.py became a/new.py, not a/other.py.") == ["a/other.py"]
