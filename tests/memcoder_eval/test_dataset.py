from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from memcoder_eval.dataset import Instance, Question, after, clone_of, load

from memcoder import MissingError, UsageError

Write = Callable[[list[dict[str, Any]]], Path]


def test_instances_are_read_in_the_order_of_the_file(dataset: Write, instances: list[dict[str, Any]]) -> None:
    found = load(dataset(instances))
    assert [one.id for one in found] == [row["instance_id"] for row in instances]
    assert found[0].question.text == instances[0]["problem_statement"]
    assert found[0].question.numbers == {"11"}


def test_some_can_be_chosen(dataset: Write, instances: list[dict[str, Any]]) -> None:
    file = dataset(instances)
    assert [one.id for one in load(file, "shop-1[12]$")] == ["example__shop-11", "example__shop-12"]
    assert [one.id for one in load(file, "shop", 1)] == ["example__shop-11"]
    with pytest.raises(UsageError, match="no instance"):
        load(file, "django")
    with pytest.raises(UsageError, match="regular expression"):
        load(file, "(")


def test_a_sample_is_drawn_by_the_seed_and_keeps_the_order(dataset: Write, instances: list[dict[str, Any]]) -> None:
    file = dataset([instances[0] | {"instance_id": f"example__shop-{number}"} for number in range(40)])
    ids = {seed: [one.id for one in load(file, sample=10, seed=seed)] for seed in (0, 1)}
    assert [one.id for one in load(file, sample=10)] == ids[0] != ids[1]
    assert ids[0] == sorted(ids[0], key=lambda name: int(name.rpartition("-")[2]))
    assert set(ids[0]) < {one.id for one in load(file, sample=20)}
    assert len(load(file, sample=100)) == 40


@pytest.mark.parametrize(
    "change",
    [
        {"repo": "../../etc"},
        {"repo": "a/b/c"},
        {"repo": "a/.."},
        {"base_commit": "HEAD"},
        {"patch": None},
        {"instance_id": "../x"},
    ],
    ids=str,
)
def test_what_is_not_in_the_schema_is_refused(
    dataset: Write, instances: list[dict[str, Any]], change: dict[str, Any]
) -> None:
    with pytest.raises(UsageError, match=r"line 2: not an instance"):
        load(dataset([instances[0], instances[1] | change]))


def test_broken_lines_and_doubles_are_refused(dataset: Write, instances: list[dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "broken.jsonl").write_text('{"instance_id": 1}\n')
    with pytest.raises(UsageError, match="line 1"):
        load(tmp_path / "broken.jsonl")
    with pytest.raises(UsageError, match="twice"):
        load(dataset([instances[0], instances[0]]))
    with pytest.raises(MissingError, match="no file"):
        load(tmp_path / "nowhere.jsonl")


def test_clones_are_found_ordinary_and_bare(tmp_path: Path) -> None:
    assert clone_of(tmp_path, "a/b") is None
    (tmp_path / "a__b.git").mkdir()
    assert clone_of(tmp_path, "a/b") == tmp_path / "a__b.git"
    (tmp_path / "a__b").mkdir()
    assert clone_of(tmp_path, "a/b") == tmp_path / "a__b"


@pytest.mark.parametrize("given", [["t::a", "t::b"], '["t::a", "t::b"]'])
def test_tests_of_an_instance_are_a_list_or_its_json(
    dataset: Write, instances: list[dict[str, Any]], given: object
) -> None:
    [found] = load(dataset([instances[0] | {"FAIL_TO_PASS": given}]))
    assert found.fail_to_pass == ("t::a", "t::b")
    assert found.pass_to_pass == ()


def test_instances_after_a_day_are_those_created_then_or_later() -> None:
    def instance(name: str, created: object) -> Instance:
        return Instance(Question(name, "o/r", "0" * 40, ""), "", row={"created_at": created})

    every = [instance("old-1", "2025-12-31T23:59:59Z"), instance("new-2", "2026-01-01T00:00:00Z")]
    assert [one.id for one in after(every, "2026-01-01")] == ["new-2"]
    assert after(every, "2025-01-01") == every
    with pytest.raises(UsageError, match="--after is no date: 'soon'"):
        after(every, "soon")
    with pytest.raises(UsageError, match="created_at of none-3 is no date: None"):
        after([instance("none-3", None)], "2026-01-01")
