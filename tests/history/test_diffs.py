from memcoder.history.diffs import changed_lines

DIFF = """\
diff --git a/shop/money.py b/shop/money.py
index 1..2 100644
--- a/shop/money.py
+++ b/shop/money.py
@@ -1,4 +1,5 @@
 def round_cents(amount):
-    return int(amount * 100) / 100
+    --- = 1
+    return 2
 #
 #
diff --git a/old.py b/new.py
similarity index 90%
rename from old.py
rename to new.py
diff --git a/made.py b/made.py
new file mode 100644
--- /dev/null
+++ b/made.py
@@ -0,0 +1 @@
+x = 1
"""


def test_files_and_lines_of_the_old_version() -> None:
    changed, moved, made = changed_lines(DIFF)
    assert (changed[0].path, changed[0].added, changed[0].deleted, sorted(changed[1])) == ("shop/money.py", 2, 1, [2])
    assert (moved[0].path, moved[0].old_path, moved[0].status) == ("new.py", "old.py", "renamed")
    assert (made[0].path, made[0].status, made[0].added) == ("made.py", "added", 1)


def test_what_is_no_diff_has_no_files() -> None:
    assert changed_lines("hello\n@@ -1 +1 @@\n") == []
