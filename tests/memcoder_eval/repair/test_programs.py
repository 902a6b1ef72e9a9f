from pathlib import Path

import pytest
from memcoder_eval.repair.programs import choose, make_repository, programs

from memcoder import MissingError, UsageError


def test_programs_come_in_order_and_helpers_are_not_counted(layout: Path) -> None:
    found = programs(layout)
    assert [program.name for program in found] == ["double", "half"]
    assert found[0].files == (
        "python_programs/double.py",
        "python_testcases/test_double.py",
        "python_programs/node.py",
        "python_testcases/load_testdata.py",
        "json_testcases/double.json",
        "conftest.py",
    )


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="python_programs"):
        programs(tmp_path)


def test_names_the_first_and_a_draw_of_the_seed_choose(layout: Path) -> None:
    for number in range(8):
        (layout / f"python_programs/p{number}.py").write_text("")
        (layout / f"python_testcases/test_p{number}.py").write_text("")
    assert [program.name for program in choose(layout, first=3)] == ["double", "half", "p0"]
    assert [program.name for program in choose(layout, ["p5", "half"])] == ["half", "p5"]
    three = [program.name for program in choose(layout, first=9, draw=3, seed=0)]
    assert len(three) == 3
    assert three == sorted(three)
    assert "p7" not in three
    assert set(three) < {program.name for program in choose(layout, first=9, draw=4, seed=0)}
    assert any([p.name for p in choose(layout, first=9, draw=3, seed=seed)] != three for seed in range(1, 5))


def test_unknown_names_are_refused(layout: Path) -> None:
    with pytest.raises(UsageError, match="nope"):
        choose(layout, ["nope"])


def test_both_arms_make_the_same_commit_of_the_program_s_own_files(layout: Path, tmp_path: Path) -> None:
    program = programs(layout)[0]
    first = make_repository(program, layout, tmp_path / "one")
    second = make_repository(program, layout, tmp_path / "two")
    assert first == second
    assert not (tmp_path / "one" / "correct_python_programs").exists()
