import time
from pathlib import Path

import pytest

from memcoder.history.commits import list_commits, read_commits
from memcoder.history.enclosing import NAMES_LIMIT, driver_of, enclosing_names
from memcoder.history.repository import Repository
from tests.helpers import GitRepo

FILL = "".join(f"    x{number} = {number}\n" for number in range(8))
BODY = "".join(f"    x{number}();\n" for number in range(8))
CASES = {
    "a.py": ("def first():\n" + FILL + "    y = 0\n\n\nclass Late:\n" + FILL, "y = 0", ("first",)),
    "async.py": ("async def run():\n" + FILL + "    y = 0\n", "y = 0", ("run",)),
    "a.go": ("package a\n\nfunc (s *Shop) Sell(n int) {\n" + BODY + "\ty := 0\n}\n", "y := 0", ("Shop.Sell",)),
    "a.rs": ("impl Shop {\n    pub fn sell(&self) {\n" + BODY + "    let y = 0;\n    }\n}\n", "y = 0", ("sell",)),
    "A.java": ("class A {\n  public int sell(int n) {\n" + BODY + "    y = 0;\n  }\n}\n", "y = 0", ("sell",)),
    "a.cpp": ("int Shop::sell(int n)\n{\n" + BODY + "    y = 0;\n}\n", "y = 0", ("Shop.sell",)),
    "a.rb": ("class Shop\n  def sell!(n)\n" + BODY + "    y = 0\n  end\nend\n", "y = 0", ("sell!",)),
    "a.js": ("class Shop {\n  sell(n) {\n" + BODY + "    y = 0;\n  }\n}\n", "y = 0", ("sell",)),
    "b.ts": ("export const sell = async (n: number) => {\n" + BODY + "  y = 0;\n}\n", "y = 0", ("sell",)),
    "c.js": ("function sell(n) {\n  if (n) {\n" + BODY + "  y = 0;\n}}\n", "y = 0", ("sell",)),
    "a.kt": ("class Shop {\n  fun sell(n: Int) {\n" + BODY + "    y = 0\n  }\n}\n", "y = 0", ("sell",)),
    "a.php": (
        "<?php\nclass Shop {\n  public function sell($n) {\n" + BODY + "    $y = 0;\n  }\n}\n",
        "y = 0",
        ("sell",),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_function_around_a_changed_line(tmp_path: Path, name: str) -> None:
    source, line, names = CASES[name]
    made = GitRepo(tmp_path / "one")
    made.commit("one", {name: source})
    made.commit("two", {name: source.replace(line, line.replace("0", "1"))})
    repo = Repository.open(made.path)
    *_, commit = read_commits(repo, list_commits(repo, "HEAD"))
    assert commit.files[0].symbols == names


def changed(before: str, after: str, path: Path) -> tuple[str, ...]:
    made = GitRepo(path)
    made.commit("one", {"a.py": before})
    made.commit("two", {"a.py": after})
    repo = Repository.open(made.path)
    return list(read_commits(repo, list_commits(repo, "HEAD")))[1].files[0].symbols


def test_a_new_function_is_named_and_not_the_one_above_it(tmp_path: Path) -> None:
    before = "def above():\n" + FILL + "\n\ndef below():\n" + FILL
    added = before.replace("def below", "@decorated\ndef between():\n    pass\n\n\ndef below")
    assert changed(before, added, tmp_path / "function") == ("between",)
    assert changed(before, before + "\n\nEND = 1\n", tmp_path / "constant") == ()
    assert changed(before, before.replace("def below():\n", "def below():\n    z = 1\n"), tmp_path / "first") == (
        "below",
    )
    assert changed(before, before.replace("x7 = 7", "x7 = 8"), tmp_path / "both") == ("above", "below")


def test_names_are_kept_once_and_up_to_a_limit() -> None:
    hunk = b"\n@@ -1 +1 @@\n" + b"".join(b"+def f%d(): pass\n+def f0(): pass\n" % number for number in range(1_000))
    assert len(enclosing_names("python", hunk)) == NAMES_LIMIT
    assert driver_of("a/b.PY") == "python"
    assert driver_of("Makefile") is None


@pytest.mark.parametrize("driver", ["python", "golang", "rust", "java", "cpp", "ruby", "javascript", "kotlin", "php"])
@pytest.mark.parametrize(
    "line", [b"a" * 999_999, b"a " * 500_000, b"impl<" * 200_000, b"x = (" * 200_000, b"f(" * 500_000, b"a::" * 300_000]
)
def test_a_long_line_takes_no_long_time(driver: str, line: bytes) -> None:
    started = time.process_time()
    enclosing_names(driver, b"\n@@ -1,2 +1,2 @@ " + line[:80] + b"\n " + line + b"\n+" + line + b"\n-" + line + b"\n")
    assert time.process_time() - started < 1
