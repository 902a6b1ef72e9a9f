"""The hunks that tell most."""

from memcoder.memory.distill.excerpt import changed_lines, hunks, telling_diff
from memcoder.records import Change, Memory, Provenance

PATCH = """\
diff --git a/CHANGES.md b/CHANGES.md
--- a/CHANGES.md
+++ b/CHANGES.md
@@ -1,2 +1,3 @@
 # Changes
+- Discounts are rounded.
diff --git a/shop/cart.py b/shop/cart.py
--- a/shop/cart.py
+++ b/shop/cart.py
@@ -1,7 +1,7 @@ import os
 a
 b
-import sys
+import re
 c
 d
@@ -40,5 +40,6 @@ def discount(price):
 far
     rate = 1
-    return price
+    return round(price * rate)
 near
 far again
diff --git a/tests/test_cart.py b/tests/test_cart.py
--- a/tests/test_cart.py
+++ b/tests/test_cart.py
@@ -9,0 +9,2 @@
+def test_discount():
+--- a line that looks like a header
"""


def memory_of(patch: str) -> Memory:
    return Memory(
        id="c" * 40,
        kind="commit",
        message="Fix discount that was not rounded",
        change=Change(patch=patch),
        provenance=Provenance(repository="r"),
    )


def test_hunks_know_their_file() -> None:
    found = hunks(PATCH)
    assert [hunk.path for hunk in found] == ["CHANGES.md", "shop/cart.py", "shop/cart.py", "tests/test_cart.py"]
    assert found[3].changed == ["+def test_discount():", "+--- a line that looks like a header"]
    assert hunks("") == []


def test_all_is_shown_where_there_is_room_with_one_line_around() -> None:
    text = telling_diff(memory_of(PATCH))
    assert "-    return price\n+    return round(price * rate)\n near" in text
    assert "far" not in text
    assert text.index("CHANGES.md") < text.index("shop/cart.py") < text.index("tests/test_cart.py")


def test_where_there_is_little_room_product_code_that_the_message_speaks_of_is_shown() -> None:
    text = telling_diff(memory_of(PATCH), limit=150)
    assert "round(price * rate)" in text
    assert "CHANGES" not in text
    assert len(text) <= 150


def test_changed_lines_do_not_know_where_they_stand() -> None:
    moved = PATCH.replace("@@ -40,5 +40,6 @@ def discount(price):", "@@ -70,5 +71,6 @@").replace(" near\n", " other\n")
    assert changed_lines(moved) == changed_lines(PATCH)
    assert "-return price" in changed_lines(PATCH)
