from memcoder.memory.conventions.page import page
from memcoder.memory.conventions.policies import policy
from memcoder.memory.conventions.sentences import sentence
from memcoder.records import Convention, Memory

TESTS = Convention(rule="tests", kind="fix", count=41, total=46, first=1_706_918_400, last=1_778_544_000, rate=0.93)


def memories(*conventions: Convention) -> list[Memory]:
    return [policy(each, "key", "c" * 40) for each in conventions]


def test_a_sentence_has_its_counts_and_dates() -> None:
    there = TESTS.model_copy(update={"area": "src/x"})
    assert sentence(there) == "Fixes in src/x come with tests: 41 of 46, lately 93%, 2024-02-03 to 2026-05-12"


def test_the_page_of_a_project_tells_of_an_area_where_it_differs() -> None:
    same = TESTS.model_copy(update={"area": "src/x", "rate": 0.9})
    other = TESTS.model_copy(update={"area": "src/y", "rate": 0.6})
    shown = page(memories(TESTS, same, other))[0].lines
    assert len(shown) == 2
    assert shown[1].startswith("often: Fixes in src/y come with tests")
    assert len(page(memories(TESTS, same, other), "src")[0].lines) == 3


def test_the_less_sure_is_said_so() -> None:
    line = page(memories(TESTS.model_copy(update={"rate": 0.7})))[0].lines[0]
    assert line.startswith("usually: Fixes come with tests")


def test_an_id_stays_when_counts_and_forms_change_and_differs_by_area_and_kind() -> None:
    first, later, area, kind = (
        memory.id
        for memory in memories(
            Convention(rule="message-prefix", form="Fix: ", total=20),
            Convention(rule="message-prefix", form="fix: ", total=40),
            Convention(rule="message-prefix", area="src"),
            Convention(rule="message-prefix", kind="fix"),
        )
    )
    assert first == later
    assert len({first, area, kind}) == 3
