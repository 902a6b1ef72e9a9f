from pathlib import Path

import numpy as np

from memcoder.history.repository import Repository
from memcoder.memory import rankers, weights
from memcoder.memory.features import by_file, file_candidates, unit_candidates
from memcoder.memory.mine import mine
from memcoder.memory.scenes import scene_of
from memcoder.memory.store import MemoryStore
from tests.helpers import GitRepo
from tests.memory.conftest import SETTINGS

BODY = "    # discount, discount, discount, basket\n    return 0\n"
SHOP = f"def apply_discount(basket):\n{BODY}\n\ndef helper(basket):\n{BODY}\n\ndef rates(basket):\n{BODY}"


def test_a_function_is_told_from_its_neighbours_by_the_words_of_its_name(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "repo")
    made.commit("Start", {"shop.py": SHOP})
    repo = Repository.open(made.path)
    with MemoryStore.open(SETTINGS, repo.key) as store:
        mine(repo, store)
        scene, _ = scene_of(repo, store, "The discount is forgotten", repo.head())
        files = file_candidates(scene, rankers.FILES)
        best = by_file(scene, files, files.features @ weights.default("files", rankers.FILES))
        found = unit_candidates(scene, rankers.UNITS, best)
        assert found.features.shape[1] == len(weights.default("units", rankers.UNITS))
        by_name = {scene.code.units[item].name: row[-1] for item, row in zip(found.items, found.features, strict=True)}
        assert by_name["apply_discount"] == 1.0
        assert by_name["helper"] == by_name["rates"] == 0.0
        assert np.isfinite(found.features).all()
