"""Whether a test file imports a source file, by its text."""

import pytest

from memcoder.verify.imports import imports


@pytest.mark.parametrize(
    ("test", "text", "source", "found"),
    [
        ("tests/test_a.py", "from shop.cart import Cart", "shop/cart.py", True),
        ("tests/test_a.py", "from shop import (\n    cart,\n    stock,\n)", "src/shop/stock.py", True),
        ("tests/test_a.py", "import shop.cart as c, json", "shop/cart.py", True),
        ("tests/test_a.py", "from shop import cart", "shop/__init__.py", True),
        ("shop/tests/test_a.py", "from ..cart import Cart", "shop/cart.py", True),
        ("shop/tests/test_a.py", "from .. import cart", "shop/cart.py", True),
        ("tests/test_a.py", "from shop.carton import Cart", "shop/cart.py", False),
        ("tests/test_a.py", "# import shop.cart", "shop/cart.py", False),
        ("test/a.test.js", "const { total } = require('../src/cart');", "src/cart.js", True),
        ("test/a.test.ts", "import { total } from '../src/cart.js'", "src/cart.ts", True),
        ("test/a.test.ts", "jest.mock('../src')", "src/index.tsx", True),
        ("test/a.test.js", "require('cart')", "src/cart.js", False),
        ("money/a_test.go", "package money", "money/money.go", True),
        ("api/a_test.go", 'import (\n\t"testing"\n\tm "example.org/shop/money"\n)', "money/money.go", True),
        ("api/a_test.go", 'import "example.org/shop/stock"', "money/money.go", False),
        ("a_test.go", "package shop", "shop.go", True),
        ("tests/cart.rs", "use shop::cart::total;", "src/cart.rs", False),
        ("tests/cart.rs", "use shop::cart;", "src/cart.rs", True),
        ("tests/a.rb", "require 'cart'", "lib/cart.rb", False),
    ],
)
def test_imports_are_read_in_each_language(test: str, text: str, source: str, found: bool) -> None:
    assert imports(test, text, source) is found


def test_hostile_text_takes_no_long_time() -> None:
    for text in (
        "from a import (\n" * 5_000,
        "import " + "a," * 20_000,
        "from" + " " * 20_000,
        "from " + "." * 20_000,
        "\n" * 50_000,
        "require (" * 20_000,
        "use " * 20_000,
    ):
        for source in ("shop/cart.py", "shop/cart.js", "shop/cart.go", "shop/cart.rs"):
            imports("tests/test_a.py", text, source)
