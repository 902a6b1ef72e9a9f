"""What one version of a project needs to be run: the shape of a recipe."""

from collections.abc import Iterable
from dataclasses import dataclass

from memcoder import Recipe

PYTEST = "python -m pytest -q {files}"


@dataclass(frozen=True)
class Ground:
    """What one version of a project needs."""

    install: tuple[str, ...]
    tests: str = PYTEST
    """The command; `{files}` stands for test files, `{modules}` for their dotted names below `tests/`."""
    python: str = "3.11"
    """The Python that its base image must bring."""
    each: tuple[str, ...] = ()
    """Commands run in the repository at each base commit, without a network."""
    graded: str = "pytest -rA"
    """The benchmark's own test command; the test files follow it."""
    parser: str = "parse_log_pytest"
    """Which of the benchmark's parsers reads what that prints."""
    before: tuple[str, ...] = ()
    """Commands of the benchmark's script before its tests."""
    unsupported: str = ""
    """Why its tests cannot be run here; empty where they can."""

    @property
    def recipe(self) -> Recipe:
        return Recipe(install=self.install)

    def command(self, files: Iterable[str]) -> str:
        """The test command for these test files, helpers among them left out."""
        chosen = sorted(path for path in files if path.endswith(".py") and "test" in path.rpartition("/")[2])
        modules = [path.removeprefix("tests/").removesuffix(".py").replace("/", ".") for path in chosen]
        return self.tests.format(files=" ".join(chosen), modules=" ".join(modules))
