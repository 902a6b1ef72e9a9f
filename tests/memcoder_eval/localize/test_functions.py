from pathlib import Path

from memcoder_eval.localize.functions import Sources, functions, without_docstrings

from memcoder import Repository
from tests.helpers import GitRepo

DOCUMENTED = '''\
    def put(self, one):
        """Put one in.

        And say so.
        """
        def inner():
            "Another."
            return one

        def short(): "on the line of its header"

        text = """no docstring"""
        return inner()
'''


def test_docstrings_are_taken_out_and_nothing_else() -> None:
    assert without_docstrings(DOCUMENTED) == (
        "def put(self, one):\n    def inner():\n        return one\n\n"
        '    def short(): "on the line of its header"\n\n    text = """no docstring"""\n    return inner()\n'
    )


def test_what_does_not_parse_stays_as_it_is() -> None:
    old = 'def hello():\n    """Say it."""\n    print "hello"\n'
    assert without_docstrings(old) == old


def test_outermost_functions_by_qualified_name() -> None:
    source = b"def f():\n    class A:\n        def g(self): pass\n\nclass B:\n    class C:\n        def h(self): pass\n"
    found = functions("a.py", source)
    assert {name: one.pieces for name, one in found.items()} == {"f": ((1, 3),), "B.C.h": ((7, 7),)}
    assert functions("a.txt", source) == {}


def test_a_line_is_in_the_outermost_function_around_it(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    commit = repo.commit("one", {"a.py": "def f():\n    def g():\n        pass\n\n\nX = 1\n"})
    sources = Sources(Repository.open(repo.path))
    held = sources.at(commit, "a.py", 2)
    assert held is not None
    assert held.name == "f"
    assert held.full == 11  # 33 characters, 3.2 a token
    assert sources.at(commit, "a.py", 6) is None
    assert sources.at(commit, "gone.py", 1) is None
