from typing import Any

from memcoder_eval.localize.report import document, merge


def row(name: str, ranks: dict[str, list[int | None]], functions: int = 1, **other: Any) -> dict[str, Any]:
    """An instance with the same ranks of files and functions in each arm."""
    count = len(next(iter(ranks.values())))
    budget = {kind: {"2000": True, "4000": True, "8000": True} for kind in ("plain", "full")}
    return {
        "kind": "instance",
        "instance": name,
        "repo": name.partition("-")[0],
        "gold": {"files": ["a"] * count, "functions": [["a", "f"]] * functions, "added": []},
        "first": False,
        "cold_ms": 100.0,
        "warm_ms": 10.0,
        "arms": {
            arm: {"file_ranks": own, "function_ranks": own, "budget": budget, "complete": True}
            for arm, own in ranks.items()
        },
    } | other


ROWS = [
    {"kind": "mine", "repo": "x", "commits": 9, "new": 9, "seconds": 1.5, "pending": {}, "beside": 0},
    row("x-1", {"code": [2], "full": [1]}, first=True, cold_ms=5000.0),
    row("x-2", {"code": [1, 9], "full": [1, 4]}),
    row("x-3", {"code": [None], "full": [None]}, functions=0, cold_ms=None),
    {"kind": "memory", "repo": "x", "peak_mb": 50.0},
    {"kind": "mine", "repo": "x", "commits": 9, "new": 0, "seconds": 0.1, "pending": {}, "beside": 0},
    {"kind": "memory", "repo": "x", "peak_mb": 40.0},
]
MISSING = [{"instance": "y-1", "repo": "y", "why": "no repository"}]


def report() -> dict[str, Any]:
    return document(ROWS, ["x-1", "x-2", "x-3", "y-1"], ["code", "full"], MISSING, seed=0)


def test_missing_instances_count_as_failures() -> None:
    code, full = report()["arms"]
    assert (full["total"], full["acc@1"], full["acc@5"]) == (4, 25.0, 50.0)
    assert (code["total"], code["acc@1"], code["acc@3"], code["acc@10"]) == (4, 0.0, 25.0, 50.0)
    assert full["repositories"]["y"]["total"] == 1
    assert full["repositories"]["y"]["acc@10"] == 0.0
    assert report()["missing"] == MISSING


def test_patches_of_one_file_and_of_several_stand_apart() -> None:
    full = report()["arms"][1]
    assert (full["one_file"]["total"], full["one_file"]["acc@1"]) == (2, 50.0)
    several = full["several_files"]
    assert (several["total"], several["acc@3"], several["acc@5"], several["recall@3"]) == (1, 0.0, 100.0, 50.0)


def test_functions_are_over_the_instances_that_change_one() -> None:
    functions = report()["arms"][1]["functions"]
    assert (functions["total"], functions["acc@5"]) == (3, 66.7)
    assert functions["budget"]["plain"]["2000"]["percent"] == 66.7


def test_full_is_compared_with_every_other_arm() -> None:
    (pair,) = report()["pairs"]
    assert (pair["arm"], pair["against"]) == ("full", "code")
    assert (pair["files"]["acc@5"]["won"], pair["files"]["acc@5"]["lost"]) == (1, 0)


def test_a_first_revision_and_a_known_one_are_not_cold() -> None:
    assert report()["cold_ms"] == {"p50": 100.0, "p95": 100.0}
    assert report()["warm_ms"] == {"p50": 10.0, "p95": 10.0}


def test_repositories_tell_their_memory_and_mining() -> None:
    own = report()["repositories"]["x"]
    assert own["peak_mb"] == 50.0
    assert own["mining"]["new"] == 9


def test_arms_that_came_later_join_the_row() -> None:
    later = [*ROWS, row("x-1", {"bm25": [3]}, cold_ms=7.0)]
    joined = merge(later)["x-1"]
    assert set(joined["arms"]) == {"code", "full", "bm25"}
    assert joined["cold_ms"] == 5000.0
