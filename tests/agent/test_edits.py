import pytest

from memcoder.agent.edits import Edit, EditError, apply_edits, parse_edits, take_new_files
from memcoder.agent.locate import Location

SOURCE = """\
class Cart:
    def total(self, items):
        result = 0
        for item in items:
            result -= item.price
        return result


def label(text):
    return text.upper()
"""
SHOWN = {"shop/cart.py": SOURCE}


def block(search: str, replace: str, path: str = "") -> str:
    return f"{path}\n<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE\n"


def test_a_search_replace_block_is_applied_where_it_stands_once() -> None:
    reply = "The sign is wrong.\n" + block(
        "            result -= item.price", "            result += item.price", "shop/cart.py"
    )
    assert "result += item.price" in apply_edits(parse_edits(reply, SHOWN), SHOWN)["shop/cart.py"]


def test_a_block_with_another_indent_is_moved_to_the_place_s_own() -> None:
    changed = apply_edits(parse_edits(block("result -= item.price", "result += item.price"), SHOWN), SHOWN)
    assert "            result += item.price\n" in changed["shop/cart.py"]


def test_a_whole_function_replaces_the_one_of_its_name() -> None:
    reply = "It shouts.\n```python\ndef label(text):\n    return text.title()\n```\n"
    assert apply_edits(parse_edits(reply, SHOWN), SHOWN)["shop/cart.py"] == SOURCE.replace("upper", "title")


def test_a_method_given_without_its_class_keeps_its_indent() -> None:
    reply = "```python\ndef total(self, items):\n    return sum(item.price for item in items)\n```"
    changed = apply_edits(parse_edits(reply, SHOWN), SHOWN)["shop/cart.py"]
    assert "    def total(self, items):\n        return sum(item.price for item in items)\n" in changed


def test_an_answer_that_was_cut_off_in_its_code_still_counts() -> None:
    reply = "```python\ndef label(text):\n    return text.title()"
    assert "title" in apply_edits(parse_edits(reply, SHOWN), SHOWN)["shop/cart.py"]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("I would change the sign.", "no edit"),
        ("", "no edit"),
        ("```python\ndef unknown():\n    pass\n```", "no edit"),
        (block("not there", "x"), "not in the file"),
        (block("", "x"), "SEARCH part is empty"),
        (block("    return text.upper()", "    return text.upper()"), "changes nothing"),
        (block("    return text.upper()", "    return (text"), "not be valid Python"),
    ],
)
def test_what_cannot_be_applied_is_refused_with_the_reason(reply: str, reason: str) -> None:
    with pytest.raises(EditError, match=reason):
        apply_edits(parse_edits(reply, SHOWN), SHOWN)


def test_an_ambiguous_place_is_never_guessed() -> None:
    sources = {"a.py": "x = 1\ny = 2\nx = 1\n"}
    with pytest.raises(EditError, match="2 times"):
        apply_edits([Edit("a.py", "x = 1", "x = 3")], sources)


def test_an_edit_of_a_file_that_was_not_shown_is_refused() -> None:
    shown = {"a.py": "x = 1\n", "b.py": "x = 1\n"}
    with pytest.raises(EditError, match="Name the file"):
        parse_edits(block("x = 1", "x = 2", "../../etc/passwd"), shown)


def test_all_edits_or_none() -> None:
    edits = [Edit("shop/cart.py", "        result = 0", "        result = 1"), Edit("shop/cart.py", "nowhere", "x")]
    with pytest.raises(EditError):
        apply_edits(edits, SHOWN)


def test_of_several_functions_of_one_name_the_one_asked_for_is_meant() -> None:
    source = "class A:\n    def size(self):\n        return 0\n\n\nclass B:\n    def size(self):\n        return 1\n"
    shown = {"a.py": source}
    reply = "```python\ndef size(self):\n    return 2\n```"
    with pytest.raises(EditError, match="no edit"):
        parse_edits(reply, shown)
    edits = parse_edits(reply, shown, Location("a.py", 7, 8, "size"))
    assert apply_edits(edits, shown)["a.py"] == source.replace("return 1", "return 2")


def test_line_ends_stay_as_they_are() -> None:
    source = SOURCE.replace("\n", "\r\n")
    shown = {"shop/cart.py": source}
    changed = apply_edits(parse_edits(block("result -= item.price", "result += item.price"), shown), shown)
    assert changed["shop/cart.py"] == source.replace("-=", "+=")


def test_new_files_are_taken_out_of_a_reply() -> None:
    block = "{}\n<<<<<<< SEARCH\n{}=======\nnew\n>>>>>>> REPLACE\n"
    reply = block.format("docs/new.txt", "") + block.format("known.py", "") + block.format("other.py", "old\n")
    rest, new = take_new_files(reply, {"known.py"})
    assert new == {"docs/new.txt": "new\n"}
    assert "docs/new.txt" not in rest
    assert "known.py" in rest
    assert "other.py" in rest
