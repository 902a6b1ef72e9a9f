"""A repository whose past holds two exercises, and a scripted model that gets the first wrong and the second right."""

import json
from pathlib import Path

from memcoder.config import Settings
from tests.helpers import GitRepo

MONEY = "def round_cents(amount):\n    return int(amount * 100) / 100\n"
ROUNDED = MONEY.replace("* 100)", "* 100 + 0.5)")
PRICE = "def price(amount):\n    return f'{amount:.2f} EUR'\n"
CHECKED = "def price(amount):\n    if amount < 0:\n        raise ValueError(amount)\n    return f'{amount:.2f} EUR'\n"
TESTS = """\
import unittest

from shop.money import round_cents


class MoneyTests(unittest.TestCase):
    def test_whole(self):
        self.assertEqual(round_cents(2), 2)
"""
HALF = "\n    def test_half_goes_up(self):\n        self.assertEqual(round_cents(1.125), 1.13)\n"
PRICE_TESTS = """\
import unittest

from shop.price import price


class PriceTests(unittest.TestCase):
    def test_plain(self):
        self.assertEqual(price(2), '2.00 EUR')
"""
NEGATIVE = "\n    def test_below_nothing(self):\n        self.assertRaises(ValueError, price, -1)\n"
START = {
    "Makefile": "test:\n\tpython -m unittest discover -s tests -t .\n",
    "shop/__init__.py": "RATE = 1\n",
    "tests/__init__.py": "",
    "shop/money.py": MONEY,
    "shop/price.py": PRICE,
    "tests/test_money.py": TESTS,
    "tests/test_price.py": PRICE_TESTS,
}
WRONG_PLACE = "sed -i 's/RATE = 1/RATE = 100/' shop/__init__.py"
RIGHT = r"sed -i 's/^    return/    if amount < 0:\n        raise ValueError(amount)\n    return/' shop/price.py"


def make_exercises(folder: Path) -> tuple[GitRepo, dict[str, str]]:
    """The repository at FOLDER, and its commits by name, the oldest first."""
    repo = GitRepo(folder)
    return repo, {
        "start": repo.commit("Start the shop with its prices", START),
        "rounding": repo.commit(
            "Fix prices that lose half a cent in the shop (#12)\n\nInvoices were a cent short.",
            {"shop/money.py": ROUNDED, "tests/test_money.py": TESTS + HALF},
        ),
        "negative": repo.commit(
            "Fix prices below nothing in the shop\n\nThey were shown as if somebody owed them.",
            {"shop/price.py": CHECKED, "tests/test_price.py": PRICE_TESTS + NEGATIVE},
        ),
    }


def script_of(folder: Path, *calls: tuple[str, dict[str, str]]) -> Path:
    """The script of a model that makes these calls of tools, one an answer."""
    path = folder / "script.jsonl"
    lines = [{"text": "", "tool_calls": [{"name": name, "arguments": given}]} for name, given in calls]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def script(folder: Path, *commands: str) -> Settings:
    """A model that runs each command in an attempt of its own and hands in what came of it."""
    calls = [call for one in commands for call in (("bash", {"command": one}), ("submit", {"summary": "Done."}))]
    given = {
        "model": f"scripted:{script_of(folder, *calls)}",
        "sandbox": "local",
        "embedder": "hashing",
        "strategy": "tools",
        "reproduce": False,
        "command_timeout": 60,
    }
    return Settings.model_validate(given)
