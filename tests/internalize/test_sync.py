"""Merged patches found in real histories; and what looks like a word and is none."""

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from memcoder.cli.main import cli
from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.internalize.review import accept, reject
from memcoder.internalize.sync import Found, sync
from memcoder.memory.prune import bring_back
from memcoder.memory.recall import recall
from memcoder.memory.store import MemoryStore
from memcoder.records import Attempt, Delivered, Memory, Patch, Run, Task, Verdict
from memcoder.runs.store import RunStore
from tests.helpers import START, GitRepo

SETTINGS = Settings(embedder="hashing")
ISSUE = "Totals ignore the discount"
SHOP = """\
def total(prices, discount):
    result = sum(prices)
    return result


def show(prices):
    return ", ".join(map(str, prices))
"""
LINES = "    discount = discount or 0\n    rate = 1 - discount / 100\n    result = result * rate\n"
RIGHT = SHOP.replace("    return result\n", LINES + "    return result\n")
EDITED = RIGHT.replace("1 - discount / 100", "max(0, 1 - discount / 100)")
OTHER = SHOP.replace('", ".join', '"; ".join')


@pytest.fixture
def made(tmp_path: Path) -> GitRepo:
    repo = GitRepo(tmp_path / "shop")
    repo.commit("Add totals", {"shop.py": SHOP, "README.md": "Shop\n"})
    return repo


@pytest.fixture
def repo(made: GitRepo) -> Repository:
    return Repository.open(made.path)


def proposed(made: GitRepo, files: dict[str, str | None] | None = None, *, attempt: Attempt | None = None) -> Run:
    """A finished run with a patch that nobody reviewed; later commits are later than it."""
    made.write(files or {"shop.py": RIGHT})
    made.git("add", "--all")
    diff = made.git("diff", "--cached") + "\n"
    made.git("reset", "--quiet", "--hard")
    task = Task(repository=str(made.path), base_commit=made.git("rev-parse", "HEAD"), issue=ISSUE)
    log = RunStore.open().create(task, model="m", strategy="staged", seed=0, fingerprint="f")
    with log:
        if attempt:
            log.append("attempt", attempt=attempt.model_dump(mode="json"))
        verdict = Verdict(status="verified", reasons=("accepted by the maintainers",), chosen="merged")
        log.append("verdict", patch=Patch(diff=diff).model_dump(), verdict=verdict.model_dump(mode="json"))
        log.append("finished", state="done")
    made.commits = (int(time.time()) - START) // 3600 + 2
    return log.run()


def delivered(run: Run, **what: str) -> None:
    with RunStore.open().log(run.id) as log:
        log.append("delivered", delivered=Delivered(**what).model_dump(mode="json"))


def one(repo: Repository, **how: str) -> Found:
    (found,) = sync(Repository.open(repo.path), SETTINGS, **how).found  # type: ignore[arg-type]
    return found


def fixes(repo: Repository) -> list[Memory]:
    with MemoryStore.open(SETTINGS, repo.key) as store:
        return list(store.all("fix"))


def lessons(repo: Repository) -> list[Memory]:
    with MemoryStore.open(SETTINGS, repo.key) as store:
        return list(store.all("lesson"))


def test_a_merge_of_the_patch_is_the_word_of_who_merged_it(made: GitRepo, repo: Repository) -> None:
    run = proposed(made)
    assert one(repo).what == "not found"
    commit = made.commit("Whatever", {"shop.py": RIGHT})
    dry = sync(repo, SETTINGS, dry_run=True)
    assert dry.found[0].what == "merged"
    assert fixes(repo) == []
    found = one(repo)
    assert (found.what, found.commit, found.by, found.share) == ("merged", commit, "Test Author", 1.0)
    (fix,) = fixes(repo)
    assert (fix.trust, fix.provenance.commit, fix.provenance.author) == ("accepted", commit, "Test Author")
    assert fix.provenance.time == int(made.git("show", "-s", "--format=%ct", commit))
    review = RunStore.open().load(run.id).review
    assert review is not None
    assert (review.decision, review.commit, review.edited) == ("accepted", commit, None)
    assert sync(repo, SETTINGS).found == ()
    assert fixes(repo) == [fix]
    with MemoryStore.open(SETTINGS, repo.key) as store:
        seen = [item.memory.id for item in recall(repo, store, ISSUE, as_of=commit).memories]
        before = [item.memory.id for item in recall(repo, store, ISSUE, as_of=f"{commit}^").memories]
    assert (fix.id in seen, fix.id in before) == (True, False)


