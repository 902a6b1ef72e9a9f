"""The rules by which patches are made that resolve nothing."""

from memcoder_eval.false_patches import changed_lines, commented, emptied, misplaced, negated, opening

BEFORE = {"a.py": 'def f(n):\n    """Say."""\n    return n\n\n\ndef g():\n    return 1\n'}
AFTER = {
    "a.py": 'def f(n):\n    """Say."""\n    if n > 2:\n        log(n)\n        n = n + 1\n    return n\n\n\ndef g():\n'
    "    return 1\n"
}


def test_changed_lines_are_those_of_the_new_source() -> None:
    assert changed_lines(BEFORE["a.py"], AFTER["a.py"]) == {3, 4, 5}


def test_every_statement_that_the_reference_writes_is_undone_and_no_other() -> None:
    text = negated(BEFORE, AFTER)["a.py"]
    assert text == AFTER["a.py"].replace("n > 2", "(not (n > 2))").replace("log(n)", "pass").replace("n + 1", "None")


def test_where_lines_were_taken_out_what_stands_there_is_undone() -> None:
    assert "def f(n):\n    return None\n" in negated(AFTER, {"a.py": "def f(n):\n    return n\n"})["a.py"]


def test_where_there_is_no_statement_to_undo_the_module_raises() -> None:
    text = negated(BEFORE, {"a.py": "import b\n" + BEFORE["a.py"]})["a.py"]
    assert text.endswith("\n\n\nraise RuntimeError('wrong')\n")


def test_a_statement_opens_each_changed_function_below_its_docstring() -> None:
    text = opening(BEFORE, AFTER, "while True: pass")["a.py"]
    assert '    """Say."""\n    while True: pass\n    if n > 2' in text
    assert "def g():\n    return 1" in text


def test_without_a_changed_function_it_stands_in_the_module() -> None:
    assert opening({"a.py": "x = 1\n"}, {"a.py": "x = 2\n"}, "stop()")["a.py"] == "x = 2\n\n\nstop()\n"


def test_a_comment_does_nothing() -> None:
    text = commented(BEFORE)["a.py"]
    assert text.startswith(BEFORE["a.py"])
    assert text.rpartition("\n\n")[2].startswith("# ")


def test_emptied_tests_take_no_arguments_and_do_nothing() -> None:
    tests = "@mark\ndef test_a(fixture):\n    assert f\n\n\nclass TestB:\n    def test_b(self, x):\n        assert x\n"
    assert emptied({"t.py": tests})["t.py"] == (
        "def test_a():\n    pass\n\nclass TestB:\n\n    def test_b(self):\n        pass\n"
    )


def test_a_misplaced_patch_expects_lines_that_are_nowhere() -> None:
    patch = "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n"
    assert misplaced(patch) == ("--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n one no such line\n-two no such line\n+three\n")
