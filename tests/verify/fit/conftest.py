"""A small product in which fit has something to say."""

from collections.abc import Callable
from pathlib import Path

import pytest

from memcoder.history.repository import Repository
from memcoder.memory.conventions.paths import Layout, layout_of
from memcoder.verify.fit.patched import Patched
from tests.helpers import GitRepo

MONEY = '''\
def as_cents(text, rounding=False):
    """Cents of a price as people write it."""
    cleaned = text.strip().replace(",", ".")
    if not cleaned:
        raise ValueError("no price")
    whole, _, part = cleaned.partition(".")
    value = int(whole) * 100 + int(part.ljust(2, "0")[:2])
    return -value if cleaned.startswith("-") else value


class Purse:
    def add(self, amount, note=""):
        self.items.append((amount, note))

    def _count(self):
        return len(self.items)
'''
CART = '''\
from app.money import as_cents


def total(lines):
    """The sum of a cart."""
    result = 0
    for price, count in lines:
        result += as_cents(price) * count
    return result


def largest(lines):
    # The dearest line.
    best = max(lines, key=as_cents)
    return best
'''
Make = Callable[[dict[str, str | None]], tuple[Patched, Layout]]


@pytest.fixture
def product(tmp_path: Path) -> Repository:
    made = GitRepo(tmp_path / "product")
    files = {"app/__init__.py": "", "app/money.py": MONEY, "app/cart.py": CART}
    made.commit("Start", files | {"tests/test_cart.py": "def test_total():\n    pass\n"})
    return Repository.open(made.path)


@pytest.fixture
def make(product: Repository) -> Make:
    """A patch of the product from whole new contents, and the product's layout."""

    def patch(changed: dict[str, str | None]) -> tuple[Patched, Layout]:
        data = {path: None if text is None else text.encode() for path, text in changed.items()}
        return Patched.of(product, product.head(), data), layout_of(product.tree(product.head()))

    return patch
