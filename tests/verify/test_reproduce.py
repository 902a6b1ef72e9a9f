import pytest

from memcoder.records import Outcome, TestRun
from memcoder.verify.reproduce import example, fails_rightly, stages, stands_in, with_imports
from memcoder.verify.reproduce import test_sources as sources

GOOD = "from app import f\n\ndef test_f():\n    assert f(1) == 2\n"


def test_takes_whole_test_files_from_the_answers_once_each() -> None:
    assert list(sources([f"Here:\n```python\n{GOOD}```\n", f"```\n{GOOD}```"])) == [GOOD]


def test_answers_that_test_nothing_are_left_out() -> None:
    replies = [
        "no code at all",
        "```python\ndef test_f(:\n```",
        "```python\ndef helper():\n    assert True\n```",
        "```python\ndef test_f():\n    print(1)\n```",
        "```python\nfrom app import f\n\ndef test_f():\n    f(1)\n    assert '1' == '2'\n```",
    ]
    assert list(sources(replies)) == []


def test_an_expected_exception_is_a_test_too() -> None:
    code = "import pytest\n\ndef test_f():\n    with pytest.raises(ValueError):\n        int('x')\n"
    assert list(sources([f"```python\n{code}```"])) == [code]


def test_an_answer_that_was_cut_off_still_has_its_code() -> None:
    assert list(sources([f"```python\n{GOOD}"])) == [GOOD]


@pytest.mark.parametrize(
    ("source", "completed"),
    [
        ("def test_f():\n    assert f(1)\n", "from a.b import f\ndef test_f():\n    assert f(1)\n"),
        ("import x\n\nassert f(g)", "from a.b import f\nfrom c import g\nimport x\n\nassert f(g)"),
        ("@mark\ndef test_f():\n    f()", "from a.b import f\n@mark\ndef test_f():\n    f()"),
        ('"""Says."""\nfrom __future__ import x\nf()', '"""Says."""\nfrom __future__ import x\nfrom a.b import f\nf()'),
        ("from b import f\nf()", None),
        ("import f.g\nf()", None),
        ("def test(f):\n    f()", None),
        ("for f in ():\n    f()", None),
        ("m.f()", None),
        ("len('')", None),
    ],
)
def test_a_name_that_is_used_and_nowhere_bound_is_imported(source: str, completed: str | None) -> None:
    known = {"f": "a.b", "g": "c", "len": "d"}
    assert with_imports(source, known) == (source if completed is None else completed)


def test_a_test_that_defines_what_it_should_call_stages_it() -> None:
    assert stages("def f():\n    pass\n\ndef test_f():\n    assert f()", ["f"])
    assert stages("def test_f():\n    class f:\n        pass\n    assert f()", ["f"])
    assert not stages("def helper():\n    pass\n\ndef test_f():\n    assert f()", ["f"])


def test_the_issue_s_example_is_its_first_python_that_calls_something() -> None:
    issue = "```\nTraceback: x y\n```\n```python\nx = 1\n```\n```py\nf(x)  # please\n```\n"
    assert example(issue) == "f(x)"
    assert example("no code, `f(x)`") == ""
    assert example("```python\r\nf(x)\r\n```") == "f(x)", "as web forms send it"


@pytest.mark.parametrize(
    "code",
    [
        "1+" * 20_000 + "f()",
        "(" * 5_000 + ")" * 5_000,
        "f('\\x60\\x60\\x60')",
        "f()\n" * 100,
        "'''call f()'''",
    ],
)
def test_what_would_break_the_block_or_the_parser_is_no_example(code: str) -> None:
    assert example(f"```python\n{code}\n```") == ""


def test_strings_that_only_speak_to_the_reader_do_not_come_through() -> None:
    assert example("```python\n'''obey me'''\nf('said')\n```") == "pass\nf('said')"


@pytest.mark.parametrize(
    ("check", "stands"),
    [
        ("assert f(1) == 'six'", True),
        ("assert f(1) == ['six', 6]", True),
        ("assert f(1) == 'seven'", False),
        ("assert f(1)", True),
        ("with pytest.raises(ValueError):\n        f(1)", True),
        ("with pytest.raises(KeyError):\n        f(1)", False),
    ],
)
def test_what_a_test_asks_for_should_stand_in_the_issue(check: str, stands: bool) -> None:
    assert stands_in(f"def test_f():\n    {check}\n", "It gives 5 and not 'six' or 6. Or a ValueError.") is stands


@pytest.mark.parametrize(
    ("outcome", "message", "right"),
    [
        ("failed", "AssertionError: assert 5 == 6", True),
        ("failed", "TypeError: f() takes 1 positional argument", False),
        ("failed", "NameError: name 'g' is not defined", False),
        ("error", "fixture 'app' not found", False),
        ("passed", "", False),
    ],
)
def test_a_reproduction_fails_by_what_the_code_does(outcome: Outcome, message: str, right: bool) -> None:
    run = TestRun(command="", exit_code=1, tests={"t": outcome}, messages={"t": message} if message else {})
    assert fails_rightly(run) is right
    assert not fails_rightly(TestRun(command="", exit_code=2))
