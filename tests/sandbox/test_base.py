import pytest

from memcoder.errors import UsageError
from memcoder.sandbox.base import DIFF_LIMIT, check_diff, diff_paths, safe_path

GOOD = b"diff --git a/x.py b/x.py\nindex 1..2 100644\n--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n"


@pytest.mark.parametrize("path", ["x.py", "a/b/c.py", "a b/ü.py", ".gitignore", ".github/x.yml"])
def test_paths_inside_are_taken(path: str) -> None:
    assert safe_path(path) == path


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../x", "a/../../x", ".git/config", "a/.GIT/hooks/x", "a\nb", "a\\..\\b", "x\0y"]
)
def test_paths_that_lead_out_are_refused(path: str) -> None:
    with pytest.raises(UsageError):
        safe_path(path)


def test_a_plain_diff_passes_as_it_is() -> None:
    assert check_diff(GOOD) == GOOD.decode()
    assert diff_paths(GOOD.decode()) == ["x.py"]


@pytest.mark.parametrize(
    "bad",
    [
        GOOD.replace(b"x.py", b"../x.py"),
        GOOD.replace(b"x.py", b".git/hooks/pre-commit"),
        b'diff --git "a/\\056\\056/x" "b/\\056\\056/x"\n'
        b'--- "a/\\056\\056/x"\n+++ "b/\\056\\056/x"\n@@ -1 +1 @@\n-a\n+b\n',
        b"diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc\n",
        b"diff --git a/s b/s\nnew file mode 160000\n--- /dev/null\n+++ b/s\n@@ -0,0 +1 @@\n+x\n",
        b"diff --git a/x b/x\nsimilarity index 90%\nrename from x\nrename to ../y\n",
    ],
)
def test_a_diff_that_leads_out_is_refused(bad: bytes) -> None:
    with pytest.raises(UsageError):
        check_diff(bad)


def test_removed_and_added_lines_that_look_like_headers_are_not_paths() -> None:
    tricky = GOOD.replace(b"-1 +1", b"-1,2 +1,2") + b"--- a/../../etc/passwd\n+++ b/../x\n"
    assert diff_paths(tricky.decode()) == ["x.py"]


def test_every_file_of_a_diff_without_git_headers_is_looked_at() -> None:
    second = b"--- a/../../etc/passwd\n+++ b/../../etc/passwd\n@@ -1 +1 @@\n-a\n+b\n"
    with pytest.raises(UsageError):
        check_diff(GOOD + second)


def test_changing_where_a_symlink_points_is_refused() -> None:
    with pytest.raises(UsageError, match="symlink"):
        check_diff(GOOD.replace(b"100644", b"120000"))


def test_a_huge_diff_is_refused() -> None:
    with pytest.raises(UsageError, match="more than"):
        check_diff(GOOD + b"x" * DIFF_LIMIT)


def test_names_are_unquoted_as_git_quotes_them_and_nothing_else_is_an_escape() -> None:
    quoted = b'--- "a/t\\tb\\303\\274.py"\n+++ "b/t\\tb\\303\\274.py"\n@@ -1 +1 @@\n-a\n+b\n'
    assert diff_paths(quoted.decode()) == ["t\tbü.py"]
    with pytest.raises(UsageError):
        check_diff(quoted.replace(b"\\303\\274", b"\\777"))  # no byte: git does not write it
