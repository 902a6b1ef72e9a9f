"""Grades of patches whose worth is known; what a patch does to tests counts for nothing."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.sandbox.base import Environment
from memcoder.sandbox.door import prepare
from memcoder.tasks import grade as room
from memcoder.tasks.grade import Grade, grade_task
from memcoder.tasks.prove import prove
from memcoder.tasks.proven import ProvenTask
from tests.helpers import GitRepo
from tests.tasks.past import HALF, MONEY, ROUNDED, START, TESTS

FORGING = TESTS.replace("import unittest\n", "import unittest\n\nunittest.TestCase.assertEqual = lambda *a: None\n")


class Shop:
    """The base commit, the task that its fix makes, and patches on it."""

    def __init__(self, folder: Path) -> None:
        self.git = GitRepo(folder)
        self.base = self.git.commit("Start the shop", START)
        self.repo = Repository.open(folder)
        self.environment: Environment = prepare(folder, self.base, Settings(sandbox="local"))
        draft = ProvenTask(
            instance_id="example__shop-1",
            repo="example/shop",
            base_commit=self.base,
            problem_statement="Half cents are cut",
            patch=self.patch({"shop/money.py": ROUNDED}),
            test_patch=self.patch({"tests/test_money.py": TESTS + HALF}),
            test_cmd="python -m unittest tests/test_money.py",
            runner="unittest",
        )
        self.task = prove(self.environment, self.repo, draft, 60)

    def patch(self, files: Mapping[str, str | None]) -> str:
        self.git.write(files)
        self.git.git("add", "--all")
        written = self.git.path.with_name("written.diff")
        self.git.git("diff", "--cached", f"--output={written}")
        self.git.git("reset", "--quiet", "--hard")
        return written.read_text()

    def grade(self, patch: str, timeout: float = 60) -> Grade:
        return grade_task(self.environment, self.repo, self.task, patch, timeout)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, isolated_session: None) -> Shop:
    return Shop(tmp_path_factory.mktemp("grade") / "shop")


def test_the_fix_resolves_its_task(shop: Shop) -> None:
    assert shop.grade(shop.task.patch) == Grade(
        resolved=True,
        applied=True,
        tests_status={
            "FAIL_TO_PASS": {"success": ("tests.test_money.MoneyTests::test_half",), "failure": ()},
            "PASS_TO_PASS": {"success": ("tests.test_money.MoneyTests::test_whole",), "failure": ()},
        },
    )


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"shop/money.py": f"{MONEY}# more\n"}, "1 tests that the fix mends do not pass"),
        ({"shop/money.py": "def round_cents(amount):\n    return 1.13\n"}, "1 tests that passed before do not pass"),
        ({"shop/money.py": "import time\ntime.sleep(600)\n"}, "the tests did not end within their time limit"),
        ({"shop/money.py": None}, "1 tests that the fix mends do not pass, 1 tests that passed before do not pass"),
    ],
    ids=["mends nothing", "breaks another", "hangs", "deletes"],
)
def test_what_does_not_resolve_it_is_told(shop: Shop, files: dict[str, str | None], reason: str) -> None:
    found = shop.grade(shop.patch(files), timeout=4 if "time limit" in reason else 60)
    assert (found.resolved, found.applied, found.reason) == (False, True, reason)


def test_nothing_and_what_does_not_apply_resolve_nothing(shop: Shop) -> None:
    assert shop.grade("\n") == Grade(resolved=False, applied=False, reason="there is no patch")
    misplaced = shop.task.patch.replace("def round_cents", "def round_dimes")
    assert shop.grade(misplaced).reason == "the patch does not apply to the base commit"


@pytest.mark.parametrize(
    "files",
    [
        {"tests/test_money.py": FORGING},
        {"tests/test_money.py": None},
        {"tests/__init__.py": "import unittest\n\nunittest.TestCase.assertEqual = lambda *a: None\n"},
    ],
    ids=["edits the tests", "deletes them", "forges beside them"],
)
def test_tests_of_the_patch_count_for_nothing(shop: Shop, files: dict[str, str | None]) -> None:
    assert shop.grade(shop.patch(files)).reason == "1 tests that the fix mends do not pass"
    assert shop.grade(shop.patch({**files, "shop/money.py": ROUNDED})).resolved


def test_without_the_guard_a_forging_patch_would_resolve(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "guard_tests", lambda *arguments: ())
    forged = {"tests/__init__.py": "import unittest\n\nunittest.TestCase.assertEqual = lambda *a: None\n"}
    assert shop.grade(shop.patch(forged)).resolved
