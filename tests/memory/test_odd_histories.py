"""Histories that hurt: each is mined, recalled, asked why and counted, as far as each makes sense."""

import json
import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from memcoder.cli.main import cli
from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.memory.conventions.ask import conventions
from memcoder.memory.mine import MineReport, mine
from memcoder.memory.recall import recall
from memcoder.memory.store import MemoryStore
from memcoder.memory.vanished import vanished
from memcoder.memory.why import why
from memcoder.records import Recall, Why
from tests.helpers import GitRepo, make_shop

SETTINGS = Settings(embedder="hashing")
BOUND = 1_500_000
"""KiB that one mine may take."""
CHILD = """
import json, resource, subprocess, sys, time
started = time.monotonic()
done = subprocess.run([sys.executable, "-m", "memcoder", *sys.argv[1:]], capture_output=True, text=True)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([done.returncode, done.stdout, done.stderr, usage.ru_maxrss, time.monotonic() - started]))
"""


class Memory:
    """What memcoder makes of a repository: everything asked once."""

    def __init__(self, path: Path, query: str, place: str | None = None) -> None:
        repo = Repository.open(path)
        with MemoryStore.open(SETTINGS, repo.key) as store:
            self.report: MineReport = mine(repo, store)
            self.again: MineReport = mine(repo, store)
            self.records = {memory.id: memory for memory in store.all("commit")}
            self.found: Recall = recall(repo, store, query, as_of="HEAD")
            self.policies = conventions(repo, store)
            self.why: Why | None = why(repo, store, place) if place else None
            self.vanished = vanished(store)

    @property
    def recalled(self) -> list[str]:
        return [one.memory.id for one in self.found.memories]

    @property
    def files(self) -> list[str]:
        return [place.path for place in self.found.files]

    def settled(self) -> bool:
        """Whether nothing is pending, and a second mine had nothing to do."""
        return not any(self.report.pending.values()) and self.again.new == 0 and self.again.seconds < 0.3


def test_an_empty_repository_is_refused_clearly(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "empty")
    for arguments in (["mine", str(made.path)], ["recall", str(made.path), "anything"]):
        done = subprocess.run(
            [sys.executable, "-m", "memcoder", *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert "has no commits yet" in done.stderr
        assert "Traceback" not in done.stderr
    made.commit("Fix nothing yet", {"a.py": "a = 1\n"})  # control
    assert CliRunner().invoke(cli, ["mine", str(made.path)], standalone_mode=False).exit_code == 0


def test_one_commit(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "one")
    only = made.commit("Fix the discount of orders", {"shop/order.py": "def discount():\n    return 1\n"})
    memory = Memory(made.path, "discount of orders", "shop/order.py")
    assert memory.recalled == [only]
    assert memory.files == ["shop/order.py"]
    assert memory.why is not None
    assert memory.why.introduced == only
    assert memory.settled()


def test_a_commit_of_a_million_lines_takes_little(tmp_path: Path) -> None:
    made, shas = make_shop(tmp_path / "huge")
    million = "".join(f"value_{number} = {number}\n" for number in range(1_000_000))
    made.commit("Add a million lines", {"shop/table.py": million, "shop/tax.py": "def tax():\n    return 19\n"})
    made.commit("Fix the last of a million lines", {"shop/table.py": million + "last = 1\n"})
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "MEMCODER_EMBEDDER": "hashing"}
    command = [sys.executable, "-c", CHILD]
    said = [
        subprocess.run([*command, *arguments], capture_output=True, text=True, check=True, env=environment).stdout
        for arguments in (
            ("mine", str(made.path), "--json"),
            ("recall", str(made.path), "half cents are cut", "--json"),
            ("recall", str(made.path), "million lines of tax", "--json"),
        )
    ]
    mined, half, many = [json.loads(line) for line in said]
    for code, _, error, peak, seconds in (mined, half, many):
        assert code == 0, error
        assert peak < BOUND
        assert seconds < 30
    assert json.loads(mined[1])["pending"] == {"symbols": 0, "vectors": 0, "lineage": 0, "weights": 0}
    assert json.loads(half[1])["memories"][0]["memory"]["id"] == shas["rounding"]
    found = json.loads(many[1])
    assert found["memories"][0]["memory"]["message"] == "Add a million lines"
    assert "shop/tax.py" in [place["path"] for place in found["files"]]


def test_octopus_merges(tmp_path: Path) -> None:
    made, _ = make_shop(tmp_path / "octopus")
    arms = []
    for name in ("red", "green", "blue"):
        made.git("checkout", "--quiet", "-b", name, "main")
        arms.append(made.commit(f"Fix the {name} tentacle", {f"shop/{name}.py": f"def {name}():\n    return 1\n"}))
    made.git("checkout", "--quiet", "main")
    made.git("merge", "--quiet", "--no-edit", "red", "green", "blue")
    octopus = made.git("rev-parse", "HEAD")
    assert len(made.git("rev-list", "--parents", "--max-count=1", "HEAD").split()) == 4
    memory = Memory(made.path, "the green tentacle", "shop/green.py")
    assert memory.recalled[0] == arms[1]
    assert octopus in memory.records
    assert octopus not in memory.recalled
    assert memory.why is not None
    assert memory.why.introduced == arms[1]
    assert memory.settled()


def test_submodules(tmp_path: Path) -> None:
    inner = GitRepo(tmp_path / "inner")
    inner.commit("Secret of the inner one", {"inner.py": "def inner():\n    return 1\n"})
    made, _ = make_shop(tmp_path / "outer")
    made.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.path), "vendored_inner")
    added = made.commit("Add the inner submodule")
    inner.commit("Fix the inner one", {"inner.py": "def inner():\n    return 2\n"})
    made.git("-C", "vendored_inner", "pull", "--quiet")
    moved = made.commit("Move the inner submodule to its fix")
    memory = Memory(made.path, "inner submodule fix", ".gitmodules")
    assert set(memory.recalled[:2]) == {added, moved}
    assert [change.path for change in memory.records[moved].change.files] == ["vendored_inner"]
    assert not any("Secret" in one.message for one in memory.records.values())
    assert "vendored_inner" not in memory.files
    assert memory.settled()


