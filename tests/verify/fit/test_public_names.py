import pytest

from memcoder.verify.fit.patched import Patched, PatchedFile
from memcoder.verify.fit.public_names import public_name_findings
from tests.verify.fit.conftest import MONEY, Make


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("def as_cents", "def to_cents", "as_cents is gone"),
        ("text, rounding=False", "text", "as_cents takes other parameters"),
        ("text, rounding=False", "text, places, rounding=False", "as_cents takes other parameters"),
        ("text, rounding=False", "rounding, text", "as_cents takes other parameters"),
        ("def add", "def put", "Purse.add is gone"),
    ],
)
def test_what_callers_would_miss(make: Make, old: str, new: str, said: str) -> None:
    (found,) = public_name_findings(*make({"app/money.py": MONEY.replace(old, new)}))
    assert (found.kind, found.outcome) == ("public-name", "broken")
    assert said in found.line


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("_count", "_number"),
        ("text, rounding=False", "text, rounding=True, places=2"),
        ("text, rounding=False", "text, rounding=False, *rest"),
        ("return len", "return 1 + len"),
        ("def add(self", "def add(\n        self"),
    ],
)
def test_what_they_would_not(make: Make, old: str, new: str) -> None:
    assert list(public_name_findings(*make({"app/money.py": MONEY.replace(old, new)}))) == []


def test_what_stands_in_a_function_is_nobody_s_to_call(make: Make) -> None:
    inner = "    def digits(part, places):\n        return part\n\n    value ="
    patched, layout = make({"app/money.py": MONEY.replace("    value =", inner)})
    repo = patched.repo
    again = Patched.of(repo, repo.head(), {"app/cart.py": b""})
    assert list(public_name_findings(again, layout)), "a control: the file's own functions are gone"
    old = patched.files[0].new or ""
    nested = PatchedFile("app/money.py", old, old.replace("def digits(part, places)", "def digits(part)"))
    assert list(public_name_findings(Patched(repo, repo.head(), (nested,), {}), layout)) == []


def test_a_function_that_moved_and_is_imported_back_is_there(make: Make) -> None:
    moved = {
        "app/parse.py": MONEY[: MONEY.index("\n\nclass")],
        "app/money.py": "from app.parse import as_cents\n\n\n" + MONEY[MONEY.index("class") :],
    }
    assert list(public_name_findings(*make({**moved}))) == []
