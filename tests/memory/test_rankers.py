from pathlib import Path

import numpy as np

from memcoder.history.repository import Repository
from memcoder.memory import rankers
from memcoder.memory.mine import mine
from memcoder.memory.scenes import scene_of
from memcoder.memory.store import MemoryStore
from tests.helpers import GitRepo
from tests.memory.conftest import SETTINGS

INVOICE = "def total_of_invoice(lines):\n    return sum(lines)\n"


def test_companions_of_the_best_file_are_found_though_no_word_points_at_them(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "repo")
    made.commit("Start", {"invoice.py": INVOICE, "ledger.py": "BOOKS = 0\n", "weather.py": "SUN = 0\n"})
    for number in range(1, 4):
        made.commit(f"Change {number}", {"invoice.py": INVOICE + f"# {number}\n", "ledger.py": f"BOOKS = {number}\n"})
        made.commit(f"Sunshine {number}", {"weather.py": f"SUN = {number}\n"})
    repo = Repository.open(made.path)
    with MemoryStore.open(SETTINGS, repo.key) as store:
        mine(repo, store)
        scene, _ = scene_of(repo, store, "The total of an invoice is wrong", repo.head())
        files = scene.code.files
        scores = rankers.co_change(scene).files
        assert scores is not None
        assert np.argmax(scores) == files["ledger.py"]
        assert scores[files["ledger.py"]] > scores[files["weather.py"]]
        assert scores[files["invoice.py"]] == 0  # the one whose companions these are
        words = rankers.file_words(scene).files
        assert words is not None
        assert words[files["ledger.py"]] == 0  # the control: its own words say nothing
