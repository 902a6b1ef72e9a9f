from pathlib import Path
from typing import Any

import pytest
from memcoder_eval.swebench import datasets
from memcoder_eval.swebench.choose import Choice, chosen

from memcoder import MissingError, UsageError


def test_a_file_is_itself_and_a_hub_dataset_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text("{}\n")
    assert datasets.find(str(file), tmp_path / "out") == file
    asked: list[str] = []

    def load_dataset(name: str, split: str) -> list[dict[str, str]]:
        asked.append(f"{name} {split}")
        return [{"instance_id": "a"}]

    pytest.importorskip("datasets")
    monkeypatch.setattr("datasets.load_dataset", load_dataset)
    for _ in range(2):
        found = datasets.find("verified", tmp_path / "out")
        assert found.read_text() == '{"instance_id": "a"}\n'
    assert asked == ["SWE-bench/SWE-bench_Verified test"]


def test_a_hub_that_does_not_answer_says_how_to_give_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load_dataset(name: str, split: str) -> None:
        raise ConnectionError(f"Couldn't reach {name}")

    pytest.importorskip("datasets")
    monkeypatch.setattr("datasets.load_dataset", load_dataset)
    with pytest.raises(MissingError, match="does not give SWE-bench/SWE-bench_Lite") as error:
        datasets.find("lite", tmp_path / "out")
    assert "--dataset FILE" in str(error.value.hint)
    assert not list(tmp_path.glob("out/*"))
    with pytest.raises(MissingError, match="no file nowhere"):
        datasets.find("nowhere", tmp_path / "out")


def test_what_lite_and_verified_share_can_be_left_out(tmp_path: Path, row: dict[str, str]) -> None:
    import json

    shared = sorted(datasets.in_lite())
    assert len(shared) == 93
    file, old = tmp_path / "verified.jsonl", row | {"created_at": "2019-01-31T09:00:00Z"}
    file.write_text("".join(json.dumps(old | {"instance_id": name}) + "\n" for name in [*shared[:3], "owner__app-7"]))
    with file.open("a") as rows:
        rows.write(json.dumps(row | {"instance_id": "owner__app-8", "created_at": "2026-02-01T10:00:00Z"}) + "\n")

    def ids(**choice: Any) -> list[str]:
        return [one.id for one in chosen(str(file), tmp_path, Choice(**choice))]

    assert ids(exclude_lite=True) == ["owner__app-7", "owner__app-8"]
    assert ids() == [*shared[:3], "owner__app-7", "owner__app-8"]
    assert ids(part="1:3") == shared[1:3]
    assert len(ids(sample=2)) == 2
    assert ids(after="2026-02-01") == ["owner__app-8"]
    for nothing in ({"only": shared[0], "exclude_lite": True}, {"part": "9:"}):
        with pytest.raises(UsageError, match="is left"):
            ids(**nothing)
    with pytest.raises(UsageError, match="is no part"):
        ids(part="3")
