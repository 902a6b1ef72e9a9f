"""Branches, pull requests and comments are looked for before they are made."""

import pytest

from memcoder.errors import FaultError
from memcoder.github.api import Api
from memcoder.github.options import Options
from memcoder.github.pulls import Target, find_target, put_pull, say_once
from tests.github.stage import BRANCH, Stage, labeled

OPTIONS = Options()
NEW = Target(BRANCH, "", "", None)


@pytest.fixture
def api(stage: Stage) -> Api:
    return stage.job(labeled(stage.hub), checkout=stage.folder).api


def test_a_run_says_one_thing_and_says_it_anew(stage: Stage, api: Api) -> None:
    say_once(api, 7, "run 55 solve", "first")
    say_once(api, 7, "run 55 solve", "second")
    say_once(api, 7, "run 56 solve", "another")
    said = [body.partition("\n")[2] for body in stage.hub.said(7)]
    assert said == ["second", "another"]


def test_a_comment_of_somebody_else_with_our_mark_is_not_ours(stage: Stage, api: Api) -> None:
    theirs = stage.hub.comment(7, "<!-- memcoder run 55 solve -->\nlies", "eve")
    say_once(api, 7, "run 55 solve", "truth")
    assert theirs["body"].endswith("lies")
    assert len(stage.hub.said(7)) == 1
    robot = stage.hub.comment(7, "<!-- memcoder run 56 solve -->\nlies", user={"login": "x[bot]", "type": "Bot"})
    stage.hub.faults.append(("PATCH", f"/issues/comments/{robot['id']}", (403, {"message": "Forbidden"})))
    say_once(api, 7, "run 56 solve", "truth")
    assert len(stage.hub.said(7)) == 2


def test_a_pull_request_is_opened_once(stage: Stage, api: Api) -> None:
    stage.hub.git("branch", BRANCH, "main")
    first = put_pull(api, OPTIONS, NEW, "main", "Fix", "evidence")
    assert put_pull(api, OPTIONS, NEW, "main", "Fix", "evidence") == first
    assert set(stage.hub.pulls) == {100}


def test_an_open_one_gets_the_new_evidence(stage: Stage, api: Api) -> None:
    message = b"Fix\n\nmemcoder run 20260101-000000-0000\n"
    commit = stage.hub.git("commit-tree", "main^{tree}", "-p", "main", data=message)
    stage.hub.git("update-ref", f"refs/heads/{BRANCH}", commit)
    put_pull(api, OPTIONS, NEW, "main", "Fix", "evidence")
    target = find_target(api, OPTIONS, 7, "main")
    assert target.pull is not None
    assert target.tip == commit
    put_pull(api, OPTIONS, target, "main", "Fix", "more evidence")
    assert stage.hub.pulls[100]["body"] == "more evidence"


def test_a_repository_without_drafts_is_told_what_to_set(stage: Stage, api: Api) -> None:
    message = "Draft pull requests are not supported in this repository."
    stage.hub.faults.append(
        ("POST", "/pulls", (422, {"message": "Validation Failed", "errors": [{"message": message}]}))
    )
    with pytest.raises(FaultError) as caught:
        put_pull(api, OPTIONS, NEW, "main", "Fix", "evidence")
    assert "draft: false" in caught.value.hint
