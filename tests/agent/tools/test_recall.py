"""recall, over a mined repository."""

from pathlib import Path

from memcoder.agent.remember import Stored
from memcoder.agent.tools.base import Toolbox
from memcoder.agent.tools.recall import RecallTool
from memcoder.history.repository import Repository
from memcoder.memory.mine import mine
from memcoder.memory.store import MemoryStore
from tests.agent.tools.workshop import SETTINGS
from tests.helpers import make_shop


def test_the_past_of_the_base_commit_is_told_as_data_and_its_future_is_not(tmp_path: Path) -> None:
    made, shas = make_shop(tmp_path / "shop")
    repo = Repository.open(made.path)
    with MemoryStore.open(SETTINGS, repo.key) as store:
        mine(repo, store)
    query = {"query": "prices with half a cent are cut"}
    after = Toolbox([RecallTool(repo, Stored(SETTINGS), shas["docs"])]).run("recall", query)
    assert "Fix rounding of half cents" in after.text
    assert "shop/money.py" in after.text
    assert after.text.startswith('<data source="memory">')
    before = Toolbox([RecallTool(repo, Stored(SETTINGS), shas["cart"])]).run("recall", query)
    assert "shop/money.py" in before.text
    assert "Fix rounding" not in before.text
