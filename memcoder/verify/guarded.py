"""What decides must not be decided by the patch: tests, and what steers their runner, stand as at the base commit."""

import re
import shlex

from memcoder.errors import UsageError
from memcoder.history.kinds import is_test_path
from memcoder.history.repository import Repository
from memcoder.records import Patch
from memcoder.sandbox.base import Sandbox, diff_paths

RUNNER_FILES = ("pytest.ini", ".pytest.ini", "tox.ini")
SHARED_FILES = ("pyproject.toml", "setup.cfg")
"""They say other things too, so only a change of their pytest sections counts."""
PYTEST_SECTION = re.compile(r"^\[tool[:.]pytest[^\n]*\n(?:(?!^\[).*\n?)*", re.M)


def guard_tests(
    sandbox: Sandbox, repo: Repository, commit: str, patch: Patch, protected: tuple[str, ...]
) -> tuple[str, ...]:
    """After a patch was applied, put its tests back and take its new ones out; the paths at which that was done.

    A new conftest.py can call every test passed, and a new test of the patch's own passes because it was written to.
    Tests are files by custom, or named in `protected`. Paths are those that the diff itself names.
    """
    guarded = []
    for path in dict.fromkeys([*patch.files, *diff_paths(patch.diff)]):
        content = repo.read(commit, path)
        if not (path in protected or is_test_path(path) or _steers(sandbox, path, content)):
            continue
        guarded.append(path)
        if content is None:
            sandbox.run(f"rm -f -- {shlex.quote(f'{sandbox.workdir}/{path}')}")
        else:
            sandbox.write(path, content)
    return tuple(guarded)


def _steers(sandbox: Sandbox, path: str, content: bytes | None) -> bool:
    """Whether a changed file says how tests are run, otherwise than it did."""
    name = path.rpartition("/")[2]
    if name not in SHARED_FILES:
        return name in RUNNER_FILES
    try:
        now = sandbox.read(path)
    except FileNotFoundError:
        now = b""
    except UsageError:  # more than anybody reads, and so it may say anything
        return True
    return _sections(now) != _sections(content or b"")


def _sections(content: bytes) -> list[str]:
    found = PYTEST_SECTION.findall(content.decode(errors="replace").replace("\r\n", "\n"))
    return [section.strip() for section in found]