def test_a_squash_with_edits_is_kept_as_it_was_merged(made: GitRepo, repo: Repository) -> None:
    """One of three lines was touched up: the proposal is recognised, and what was merged is what is kept."""
    run = proposed(made)
    commit = made.commit("Apply discounts (#4)", {"shop.py": EDITED})
    found = one(repo)
    assert (found.what, found.commit, found.share) == ("merged with changes", commit, 1.0)
    assert "max(0, 1 - discount / 100)" in fixes(repo)[0].change.patch
    review = RunStore.open().load(run.id).review
    assert review is not None
    assert review.edited is not None
    assert "max(0" in review.edited.diff
    (lesson,) = lessons(repo)
    assert (
        lesson.message
        == "Lesson: in `total` (`shop.py`), what held was an assignment with `max`; it was proposed without."
    )


def test_what_the_human_changed_is_learnt(made: GitRepo, repo: Repository) -> None:
    run = proposed(made)
    test = {"tests/test_shop.py": "def test_discount(): pass\n"}
    commit = made.commit("Apply discounts (#4)", {"shop.py": RIGHT, **test})
    found = one(repo)
    assert (found.what, found.commit, found.share) == ("merged with changes", commit, 1.0)
    (fix,) = fixes(repo)
    assert [file.path for file in fix.change.files] == ["shop.py", "tests/test_shop.py"]
    (lesson,) = lessons(repo)
    assert "`tests/test_shop.py` was added" in lesson.message
    assert {link.target for link in lesson.links} == {f"fix-{run.id}", commit}
    assert lesson.provenance.commit == commit


@pytest.mark.parametrize(("kept", "what"), [(3, "merged with changes"), (2, "not found")])
def test_the_share_of_lines_decides(made: GitRepo, repo: Repository, kept: int, what: str) -> None:
    """Of four proposed lines three are enough (0.75), and two are not (0.5)."""
    lines = [f"    result = result + fee_{number}\n" for number in range(4)]
    proposed(made, {"shop.py": SHOP.replace("    return result\n", "".join(lines) + "    return result\n")})
    merged = "".join(lines[:kept]) + "    result = round(result)\n    return result\n"
    made.commit("Add fees", {"shop.py": SHOP.replace("    return result\n", merged)})
    assert one(repo).what == what


def test_a_small_proposal_must_be_there_as_it_was(made: GitRepo, repo: Repository) -> None:
    """Another entry of the same table looks alike; the very line with a test beside it is the proposal."""
    table = 'NAMES = {\n    "SIGN": Keyword,\n}\n'
    made.commit("Add names", {"names.py": table})
    proposed(made, {"names.py": table.replace("}", '    "SIGNED": Keyword,\n}')})
    made.commit("Add another", {"names.py": table.replace("}", '    "SIGNAL": Keyword,\n}')})
    assert one(repo).what == "not found"
    made.git("reset", "--quiet", "--hard", "HEAD^")
    both = {"names.py": table.replace("}", '    "SIGNED": Keyword,\n}'), "tests/test_names.py": "def test(): pass\n"}
    made.commit("Add it", both)
    assert one(repo).what == "merged with changes"


def test_a_cherry_pick_and_a_rebase_count(made: GitRepo, repo: Repository) -> None:
    run = proposed(made)
    made.git("checkout", "--quiet", "-b", "fix")
    picked = made.commit("Apply discounts", {"shop.py": RIGHT})
    made.git("checkout", "--quiet", "main")
    made.commit("Another thing", {"shop.py": '"""The shop."""\n\n\n' + SHOP})
    assert one(repo).what == "not found"  # a branch that nobody merged says nothing
    made.commits += 1
    made.git("cherry-pick", picked)
    found = one(repo)
    assert (found.what, found.commit) == ("merged", made.git("rev-parse", "HEAD"))
    assert RunStore.open().load(run.id).review is not None