def test_messages_and_paths_that_are_not_utf8(tmp_path: Path) -> None:
    made, _ = make_shop(tmp_path / "latin")
    raw = os.fsencode(made.path) + b"/shop/gr\xf6\xdfe.py"
    Path(os.fsdecode(raw)).write_bytes(b"# Gr\xf6\xdfe\ndef size():\n    return 1\n")
    latin = made.commit(b"Fix the gr\xf6\xdfe of parcels\n\nWas too small, \xff\xfe.")
    made.git("config", "i18n.commitEncoding", "ISO-8859-1")
    message = "Fix the Übergröße of crates".encode("latin-1")
    named = made.commit(message, {"shop/crate.py": "def crate():\n    return 2\n"})
    memory = Memory(made.path, "size of parcels is too small", "shop/gr\\xf6\\xdfe.py")
    assert memory.recalled[0] == latin
    assert [change.path for change in memory.records[latin].change.files] == ["shop/gr\\xf6\\xdfe.py"]
    assert memory.records[latin].change.files[0].symbols == ("size",)
    assert "shop/gr\\xf6\\xdfe.py" in memory.files
    assert "Übergröße" in memory.records[named].message
    assert memory.why is not None
    assert memory.why.introduced == latin
    assert memory.settled()
    json.loads(memory.found.model_dump_json())
    done = CliRunner().invoke(cli, ["recall", str(made.path), "parcels too small"], standalone_mode=False)
    assert done.exit_code == 0, done.output
    done.stdout_bytes.decode("utf-8")


def test_renames_of_case_alone(tmp_path: Path) -> None:
    made, shas = make_shop(tmp_path / "case")
    made.git("mv", "shop/money.py", "shop/Money.py")
    renamed = made.commit("Write money with a capital")
    memory = Memory(made.path, "half cents are cut and invoices a cent short", "shop/Money.py")
    assert memory.recalled[0] == shas["rounding"]
    assert memory.files[0] == "shop/Money.py"
    assert "shop/money.py" not in memory.files
    change = memory.records[renamed].change.files[0]
    assert (change.old_path, change.path, change.status) == ("shop/money.py", "shop/Money.py", "renamed")
    assert memory.why is not None
    assert memory.why.introduced == shas["money"]
    votes = {item.ranker for item in memory.found.files[0].evidence}
    assert "message-votes" in votes, "the fix was made under the old name"
    assert memory.settled()


def test_symlinks(tmp_path: Path) -> None:
    made, shas = make_shop(tmp_path / "links")
    (tmp_path / "outside.py").write_text("def outside_secret():\n    return 1\n")
    (made.path / "shop" / "link.py").symlink_to(tmp_path / "outside.py")
    (made.path / "loop").symlink_to(".")
    linked = made.commit("Link to the outside secret")
    made.write({"shop/link.py": None})
    made.commit("Fix the link: a file of its own", {"shop/link.py": "def linked():\n    return 1\n"})
    (made.path / "shop" / "money.py").unlink()
    (made.path / "shop" / "money.py").symlink_to("stock.py")
    made.commit("Fix money: it is a link now")
    memory = Memory(made.path, "outside secret link")
    assert memory.recalled[0] == linked
    assert not any("outside_secret" in one.change.patch for one in memory.records.values())
    assert memory.records[linked].change.files[1].symbols == ()
    assert "shop/money.py" not in memory.files
    assert shas["rounding"] in memory.records
    assert memory.settled()


