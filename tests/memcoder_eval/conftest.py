import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import GitRepo, make_shop

Rows = list[dict[str, Any]]


@pytest.fixture
def shop(tmp_path: Path) -> tuple[GitRepo, dict[str, str]]:
    """The clone of example/shop, where the benchmark looks for it, and its commits by name."""
    return make_shop(tmp_path / "clones" / "example__shop")


@pytest.fixture
def instances(shop: tuple[GitRepo, dict[str, str]]) -> Rows:
    """Two instances of the shop, one of a repository that is missing, one of a commit that is missing."""
    repo, shas = shop

    def instance(name: str, repository: str, base: str, fix: str, text: str) -> dict[str, Any]:
        return {
            "instance_id": name,
            "repo": repository,
            "base_commit": base,
            "problem_statement": text,
            "patch": repo.git("diff", f"{fix}~1", fix) + "\n",
            "test_patch": "",
            "hints_text": "a hint",
        }

    cents = "Prices with half a cent are cut by round_cents: the total is a cent short"
    return [
        instance("example__shop-11", "example/shop", shas["tests"], shas["rounding"], cents),
        instance("example__shop-12", "example/shop", shas["rounding"], shas["reserve"], "The Warehouse reserves -3"),
        instance("example__none-1", "example/none", shas["tests"], shas["rounding"], "Nobody has it"),
        instance("example__shop-13", "example/shop", "0" * 40, shas["rounding"], "Of another history"),
    ]


@pytest.fixture
def dataset(tmp_path: Path) -> Callable[[Rows], Path]:
    """Writes rows as a dataset."""

    def write(rows: Rows, name: str = "set.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return write
