from memcoder.verify.fit.repeats import repeat_findings
from tests.verify.fit.conftest import CART, MONEY, Make

BODY = MONEY[MONEY.index("    cleaned") : MONEY.index("\n\nclass")]
COPY = "\n\ndef price_of(entry):\n" + BODY.replace("cleaned", "stripped").replace("text", "entry")


def test_a_copy_with_other_names_is_named_with_the_original_s_place(make: Make) -> None:
    (found,) = repeat_findings(*make({"app/cart.py": CART + COPY}))
    assert (found.kind, found.outcome, found.places) == ("repeat", "broken", ("app/money.py:1",))
    assert "app/cart.py:18 repeats as_cents (app/money.py:1) to 100%" in found.line


def test_a_helper_that_is_written_out_where_it_was_called_is_found(make: Make) -> None:
    inlined = (
        BODY.replace("    return -value", "    amount = -value")
        .replace("text", "price")
        .replace("\n    ", "\n        ")
    )
    text = CART.replace("        result += as_cents(price) * count", f"    {inlined}\n        result += amount * count")
    (found,) = repeat_findings(*make({"app/cart.py": text}))
    assert "as_cents" in found.line


def test_moving_and_changing_a_function_repeats_nothing(make: Make) -> None:
    moved = {
        "app/money.py": MONEY[MONEY.index("class") :],
        "app/cart.py": CART + "\n\n" + MONEY[: MONEY.index("\n\nclass")],
    }
    assert list(repeat_findings(*make({**moved}))) == []
    assert list(repeat_findings(*make({"app/money.py": MONEY.replace("if not cleaned", "if cleaned is None")}))) == []


def test_a_test_may_repeat(make: Make) -> None:
    assert list(repeat_findings(*make({"tests/test_more.py": COPY}))) == []