def test_shallow_clones(tmp_path: Path) -> None:
    made, shas = make_shop(tmp_path / "whole")
    made.git("clone", "--quiet", "--depth=3", f"file://{made.path}", str(tmp_path / "shallow"))
    memory = Memory(tmp_path / "shallow", "half cents are cut", "shop/stock.py")
    assert set(memory.records) == {shas["rounding"], shas["reserve"], shas["docs"]}
    assert any("shallow" in note for note in memory.report.notes)
    assert memory.why is not None
    assert any("shallow" in note for note in memory.why.notes)
    assert memory.settled()
    # Fetched to its whole, it is another history with a store of its own.
    made.git("-C", str(tmp_path / "shallow"), "fetch", "--quiet", "--unshallow")
    whole = Memory(tmp_path / "shallow", "half cents are cut", "shop/stock.py")
    assert set(whole.records) == set(shas.values())
    assert whole.settled()


def test_partial_clones_fetch_nothing(tmp_path: Path) -> None:
    made, shas = make_shop(tmp_path / "whole")
    made.git("config", "uploadpack.allowFilter", "true")
    made.git("config", "uploadpack.allowAnySHA1InWant", "true")
    partial = tmp_path / "partial"
    clone = ("clone", "--quiet", "--no-checkout", "--filter=blob:none", f"file://{made.path}")
    made.git(*clone, str(partial))
    missing = missing_objects(made, partial)
    assert missing
    memory = Memory(partial, "half cents are cut and invoices short")
    assert missing_objects(made, partial) == missing, "something was fetched"
    assert memory.recalled[0] == shas["rounding"]
    assert [change.path for change in memory.records[shas["rounding"]].change.files] == ["shop/money.py"]
    assert any("partial" in note for note in memory.report.notes)
    assert memory.files == []
    made.git("-C", str(partial), "cat-file", "-p", "HEAD:shop/money.py")  # control: git would fetch
    assert missing_objects(made, partial) != missing
    assert Memory(partial, "half cents are cut and invoices short").files == ["shop/money.py"], "what came later counts"


def missing_objects(made: GitRepo, clone: Path) -> set[str]:
    listed = made.git("-C", str(clone), "rev-list", "--objects", "--all", "--missing=print").split("\n")
    return {line for line in listed if line.startswith("?")}


def test_sha256_repositories(tmp_path: Path) -> None:
    made = GitRepo(tmp_path / "sha256", "--object-format=sha256")
    made.commit("Start", {"shop/a.py": "def a():\n    return 1\n"})
    fixed = made.commit("Fix the answer of a", {"shop/a.py": "def a():\n    return 2\n"})
    made.git("revert", "--no-edit", "HEAD")
    reverting = made.git("rev-parse", "HEAD")
    memory = Memory(made.path, "the answer of a", "shop/a.py")
    assert len(fixed) == 64
    assert set(memory.recalled) >= {fixed}
    assert [(link.relation, link.target) for link in memory.records[reverting].links] == [("reverts", fixed)]
    assert memory.why is not None
    assert memory.why.reverted[0].sha == fixed
    assert memory.settled()


def test_a_clone_that_lacks_a_blob(tmp_path: Path) -> None:
    made, shas = make_shop(tmp_path / "torn")
    blob = made.git("rev-parse", f"{shas['stock']}:shop/stock.py")
    lost = made.path / ".git" / "objects" / blob[:2] / blob[2:]
    lost.unlink()
    memory = Memory(made.path, "half cents are cut and invoices short")
    assert set(memory.records) == set(shas.values())
    assert memory.recalled[0] == shas["rounding"]
    torn = memory.records[shas["reserve"]]
    assert [change.path for change in torn.change.files] == ["shop/stock.py"]
    assert torn.change.patch == ""
    assert memory.records[shas["rounding"]].change.patch != ""  # control
    assert memory.settled()


def test_history_that_is_rewritten_between_two_mines(tmp_path: Path) -> None:
    made, shas = make_shop(tmp_path / "rewritten")
    before = Memory(made.path, "reserve less than one item")
    assert before.recalled[0] == shas["reserve"]
    assert not before.vanished
    made.git("reset", "--quiet", "--hard", shas["rounding"])
    again = made.commit("Refuse to reserve nothing at all (#12)", {"shop/stock.py": "def reserve():\n    return 3\n"})
    after = Memory(made.path, "reserve less than one item nothing at all")
    assert after.vanished == {shas["reserve"], shas["docs"]}
    assert set(after.records) == {*shas.values(), again}, "marked, not lost"
    assert after.recalled[0] == again
    assert not after.vanished & set(after.recalled)
    assert after.settled()
    made.git("reset", "--quiet", "--hard", shas["docs"])
    back = Memory(made.path, "reserve less than one item")
    assert back.vanished == {again}
    assert back.recalled[0] == shas["reserve"]
    assert back.settled()
