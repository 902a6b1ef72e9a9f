import pytest

from memcoder.memory.conventions.places import expected, template


@pytest.mark.parametrize(
    ("source", "test", "form"),
    [
        ("src/x/y.py", "tests/x/test_y.py", "src/{folder}/{name}.py → tests/{folder}/test_{name}.py"),
        ("lib/linear/_base.py", "lib/linear/tests/test_base.py", "{folder}/{name}.py → {folder}/tests/test_{name}.py"),
        ("app/money.py", "tests/test_money.py", "app/{name}.py → tests/test_{name}.py"),
        ("pkg/parser.go", "pkg/parser_test.go", "{folder}/{name}.go → {folder}/{name}_test.go"),
        ("web/ui/cart.ts", "web/ui/cart.spec.ts", "{folder}/{name}.ts → {folder}/{name}.spec.ts"),
        ("app/config/main.py", "tests/test_config.py", "app/config/{name}.py → tests/test_{parent}.py"),
    ],
)
def test_a_pair_gives_a_template_that_gives_the_pair(source: str, test: str, form: str) -> None:
    assert template(source, test) == form
    assert expected(form, source) == test


def test_a_template_finds_the_tests_of_other_sources_and_only_those_it_is_about() -> None:
    form = "src/{folder}/{name}.py → tests/{folder}/test_{name}.py"
    assert expected(form, "src/shop/cart/line.py") == "tests/shop/cart/test_line.py"
    assert expected(form, "docs/shop/line.py") is None
    assert expected(form, "src/line.py") is None
    assert expected(form, "src/shop/line.js") is None


def test_no_template_from_names_that_have_nothing_in_common() -> None:
    assert template("django/db/query.py", "tests/queries/tests.py") is None
    assert template("app/cart.py", "tests/test_carting.py") is None
