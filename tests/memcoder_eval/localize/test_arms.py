import pytest
from memcoder_eval.localize.arms import chosen, in_order, without

from memcoder import UsageError

RANKERS = {"file-words": "code", "names": "code", "votes": "history", "recency": "history"}


def test_arms_leave_rankers_out() -> None:
    assert without("full", RANKERS) == frozenset()
    assert without("full+model", RANKERS) == frozenset()
    assert without("code", RANKERS) == {"votes", "recency"}
    assert without("bm25", RANKERS) == {"names", "votes", "recency"}
    assert without("full-without-votes", RANKERS) == {"votes"}


def test_drop_one_is_every_arm_without_a_ranker() -> None:
    assert chosen("bm25, full,drop-one,full", RANKERS) == [
        "bm25", "full", "full-without-file-words", "full-without-names", "full-without-votes", "full-without-recency",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "nope", "full-without-nope"])
def test_unknown_arms_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="unknown arms"):
        chosen(text, RANKERS)


def test_the_model_comes_last() -> None:
    assert in_order(["full+model", "code", "full"]) == ["code", "full", "full+model"]