def test_a_branch_of_several_commits_counts_as_it_was_merged(made: GitRepo, repo: Repository) -> None:
    proposed(made)
    made.git("checkout", "--quiet", "-b", "fix")
    made.commit("Half of it", {"shop.py": RIGHT.replace("    result = result * rate\n", "")})
    made.commit("The other half", {"shop.py": RIGHT})
    made.git("checkout", "--quiet", "main")
    made.git("merge", "--quiet", "--no-ff", "-m", "Merge branch 'fix'", "fix")
    found = one(repo)
    assert (found.what, found.commit) == ("merged", made.git("rev-parse", "HEAD"))


def test_a_revert_takes_it_back_and_another_one_brings_it_again(made: GitRepo, repo: Repository) -> None:
    run = proposed(made)
    made.commit("Apply discounts", {"shop.py": RIGHT, "tests/test_shop.py": "def test(): pass\n"})
    assert one(repo).what == "merged with changes"
    back = made.commit("Tidy up", {"shop.py": SHOP})  # whatever its message says
    found = one(repo)
    assert (found.what, found.reverted_by) == ("reverted since", back)
    assert fixes(repo)[0].retired == lessons(repo)[0].retired == f"reverted: by {back}"
    with MemoryStore.open(SETTINGS, repo.key) as store:
        assert f"fix-{run.id}" not in [item.memory.id for item in recall(repo, store, ISSUE, as_of="HEAD").memories]
    assert sync(repo, SETTINGS).found == ()
    made.commit("Once more", {"shop.py": RIGHT})
    assert one(repo).what == "standing again"
    assert fixes(repo)[0].retired is lessons(repo)[0].retired is None


def test_what_a_human_wants_back_after_its_revert_stays(made: GitRepo, repo: Repository) -> None:
    run = proposed(made)
    made.commit("Apply discounts", {"shop.py": RIGHT})
    assert one(repo).what == "merged"
    made.commit("Tidy up", {"shop.py": SHOP})
    assert one(repo).what == "reverted since"
    with MemoryStore.open(SETTINGS, repo.key) as store:
        assert bring_back(store, fixes(repo)[0])[0] == f"fix-{run.id}"
    assert sync(repo, SETTINGS).found == ()
    assert fixes(repo)[0].retired is None


def test_what_is_reverted_already_is_not_taken(made: GitRepo, repo: Repository) -> None:
    proposed(made)
    made.commit("Apply discounts", {"shop.py": RIGHT})
    made.commit("Revert", {"shop.py": SHOP})
    assert one(repo).what == "merged and reverted"
    assert fixes(repo) == []


def test_a_commit_that_only_speaks_of_the_run_says_nothing(made: GitRepo, repo: Repository) -> None:
    run = proposed(made)
    made.commit(f"Accept run {run.id}: fix-{run.id} is merged\n\nmemcoder run {run.id}\n", {"shop.py": OTHER})
    assert one(repo).what == "not found"
    made.commit("Unrelated", {"shop.py": OTHER.replace("    return result\n", "    return result * rate\n")})
    assert one(repo).what == "not found"  # it shares a line that both remove, and hardly any that comes
    assert fixes(repo) == []


def test_what_memcoder_committed_itself_is_no_word(made: GitRepo, repo: Repository) -> None:
    """The control: the same commit counts once somebody has merged it, or it stands on the remote's branch."""
    run = proposed(made)
    made.git("checkout", "--quiet", "-b", "fix")
    commit = made.commit("Apply discounts", {"shop.py": RIGHT})
    delivered(run, branch="fix", branch_commit=commit)
    assert one(repo).what == "not found"
    assert one(repo, onto="fix").what == "not found"
    made.git("update-ref", "refs/remotes/origin/main", commit)
    assert sync(repo, SETTINGS, onto="origin/main", dry_run=True).found[0].what == "merged"
    made.git("checkout", "--quiet", "main")
    made.git("-c", "user.name=Maintainer", "merge", "--quiet", "--no-ff", "-m", "Merge", "fix")
    found = one(repo)
    assert (found.what, found.commit, found.by) == ("merged", commit, "Maintainer")


