"""Events as GitHub sends them, and what they ask for."""

import json
from pathlib import Path
from typing import Any

import pytest

from memcoder.errors import UsageError
from memcoder.github.event import Trigger, command_of, read_trigger
from memcoder.github.options import Options

WHO = {"sender": {"login": "maria", "type": "User"}, "repository": {"full_name": "octo/shop"}}
ISSUE = {"number": 7, "title": "It breaks", "body": None, "updated_at": "2026-01-01T10:00:00Z"}
COMMENT = {"id": 3, "created_at": "2026-01-01T11:00:00Z", "path": "shop.py"}
DEFAULTS = Options()
PULL = {"number": 100, "head": {"ref": "memcoder/issue-7", "repo": {"full_name": "octo/shop"}}, "merged": False}


def read(tmp_path: Path, payload: Any, options: Options = DEFAULTS, **environment: str) -> Trigger:
    file = tmp_path / "event.json"
    file.write_text(json.dumps(payload))
    return read_trigger(file, options, environment)


def said(body: str, **more: Any) -> dict[str, Any]:
    return {"action": "created", "comment": {**COMMENT, "body": body}, "issue": ISSUE, **WHO, **more}


def test_a_label_asks_for_a_solution_and_another_one_for_nothing(tmp_path: Path) -> None:
    event = {"action": "labeled", "label": {"name": "memcoder"}, "issue": ISSUE, **WHO}
    found = read(tmp_path, event)
    assert (found.kind, found.number, found.actor, found.title, found.body) == ("solve", 7, "maria", "It breaks", "")
    assert read(tmp_path, event, Options(label="fix-me")).kind == "none"
    assert read(tmp_path, {**event, "label": {"name": ""}}, Options(label="")).kind == "none"
    assert read(tmp_path, {**event, "action": "unlabeled"}).kind == "none"


def test_an_assignment_asks_where_it_is_to_the_account(tmp_path: Path) -> None:
    event = {"action": "assigned", "assignee": {"login": "helper"}, "issue": ISSUE, **WHO}
    assert read(tmp_path, event, Options(assignee="helper")).kind == "solve"
    assert read(tmp_path, event).kind == "none"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("/memcoder", ("solve", "")),
        ("/memcoder solve", ("solve", "")),
        ("  /memcoder retry the parser is at fault\r\nlook there", ("retry", "the parser is at fault\nlook there")),
        ("/memcoder explain", ("explain", "")),
        ("/memcoder look at shop.py", ("solve", "look at shop.py")),
        ("/memcoder solver", ("solve", "solver")),
        ("/memcoders", None),
        ("/memcoder/x", None),
        ("please /memcoder solve", None),
        ("> /memcoder solve", None),
        ("", None),
    ],
)
def test_a_comment_begins_with_the_command_or_asks_for_nothing(body: str, found: tuple[str, str] | None) -> None:
    assert command_of(body) == found


def test_only_a_new_comment_asks_and_on_a_pull_request_for_a_refinement(tmp_path: Path) -> None:
    assert read(tmp_path, said("/memcoder retry now")).guidance == "now"
    assert read(tmp_path, said("/memcoder", action="edited")).kind == "none"
    assert read(tmp_path, said("thank you")).kind == "none"
    pull = {**ISSUE, "number": 100, "pull_request": {}}
    assert read(tmp_path, said("/memcoder shorter", issue=pull)).kind == "refine"
    assert read(tmp_path, said("/memcoder explain", issue=pull)).kind == "explain"


def test_a_dispatch_names_an_issue_and_nothing_else_is_taken_for_one(tmp_path: Path) -> None:
    found = read(tmp_path, {"inputs": {"issue": "12", "command": "retry", "guidance": "x"}, **WHO})
    assert (found.kind, found.number, found.guidance, found.when) == ("retry", 12, "x", "")
    for inputs in ({"issue": "7; rm -rf /"}, {"issue": ""}, {"issue": "٧"}, None, {"issue": "7", "command": "merge"}):
        with pytest.raises(UsageError):
            read(tmp_path, {"inputs": inputs, **WHO}, GITHUB_EVENT_NAME="workflow_dispatch")


@pytest.mark.parametrize(
    ("state", "kind"), [("changes_requested", "refine"), ("commented", "refine"), ("approved", "none")]
)
def test_a_review_of_our_branch_asks_for_a_refinement_unless_it_approves(tmp_path: Path, state: str, kind: str) -> None:
    review = {"id": 5, "body": "shorter", "state": state, "submitted_at": "2026-01-01T12:00:00Z"}
    event = {"action": "submitted", "review": review, "pull_request": PULL, **WHO}
    assert read(tmp_path, event).kind == kind
    other = {**PULL, "head": {**PULL["head"], "ref": "feature"}}  # type: ignore[dict-item]
    assert read(tmp_path, {**event, "pull_request": other}).kind == "none"


def test_a_comment_on_a_line_asks_too_and_names_its_file(tmp_path: Path) -> None:
    event = {"action": "created", "comment": {**COMMENT, "body": "shorter"}, "pull_request": PULL, **WHO}
    found = read(tmp_path, event)
    assert (found.event, found.kind, found.guidance) == ("pull_request_review_comment", "refine", "shop.py: shorter")


def test_only_what_was_merged_is_remembered(tmp_path: Path) -> None:
    event = {"action": "closed", "pull_request": PULL, **WHO}
    assert read(tmp_path, event).kind == "none"
    assert read(tmp_path, {**event, "pull_request": {**PULL, "merged": True}}).kind == "merged"


def test_a_branch_of_another_repository_is_noticed(tmp_path: Path) -> None:
    for repo in ({"full_name": "rob/shop"}, None):
        fork = {**PULL, "head": {"ref": "memcoder/issue-7", "repo": repo}, "merged": True}
        assert read(tmp_path, {"action": "closed", "pull_request": fork, **WHO}).from_fork


def test_an_unknown_event_asks_for_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, WHO, GITHUB_EVENT_NAME="push").kind == "none"


def test_a_file_that_is_no_event_is_refused(tmp_path: Path) -> None:
    elsewhere = {"repository": {"full_name": "../x"}}
    odd: list[Any] = [[], "text", {"issue": 5, **WHO}, {"comment": {}, "issue": {}, **WHO}, elsewhere]
    for payload in odd:
        with pytest.raises(UsageError):
            read(tmp_path, payload)
    with pytest.raises(UsageError):
        read_trigger(tmp_path / "none.json", Options(), {})


def test_who_ran_it_again_is_known(tmp_path: Path) -> None:
    again = {"GITHUB_RUN_ID": "55", "GITHUB_RUN_ATTEMPT": "2", "GITHUB_TRIGGERING_ACTOR": "rob"}
    found = read(tmp_path, said("/memcoder"), DEFAULTS, **again)
    assert (found.run, found.attempt, found.restarted_by) == ("55", 2, "rob")
    assert read(tmp_path, said("/memcoder"), GITHUB_TRIGGERING_ACTOR="maria").restarted_by == ""
