from pathlib import Path

from memcoder.history.repository import Repository
from memcoder.memory.conventions.paths import Layout
from memcoder.verify.fit.layout import layout_findings
from memcoder.verify.fit.patched import Patched
from tests.helpers import GitRepo

LINES = [f'value{number} = call("text", {number})' for number in range(30)]
LAYOUT = Layout((), frozenset(), frozenset())
OLD = "\n".join(LINES) + "\n"


def lines_against(tmp_path: Path, added: str, old: str = OLD) -> list[str]:
    made = GitRepo(tmp_path / "repo")
    base = made.commit("Start", {"a.py": old})
    new = {"a.py": (old + added).encode()}
    return [found.line for found in layout_findings(Patched.of(Repository.open(made.path), base, new), LAYOUT)]


def test_what_goes_against_the_file_s_habits_is_told_with_counts(tmp_path: Path) -> None:
    (line,) = lines_against(tmp_path, 'more = call("a",1)\nrest = call("b",2)\n')
    assert line == "a.py:31 has a comma without a blank, where the file has with a blank (30 of 30); 2 lines like it"


def test_quotes_blanks_and_operators(tmp_path: Path) -> None:
    assert "in single quotes" in lines_against(tmp_path, "more = call('a', 1)\n")[0]


def test_blanks_at_the_end(tmp_path: Path) -> None:
    assert "its end with blanks" in lines_against(tmp_path, 'more = call("a", 1)  \n')[0]


def test_operators(tmp_path: Path) -> None:
    assert "an operator without blanks" in lines_against(tmp_path, 'more=call("a", 1)\n')[0]


def test_new_lines_like_the_old_ones_and_files_without_habits(tmp_path: Path) -> None:
    assert lines_against(tmp_path, 'more = call("a", 1)\n') == []


def test_a_file_without_habits_says_nothing(tmp_path: Path) -> None:
    assert lines_against(tmp_path, "more=call('a',1)\n", 'a = call("a", 1)\n') == []
