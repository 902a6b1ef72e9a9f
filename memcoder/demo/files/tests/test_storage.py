import pytest

from roomplan import Plan, PlanError
from roomplan.command import run
from roomplan.storage import from_document, load, save, to_document


def test_a_plan_comes_back_as_it_was(tmp_path):
    plan = Plan("07:00", "19:00")
    plan.add_room("hall", 120, rate=9000, shared=True)
    plan.book("hall", "09:00", "11:00", "fair", people=80)
    save(plan, tmp_path / "day.json")
    assert to_document(load(tmp_path / "day.json")) == to_document(plan)
    assert not (tmp_path / "day.tmp").exists()


def test_another_version_is_refused():
    with pytest.raises(PlanError, match="version 2"):
        from_document({"version": 2})


def test_the_command_line(tmp_path):
    file = str(tmp_path / "day.json")
    assert run([file, "new"]) == ""
    run([file, "room", "blue", "12", "--rate", "4000"])
    run([file, "book", "blue", "09:00", "10:00", "tea"])
    assert "tea" in run([file, "report"])
    assert run([file, "bill", "tea"]) == "40.00\n"
