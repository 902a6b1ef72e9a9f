"""What tests of several rooms need: real git repositories, made quickly."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START = 1_700_000_000
"""Time of the first commit; each next one is an hour later."""


HEARING = """\
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from memcoder.cli.main import main
main()
"""
"""A shell's background jobs begin deaf to Control-C, and so would what they start."""


@contextmanager
def serving(*arguments: str) -> Iterator[tuple["subprocess.Popen[str]", dict[str, Any]]]:
    """A command that prints one JSON document and then serves; the document, and the process, killed at the end."""
    child = subprocess.Popen([sys.executable, "-c", HEARING, *arguments, "--json"], stdout=subprocess.PIPE, text=True)
    try:
        lines = []
        for line in child.stdout or ():
            lines.append(line)
            if line.startswith("}"):
                break
        yield child, json.loads("".join(lines))
    finally:
        child.kill()
        child.communicate()


class GitRepo:
    """A repository that a test writes commit by commit."""

    def __init__(self, path: Path, *init: str) -> None:
        self.path = path
        self.commits = 0
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", *init)

    def git(self, *arguments: str, data: bytes | None = None) -> str:
        """Run git in the repository; what it prints, stripped."""
        when = f"{START + 3600 * self.commits} +0000"
        environment = os.environ | {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
        done = subprocess.run(
            ["git", "-C", str(self.path), *arguments], input=data, env=environment, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout.decode(errors="replace").strip()

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        """Write files; None removes one."""
        for name, content in files.items():
            target = self.path / name
            if content is None:
                target.unlink()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, message: str | bytes, files: Mapping[str, str | bytes | None] | None = None) -> str:
        """Write files and commit everything; the new commit's hash."""
        self.write(files or {})
        self.git("add", "--all")
        data = message.encode() if isinstance(message, str) else message
        self.git("commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "--file=-", data=data)
        self.commits += 1
        return self.git("rev-parse", "HEAD")


CART = """\
from shop.money import round_cents


class Cart:
    def __init__(self):
        self.lines = []

    def add(self, product, quantity=1):
        self.lines.append((product, quantity))

    def total(self):
        return round_cents(sum(product.price * quantity for product, quantity in self.lines))
"""
MONEY = """\
def round_cents(amount):
    return int(amount * 100) / 100


def format_price(amount, currency="EUR"):
    return f"{amount:.2f} {currency}"
"""
STOCK = """\
class Warehouse:
    def __init__(self):
        self.levels = {}

    def reserve(self, sku, count):
        if self.levels.get(sku, 0) < count:
            raise ValueError("not enough in stock")
        self.levels[sku] -= count

    def restock(self, sku, count):
        self.levels[sku] = self.levels.get(sku, 0) + count
"""


def make_shop(path: Path) -> tuple[GitRepo, dict[str, str]]:
    """A small shop with a history of eight commits; the commits by name."""
    repo = GitRepo(path)
    shas = {
        "start": repo.commit("Start the shop", {"shop/__init__.py": "", "README.md": "# Shop\n"}),
        "money": repo.commit("Add money helpers", {"shop/money.py": MONEY}),
        "cart": repo.commit("Add a cart with totals\n\nLines are products and quantities.", {"shop/cart.py": CART}),
        "stock": repo.commit("Add the warehouse and its stock levels", {"shop/stock.py": STOCK}),
        "tests": repo.commit(
            "Add tests of the cart",
            {"tests/test_cart.py": "from shop.cart import Cart\n\n\ndef test_total():\n    pass\n"},
        ),
    }
    rounded = MONEY.replace("int(amount * 100) / 100", "int(amount * 100 + 0.5) / 100")
    shas["rounding"] = repo.commit(
        "Fix rounding of half cents\n\nPrices with half a cent were cut, not rounded: invoices were a cent short.",
        {"shop/money.py": rounded},
    )
    guard = '        if count < 1:\n            raise ValueError("count")\n'
    checked = STOCK.replace("        if self.levels", guard + "        if self.levels")
    shas["reserve"] = repo.commit("Refuse to reserve less than one item (#12)", {"shop/stock.py": checked})
    shas["docs"] = repo.commit("Say how to run the shop", {"README.md": "# Shop\n\nRun it.\n"})
    return repo, shas
