"""A patch beside the reference."""

from pathlib import Path

import pytest
from memcoder_eval.solving.quality import lines_of, quality

from memcoder import Repository
from tests.helpers import CART, MONEY, STOCK, GitRepo
from tests.memcoder_eval.solving.test_places import patch_of

HELPER = """\
def mean_of_prices(prices, digits):
    total = 0
    for price in prices:
        total = total + round(price, digits)
    if not prices:
        return 0
    return total / len(prices)
"""


@pytest.fixture
def made(tmp_path: Path) -> GitRepo:
    repo = GitRepo(tmp_path / "shop")
    tests = {"tests/test_money.py": "def test_money():\n    pass\n"}
    repo.commit("Start", {"money.py": MONEY, "stock.py": STOCK, "cart.py": CART, "mean.py": HELPER, **tests})
    return repo


def test_the_reference_is_as_good_as_itself(made: GitRepo) -> None:
    reference = patch_of(made, {"money.py": MONEY.replace("EUR", "USD")})
    found = quality(Repository.open(made.path), "HEAD", reference, reference)
    assert found is not None
    assert (found["file_iou"], found["changed_lines_ratio"]) == (1.0, 1.0)
    assert found["conventions_kept"] == found["conventions_kept_reference"]
    assert found["helpers_repeated"] is False


def test_files_and_lines_are_compared_without_tests(made: GitRepo) -> None:
    reference = patch_of(made, {"money.py": MONEY.replace("EUR", "USD")})
    other = {"money.py": MONEY.replace("EUR", "USD"), "stock.py": STOCK.replace("sku", "name")}
    patch = patch_of(made, {**other, "tests/test_money.py": "def test_money():\n    assert 1\n"})
    found = quality(Repository.open(made.path), "HEAD", patch, reference)
    assert found is not None
    assert found["file_iou"] == 0.5
    assert found["changed_lines_reference"] == 2
    assert found["changed_lines_ratio"] == found["changed_lines"] / 2 > 1
    assert lines_of(patch) == found["changed_lines"]


def test_a_helper_that_is_repeated_is_counted(made: GitRepo) -> None:
    reference = patch_of(made, {"money.py": MONEY.replace("EUR", "USD")})
    patch = patch_of(made, {"money.py": MONEY + "\n\n" + HELPER.replace("mean_of_prices", "average")})
    found = quality(Repository.open(made.path), "HEAD", patch, reference)
    assert found is not None
    assert found["helpers_repeated"] is True
    assert found["helpers_repeated_reference"] is False


def test_no_patch_and_one_that_does_not_apply_have_no_figures(made: GitRepo) -> None:
    reference = patch_of(made, {"money.py": MONEY.replace("EUR", "USD")})
    repo = Repository.open(made.path)
    assert quality(repo, "HEAD", " \n", reference) is None
    assert quality(repo, "HEAD", reference.replace("EUR", "GBP"), reference) is None


def test_a_file_that_is_moved_counts_under_both_names(made: GitRepo) -> None:
    patch = patch_of(made, {"money.py": None, "coins.py": MONEY})
    found = quality(Repository.open(made.path), "HEAD", patch, patch_of(made, {"money.py": None}))
    assert found is not None
    assert found["file_iou"] == 0.5