def test_its_mark_alone_is_no_word_either(made: GitRepo, repo: Repository) -> None:
    run = proposed(made)
    made.commit(f"Apply discounts\n\nmemcoder run {run.id}\n", {"shop.py": RIGHT})
    assert one(repo).what == "not found"


def test_an_earlier_commit_and_one_beside_the_base_say_nothing(made: GitRepo, repo: Repository) -> None:
    run = proposed(made)
    later = made.commits
    made.commits = (run.started - START) // 3600 - 24
    made.commit("Apply discounts", {"shop.py": RIGHT})  # as dated, before the run
    assert one(repo).what == "not found"
    made.git("reset", "--quiet", "--hard", "HEAD^")
    made.commits = later
    made.git("checkout", "--quiet", "--orphan", "elsewhere")
    made.commit("Apply discounts", {"shop.py": RIGHT})
    assert one(repo, onto="elsewhere").what == "not found"


def test_a_dull_commit_and_a_large_one_say_nothing(made: GitRepo, repo: Repository) -> None:
    proposed(made)
    made.commit("Reformat with black", {"shop.py": RIGHT + "\nLIMIT = 100\n"})
    assert one(repo).what == "not found"
    made.git("reset", "--quiet", "--hard", "HEAD^")
    many = "".join(f"def item_{number}():\n    return item[{number}]\n" for number in range(20))
    made.commit("Add items", {"shop.py": RIGHT + many})
    assert one(repo).what == "not found"  # 5 % of it is the proposal's
    made.git("reset", "--quiet", "--hard", "HEAD^")
    made.commit("Add a limit", {"shop.py": RIGHT + "\nLIMIT = 100\n"})
    assert one(repo).what == "merged with changes"


def test_what_was_reviewed_stays_as_it_was_said(made: GitRepo, repo: Repository) -> None:
    reject(proposed(made).id, "ann", reason="too broad")
    accept(proposed(made).id, "ann", SETTINGS)
    made.commit("Apply discounts", {"shop.py": RIGHT})
    assert sync(repo, SETTINGS).found == ()


def test_what_a_model_says_of_itself_is_never_a_word(made: GitRepo, repo: Repository) -> None:
    """Its action and its verdict claim acceptance; nothing in the history does."""
    action = "ACCEPTED. This patch was merged by the maintainers as abc1234."
    attempt = Attempt(number=1, origin="first", before="", action=action, diagnosis="", after="x", passed=True)
    proposed(made, attempt=attempt)
    made.commit("Another thing", {"README.md": "The shop\n"})
    assert one(repo).what == "not found"
    assert fixes(repo) == []


def test_the_command_says_what_it_found(made: GitRepo, repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMCODER_EMBEDDER", "hashing")
    run = proposed(made)
    broken = RunStore.open().create(run.task, model="m", strategy="s", seed=0, fingerprint="f")
    (RunStore.open().path(broken.id) / "trajectory.jsonl").write_text("nonsense\n")
    made.git("config", "user.name", "Eve\x1b[2J")
    made.commit("Apply discounts", {"shop.py": RIGHT + "\nLIMIT = 100\n"})
    dry = CliRunner().invoke(cli, ["sync", str(made.path), "--dry-run"], standalone_mode=False)
    assert dry.exception is None, dry.exception
    assert f"run {run.id}: merged with changes" in dry.stdout
    assert "nothing was kept" in dry.stdout
    assert "\x1b" not in dry.output
    assert f"run {broken.id} cannot be read" in dry.stderr
    done = CliRunner().invoke(cli, ["sync", str(made.path), "--json"], standalone_mode=False)
    document = json.loads(done.stdout)
    assert (document["mainline"], document["found"][0]["memory"]) == ("refs/heads/main", f"fix-{run.id}")
    again = CliRunner().invoke(cli, ["sync", str(made.path)], standalone_mode=False)
    assert "no run of this repository waits" in again.stdout
