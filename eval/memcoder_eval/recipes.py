"""How the tests of an instance run in our environment: recipes by project and version, as data.

The environments are memcoder's own (Debian bookworm with Python 3.11), so only versions stand here that run on that.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from memcoder import MissingError, Recipe

PYTEST = "python -m pytest -q {files}"


@dataclass(frozen=True)
class Ground:
    """What one version of a project needs."""

    install: tuple[str, ...]
    tests: str
    """The command; `{files}` stands for test files, `{modules}` for their dotted names below `tests/`."""

    @property
    def recipe(self) -> Recipe:
        return Recipe(install=self.install)

    def command(self, files: Iterable[str]) -> str:
        """The test command for these test files, helpers among them left out."""
        chosen = sorted(path for path in files if path.endswith(".py") and "test" in path.rpartition("/")[2])
        modules = [path.removeprefix("tests/").removesuffix(".py").replace("/", ".") for path in chosen]
        return self.tests.format(files=" ".join(chosen), modules=" ".join(modules))


def _pip(*packages: str) -> tuple[str, ...]:
    return (f"pip install --quiet -e . {' '.join(packages)}",)


_DJANGO = Ground(_pip("jinja2", "pytz", "tblib"), "python tests/runtests.py --verbosity 2 --parallel 1 {modules}")
_SYMPY = Ground(_pip("'mpmath<1.4'", "'setuptools<81'", "'pytest<8'"), PYTEST)
_FLASK = Ground(_pip("'werkzeug<3'", "'click<8.2'", "python-dotenv", "'pytest<8'"), PYTEST)
_PYTEST = Ground(("pip install --quiet -e '.[testing]' 'pluggy<1.4' 'hypothesis<6.40'",), PYTEST)
_MARSHMALLOW = Ground(_pip("pytz", "simplejson", "'pytest<8'"), PYTEST)


GROUNDS: dict[str, dict[str, Ground]] = {
    "django/django": dict.fromkeys(("4.1", "4.2", "5.0"), _DJANGO),
    "pytest-dev/pytest": dict.fromkeys(("7.0", "7.2", "8.0"), _PYTEST),
    "sympy/sympy": dict.fromkeys(("1.10", "1.11", "1.12", "1.13"), _SYMPY),
    "pallets/flask": {"2.3": _FLASK},
    "marshmallow-code/marshmallow": dict.fromkeys(("3.0", "3.9", "3.12", "3.19"), _MARSHMALLOW),
}


def ground(repo: str, version: str) -> Ground:
    """What a version of `owner/name` needs. Raises MissingError where nobody wrote it down."""
    versions = GROUNDS.get(repo, {})
    if version not in versions:
        known = "; ".join(f"{name} {', '.join(each)}" for name, each in GROUNDS.items())
        raise MissingError(f"there is no recipe for {repo} {version or '(no version)'}", f"known: {known}")
    return versions[version]
