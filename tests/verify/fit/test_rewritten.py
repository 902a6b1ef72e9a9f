import pytest

from memcoder.verify.fit.rewritten import rewritten_findings
from tests.verify.fit.conftest import CART, Make


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    # The dearest line.\n", ""),
        ("best", "dearest"),
        ("max(lines, key=as_cents)", "max(\n        lines,\n        key=as_cents,\n    )"),
    ],
)
def test_a_function_that_says_the_same_was_rewritten_for_nothing(make: Make, old: str, new: str) -> None:
    (found,) = rewritten_findings(*make({"app/cart.py": CART.replace(old, new)}))
    assert (found.kind, found.outcome, found.places, found.weight) == ("rewritten", "broken", ("app/cart.py:12",), 0.5)
    assert "largest" in found.line


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("max(", "min("),
        ("key=as_cents", "key=len"),
        ("    for price, count in lines:\n        result", "    for price, count in lines:\n        pass\n    result"),
        ("* count\n    return result", "* count\n        return result"),
    ],
)
def test_one_that_does_something_else_was_not(make: Make, old: str, new: str) -> None:
    assert old in CART
    assert list(rewritten_findings(*make({"app/cart.py": CART.replace(old, new)}))) == []
