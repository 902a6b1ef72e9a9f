"""A repository whose past holds commits that make tasks, and one of each kind that makes none."""

from pathlib import Path

from tests.helpers import GitRepo

MONEY = "def round_cents(amount):\n    return int(amount * 100) / 100\n"
ROUNDED = "def round_cents(amount):\n    return int(amount * 100 + 0.5) / 100\n"
PRICED = f"{ROUNDED}\n\ndef price(amount):\n    return f'{{round_cents(amount):.2f}} EUR'\n"
TESTS = """\
import unittest

from shop.money import round_cents


class MoneyTests(unittest.TestCase):
    def test_whole(self):
        self.assertEqual(round_cents(2), 2)
"""
HALF = "\n    def test_half(self):\n        self.assertEqual(round_cents(1.125), 1.13)\n"
ZERO = "\n    def test_zero(self):\n        self.assertEqual(round_cents(0), 0)\n"
OTHER_NAMES = """\
import datetime
import os
import unittest

from shop.names import NAME


class NamesTests(unittest.TestCase):
    pass


for name in (os.urandom(8).hex(), datetime.date.today().strftime("%Y%m%d")):
    setattr(NamesTests, f"test_{name}", lambda self: self.assertEqual(NAME, "shop"))
"""
HANGS = """\
import time
import unittest


class HangingTests(unittest.TestCase):
    def test_it(self):
        time.sleep(600)
"""
START = {
    "Makefile": "test:\n\tpython -m unittest discover -s tests -t .\n",
    "shop/__init__.py": "",
    "tests/__init__.py": "",
    "shop/money.py": MONEY,
    "tests/test_money.py": TESTS,
}


def make_past(folder: Path) -> tuple[GitRepo, dict[str, str]]:
    """The repository at FOLDER, and its commits by name, the oldest first."""
    repo = GitRepo(folder)
    shas = {
        "start": repo.commit("Start the shop", START),
        "fix": repo.commit(
            "Fix the rounding of half cents (#12)\n\nInvoices were a cent short.",
            {"shop/money.py": ROUNDED, "tests/test_money.py": TESTS + HALF},
        ),
        "code": repo.commit("Show prices with their currency", {"shop/money.py": PRICED}),
        "passing": repo.commit(
            "Say in the code that nothing costs nothing",
            {"shop/money.py": f"{PRICED}\n# 0 is 0\n", "tests/test_money.py": TESTS + HALF + ZERO},
        ),
        "varying": repo.commit(
            "Give the shop the name that it needs",
            {"shop/names.py": "NAME = 'shop'\n", "tests/test_names.py": OTHER_NAMES},
        ),
        "large": repo.commit(
            "Import the whole catalogue of products",
            {"shop/catalogue.py": "X = 1\n" * 600, "tests/test_catalogue.py": "import shop.catalogue\n"},
        ),
        "silent": repo.commit("wip (#13)", {"shop/wip.py": "Y = 1\n", "tests/test_wip.py": "import shop.wip\n"}),
        "data": repo.commit("Read the prices from a file", {"shop/read.py": "Z = 1\n", "tests/data.json": "{}\n"}),
        "feature": repo.commit(
            "Let products be bought in the shop",
            {
                "shop/buy.py": "def buy():\n    return 'thanks'\n",
                "tests/test_buy.py": TESTS.replace("from shop.money import round_cents", "from shop.buy import buy")
                .replace("round_cents(2), 2", "buy(), 'thanks'")
                .replace("Money", "Buy"),
            },
        ),
    }
    return repo, shas
