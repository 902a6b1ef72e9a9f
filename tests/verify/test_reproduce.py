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
    ]
    assert list(sources(replies)) == []


def test_an_expected_exception_is_a_test_too() -> None:
    code = "import pytest\n\ndef test_f():\n    with pytest.raises(ValueError):\n        int('x')\n"
    assert list(sources([f"```python\n{code}```"])) == [code]
