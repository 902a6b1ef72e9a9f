from dataclasses import replace

import pytest

from memcoder.verify.fit.patched import PatchedFile
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


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("return 'a b' + x", "return 'a ' 'b' + x"),
        ("y = x\n    return f'{y} w'", "z = x\n    return f'{z} w'"),
        ("return x + \\\n        1", "return x + 1"),
        ("'''One\n    two.'''\n    return x", "'''One two.'''\n    return x"),
    ],
)
def test_strings_in_pieces_and_lines_that_go_on_say_the_same(make: Make, before: str, after: str) -> None:
    patched, layout = make({"app/cart.py": ""})
    texts = [f"def f(x):\n    {body}\n" for body in (before, after)]
    file = PatchedFile("app/cart.py", *texts)
    assert list(rewritten_findings(replace(patched, files=(file,)), layout))
