from memcoder.history.symbols import symbol_at, symbols

PYTHON = b"""\
import os

@decorated
def outer(x):
    def inner():
        return x
    return inner

class Cart:
    async def total(self):
        return 1
"""


def test_python_symbols_with_lines() -> None:
    found = symbols("a.py", PYTHON)
    assert [(one.qualified, one.kind, one.start, one.end) for one in found] == [
        ("outer", "function", 3, 7),
        ("outer.inner", "function", 5, 6),
        ("Cart", "class", 9, 11),
        ("Cart.total", "method", 10, 11),
    ]
    at = symbol_at(found, 11)
    assert at is not None
    assert at.qualified == "Cart.total"
    assert symbol_at(found, 1) is None


def test_javascript_and_typescript() -> None:
    script = b"function a() {}\nclass B { c() { return 1 } }\n"
    assert [one.qualified for one in symbols("a.js", script)] == ["a", "B", "B.c"]
    typed = b"interface I { x: number }\nexport function f(x: number): number { return x }\n"
    assert [one.qualified for one in symbols("a.ts", typed)] == ["I", "f"]


def test_unknown_languages_and_broken_source() -> None:
    assert symbols("a.cobol", b"whatever") == []
    assert [one.name for one in symbols("a.py", b"def f(:\n\xff\n\ndef g():\n    pass\n")][-1] == "g"
