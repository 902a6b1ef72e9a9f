"""Which commits cite which, and what is left to ask."""

from pathlib import Path

import pytest
from memcoder_eval.citations import as_pair, candidates, cited_hashes, question, relation

from memcoder import MemoryStore, Repository, Settings, mine
from tests.helpers import GitRepo

SHA = "75d627888bf42f8de6064a0bd665c98c0df66c55"


def test_hashes_of_copies_links_and_versions_are_no_citations() -> None:
    assert cited_hashes(f"Fixed it.\n\nRegression in {SHA}, see 3e4e0db.") == [SHA, "3e4e0db"]
    for text in (f"Backport of {SHA} from main.", f"(cherry picked from commit {SHA})", f"https://x.org/c/{SHA}"):
        assert cited_hashes(text) == []
    assert cited_hashes("Added deadbeef and effaced facade; 20231124-x") == []


@pytest.mark.parametrize(
    "text",
    [
        f"Follow-up to {SHA}.",
        f"Regression in {SHA[:12]}, which",
        f'Bug in commit {SHA} ("Round the totals").',
        f"Thanks to Ada. This mostly reverts {SHA},",
        f"Refs #123. Fixes: {SHA}",
    ],
)
def test_nothing_of_the_citation_is_left(text: str) -> None:
    left = question(f"Totals of carts were a cent short.\n\n{text}", "Round the totals")
    assert "Totals of carts were a cent short." in left
    for word in (SHA[:7], "Round the totals", "123", "Regression", "Follow-up"):
        assert word not in left


def test_a_revert_is_asked_by_its_reasons_alone() -> None:
    message = f'Revert "Round the totals"\n\nThis reverts commit {SHA}.\n\nInvoices no longer add up.'
    assert relation(message) == "revert"
    assert question(message, "Round the totals") == "Invoices no longer add up."
    assert question(f'Revert "Round the totals"\n\nThis reverts commit {SHA}.', "Round the totals") == ""


def test_candidates_cite_one_known_commit_of_their_own_past(tmp_path: Path) -> None:
    git = GitRepo(tmp_path / "repo")
    git.commit("Start", {"a.py": "x = 1\n"})
    first = git.commit("Round the totals of carts", {"a.py": "x = 2\n"})
    second = git.commit("Add taxes to the totals", {"a.py": "x = 3\n"})
    later = git.commit(f"Totals were a cent short in carts\n\nRegression in {first[:10]}.", {"a.py": "x = 4\n"})
    git.commit(f"Two are cited by this long message\n\nSee {first} and {second}.", {"a.py": "x = 5\n"})
    git.commit(f"None is known of these many words\n\nSee {SHA}.", {"a.py": "x = 6\n"})
    git.commit(f"Short\n\nSee {first}.", {"a.py": "x = 7\n"})
    git.git("checkout", "--quiet", "-b", "side", second)
    side = git.commit("Something on another branch that is long", {"b.py": "x = 8\n"})
    git.git("checkout", "--quiet", "main")
    foreign = git.commit(f"What the other branch did is done here\n\nSee {side}.", {"a.py": "x = 9\n"})
    git.git("merge", "--quiet", "-m", "Merge side", "side")
    repo = Repository.open(git.path)
    with MemoryStore.open(Settings(embedder="none"), repo.key) as store:
        mine(repo, store)
        found = candidates(store)
    assert {one["later"]: one["cited"] for one in found} == {later: first, foreign: side}
    pairs = {one["later"]: as_pair(repo, one) for one in found}
    pair = pairs[later]
    assert pair is not None
    assert (pair["as_of"], pair["relation"], pair["query"]) == (
        second,
        "follow-up",
        "Totals were a cent short in carts",
    )
    assert pairs[foreign] is None
