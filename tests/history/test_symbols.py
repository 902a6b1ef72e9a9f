import time

import pytest

from memcoder.history.languages import GRAMMARS
from memcoder.history.symbols import language_of, symbol_at, symbols, symbols_at

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


GO = b"""\
package shop

type Shop struct {
	n int
}

func (s *Shop) Sell(n int) int {
	return n
}

func (p Pair[K, V]) Get() {}

func New() *Shop { return nil }
"""
RUST = b"""\
mod market {
    pub struct Shop<T> { n: T }
    impl<T> std::fmt::Display for Shop<T> {
        fn fmt(&self) { fn inner() {} }
    }
    trait Open { fn open(&self); }
}
enum State { A }
fn main() {}
"""
JAVA = b"""\
@Entity
public class Shop<T> implements Open {
  Shop() {}
  @Override
  public int sell(int n) { return n; }
  interface Inner { void open(); }
  record Pair(int a) {}
}
"""
C = b"""\
typedef struct { int n; } Shop;
struct item { int a; };
struct item make(void);
static struct item *sell(struct item *one, int n)
{
  return 0;
}
#ifdef X
int (*later(int a))(void) { return 0; }
#endif
"""
CPP = b"""\
namespace market {
class Shop : Base {
  ~Shop() {}
  bool operator<(const Shop& o) const { return true; }
  struct In { void f() {} };
  int declared();
};
template <typename T> T most(T a) { return a; }
}
int market::Shop<int>::declared() { return 1; }
namespace { void hidden() {} }
"""
RUBY = b"""\
module Market
  class Shop < Base
    def sell!(n)
      n
    end
    def self.open; end
    class << self
      def close; end
    end
    private def hidden; end
  end
  class Foo::Bar; end
end
def top; end
"""
SCRIPT = b"""\
const f = async (x) => { return 1 }, other = 3;
class B { c() { return 1 } d = () => 2 }
export default function () { function inner() {} }
"""
TYPED = b"""\
namespace N { export class C { m(): void {} p = () => 1; } }
enum E { A }
abstract class D { abstract q(): void }
"""
NAMES = {
    "a.go": (GO, "Shop Shop.Sell Pair.Get New"),
    "a.rs": (
        RUST,
        "market.Shop market.Shop market.Shop.fmt market.Shop.fmt.inner market.Open market.Open.open State main",
    ),
    "A.java": (JAVA, "Shop Shop.Shop Shop.sell Shop.Inner Shop.Inner.open Shop.Pair"),
    "a.c": (C, "Shop item sell later"),
    "a.cpp": (
        CPP,
        "market.Shop market.Shop.~Shop market.Shop.operator< market.Shop.In market.Shop.In.f market.most "
        "market.Shop.declared hidden",
    ),
    "a.rb": (
        RUBY,
        "Market Market.Shop Market.Shop.sell! Market.Shop.open Market.Shop.close Market.Shop.hidden Market.Foo.Bar top",
    ),
    "a.js": (SCRIPT, "f B B.c B.d inner"),
    "a.ts": (TYPED, "N.C N.C.m N.C.p E D D.q"),
    "a.tsx": (b"export const C = () => <div/>;\nfunction D() { return <b/> }\n", "C D"),
    "a.py": (PYTHON, "outer outer.inner Cart Cart.total"),
}


@pytest.mark.parametrize("path", NAMES)
def test_qualified_names_of_every_language(path: str) -> None:
    source, names = NAMES[path]
    assert " ".join(one.qualified for one in symbols(path, source)) == names


def test_every_grammar_has_a_case_and_methods_are_told_from_functions() -> None:
    assert {language_of(path) for path in NAMES} == set(GRAMMARS)
    kinds = {one.qualified: (one.kind, one.start, one.end) for one in symbols("a.go", GO)}
    assert kinds["Shop"] == ("class", 3, 5)
    assert kinds["Shop.Sell"] == ("method", 7, 9)
    assert kinds["New"] == ("function", 13, 13)


@pytest.mark.parametrize("path", NAMES)
def test_broken_source_gives_what_can_be_read(path: str) -> None:
    source, names = NAMES[path]
    for cut in range(0, len(source), 7):
        symbols(path, source[:cut] + b"\xff{(\0" + source[cut:])
    assert names.split()[0] in {one.qualified for one in symbols(path, source + b"\n\xff ((( {")}


@pytest.mark.parametrize("path", NAMES)
@pytest.mark.parametrize("piece", [b"f(", b"{", b"a<", b"class A {", b"[ "])
def test_deep_source_takes_no_long_time(path: str, piece: bytes) -> None:
    started = time.process_time()
    symbols(path, piece * 4_000)
    assert time.process_time() - started < 5


def test_innermost_symbols_of_many_lines() -> None:
    found = symbols("a.py", PYTHON)
    for line in range(13):
        one = symbol_at(found, line)
        assert symbols_at(found, [line]) == ([one] if one else [])
    assert [one.qualified for one in symbols_at(found, [11, 6, 7, 1])] == ["outer.inner", "outer", "Cart.total"]
