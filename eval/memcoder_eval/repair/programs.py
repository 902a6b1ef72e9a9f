"""The programs to repair, in QuixBugs' layout, and the repository that a run gets of each.

Layout: `python_programs/NAME.py` with a test in `python_testcases/test_NAME.py`; helper files (programs without a
test of their own, `load_testdata.py`, `conftest.py`, the test data of NAME) travel with it. Nothing else of DIR is
ever read into a container, an index or a prompt: not the corrected programs, not the other programs.

Source of the layout: Lin et al., "QuixBugs: a multi-lingual program repair benchmark", SPLASH 2017.
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from memcoder import MissingError, Task, UsageError
from memcoder_eval.drawing import drawn
from memcoder_eval.repositories import commit_all

PROGRAMS = "python_programs"
TESTS = "python_testcases"
DATA = "json_testcases"


@dataclass(frozen=True)
class Program:
    """One program to repair, by name, with the files that belong to it (relative to the benchmark's folder)."""

    name: str
    files: tuple[str, ...]

    @property
    def path(self) -> str:
        return f"{PROGRAMS}/{self.name}.py"

    @property
    def test(self) -> str:
        return f"{TESTS}/test_{self.name}.py"


def programs(folder: Path) -> list[Program]:
    """The programs that have a Python test, in alphabetical order of the program's file.

    Raises MissingError where the folder is not laid out as expected.
    """
    if not (folder / PROGRAMS).is_dir() or not (folder / TESTS).is_dir():
        raise MissingError(
            f"{folder} has no {PROGRAMS}/ and {TESTS}/", "get https://github.com/jkoppel/QuixBugs and give its folder"
        )
    names = sorted(path.stem for path in (folder / PROGRAMS).glob("*.py"))
    tested = [name for name in names if (folder / TESTS / f"test_{name}.py").is_file()]
    helpers = [f"{PROGRAMS}/{name}.py" for name in names if name not in tested and not name.endswith("_test")]
    return [Program(name, tuple(_files(folder, name, helpers))) for name in tested]


def choose(
    folder: Path, names: Sequence[str] = (), first: int | None = None, draw: int | None = None, seed: int = 0
) -> list[Program]:
    """Those of the names, or all; of these the first so many; of these so many as the seed draws.

    Raises MissingError as `programs` does, and UsageError for a name that is no program's.
    """
    found = programs(folder)
    unknown = sorted(set(names) - {program.name for program in found})
    if unknown:
        raise UsageError(f"unknown: {', '.join(unknown)}", "programs need a test of their own")
    chosen = [program for program in found if not names or program.name in names][:first]
    if draw is None:
        return chosen
    kept = drawn((program.name for program in chosen), draw, seed)
    return [program for program in chosen if program.name in kept]


def _files(folder: Path, name: str, helpers: list[str]) -> Iterator[str]:
    yield f"{PROGRAMS}/{name}.py"
    yield f"{TESTS}/test_{name}.py"
    yield from helpers
    yield from (f"{TESTS}/{path.name}" for path in sorted((folder / TESTS).glob("*.py")) if _is_helper(path))
    for extra in (f"{DATA}/{name}.json", "conftest.py"):
        if (folder / extra).is_file():
            yield extra


def _is_helper(path: Path) -> bool:
    return not path.stem.startswith("test_")


def make_task(program: Program, source: Path, target: Path) -> Task:
    """The task of every arm: a repository of the program alone, made anew at `target`, and what is asked of it."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    return Task(
        repository=str(target),
        base_commit=make_repository(program, source, target),
        issue=f"The program {program.path} is wrong: its tests in {program.test} fail.",
        test_command=f"python -m pytest -q {program.test}",
        test_files=tuple(name for name in program.files if name != program.path),
    )


def make_repository(program: Program, source: Path, target: Path) -> str:
    """A fresh git repository of one commit that holds the program's files alone; its commit's id."""
    for name in program.files:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)
    return commit_all(target, f"Add {program.name}")
