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


def test_a_small_file_has_the_habits_of_those_about_it(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "repo")
    base = made.commit("Start", {"app/a.py": OLD, "app/small.py": "x = 1\n", "other/b.js": "f(1,2)\n" * 30})
    patched = Patched.of(Repository.open(made.path), base, {"app/small.py": b"x = 1\ny = call('a',1)\n"})
    (found,) = layout_findings(patched, LAYOUT)
    assert found.line.startswith(
        "app/small.py:2 has a comma without a blank, where the files about it have with a blank (30 of 30)"
    )


def test_keywords_keys_and_arithmetic(tmp_path: Path) -> None:
    old = "".join(f'v{n} = {{"a": {n}}} if w + {n} else [{n}]\n' for n in range(30))
    for added, what in (("else[1]", "a keyword"), ('{"a":1}', "the colon of a key"), ("w+1", "`+`")):
        line = old.splitlines()[0].replace('{"a": 0}', '{"a":1}' if ":" in added else '{"a": 0}')
        line = line.replace("w + 0", "w+1") if added == "w+1" else line
        line = line.replace("else [0]", "else[1]") if "else" in added else line
        assert f"has {what} without" in lines_against(tmp_path / what.strip("`+ "), line + "\n", old)[0]


def test_a_file_without_habits_says_nothing(tmp_path: Path) -> None:
    assert lines_against(tmp_path, "more=call('a',1)\n", 'a = call("a", 1)\n') == []
