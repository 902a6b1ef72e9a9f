import json
from pathlib import Path

import pytest

from memcoder.errors import FaultError, UsageError
from memcoder.records import Run
from memcoder.runs.export import check_folder, export
from memcoder.runs.store import RunStore
from tests.runs.test_store import finished


def run_with(folder: Path, diff: str) -> Run:
    store = RunStore(folder / "runs")
    return store.load(finished(store, diff).id)


def test_patch_record_and_page_are_written(tmp_path: Path) -> None:
    run = run_with(tmp_path, "diff --git a/é b/é\n")
    out = tmp_path / "deep" / "out"
    export(run, out)
    export(run, out)
    assert sorted(path.name for path in out.iterdir()) == ["page.html", "patch.diff", "run.json"]
    assert (out / "patch.diff").read_text(encoding="utf-8") == "diff --git a/é b/é\n"
    assert json.loads((out / "run.json").read_text())["id"] == run.id


def test_bytes_of_another_encoding_survive(tmp_path: Path) -> None:
    diff = b"+caf\xe9\n".decode(errors="surrogateescape")
    export(run_with(tmp_path, diff), tmp_path / "out")
    assert (tmp_path / "out" / "patch.diff").read_bytes() == b"+caf\xe9\n"
    assert json.loads((tmp_path / "out" / "run.json").read_text())["patch"]["diff"] == diff
    assert "caf\\xdce9" in (tmp_path / "out" / "page.html").read_text()


def test_a_place_that_can_hold_nothing_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder\n")
    with pytest.raises(UsageError, match="file/out cannot be made: Not a directory"):
        check_folder(tmp_path / "file" / "out")
    check_folder(tmp_path / "deep" / "out")
    (tmp_path / "deep" / "out" / "patch.diff").mkdir()
    with pytest.raises(FaultError, match="cannot be written: Is a directory"):
        export(run_with(tmp_path, ""), tmp_path / "deep" / "out")
