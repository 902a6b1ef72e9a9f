"""A repository with fixes that a human accepted, and a history, as memories in a real store."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.memory.store import MemoryStore
from memcoder.records import Change, FileChange, Memory, Provenance, Trust

SETTINGS = Settings(embedder="none")
SUBJECTS = (
    "Totals are one too high",
    "An empty basket raises KeyError",
    "Coupons expire a day early",
    "Swedish names sort wrongly",
    "Refunds lose their currency",
    "The receipt prints no date",
    "Stock goes below zero",
    "Login fails behind a proxy",
    "Mails are sent twice",
    "Search ignores plurals",
)
NAMES = (
    ("prices", "total"),
    ("basket", "open_basket"),
    ("coupons", "expires"),
    ("sorting", "collate"),
    ("refunds", "pay_back"),
    ("receipt", "render"),
    ("stock", "take"),
    ("login", "sign_in"),
    ("mail", "deliver"),
    ("search", "match_words"),
)
PAST = ("parser", "reader", "writer", "cache", "queue", "report", "events", "tokens", "layout", "colours")


def make_repo(folder: Path) -> Repository:
    """One commit of one file: what memories say is all that matters here."""
    folder.mkdir()
    (folder / "README").write_text("A shop.\n")
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Open the shop"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    return Repository.open(folder)


def fix(repo: Repository, at: int, *, trust: Trust = "accepted", folder: str = "shop") -> Memory:
    """The accepted fix number `at`, 0 to 9."""
    (name, symbol), subject = NAMES[at], SUBJECTS[at]
    path, test = f"{folder}/{name}.py", f"tests/test_{name}.py"
    return Memory(
        id=f"fix-{at}",
        kind="fix",
        message=f"{subject}\n\nSeen since the last release.\n\nChanged {path}: {symbol}",
        change=Change(
            files=(
                FileChange(path=path, added=1, deleted=1, symbols=(symbol,)),
                FileChange(path=test, status="added", added=4),
            ),
            kind="fix",
            patch=patch(path, f"    return {name}_now + 1", f"    return {name}_now"),
        ),
        provenance=Provenance(repository=repo.key, commit=repo.head(), author="ann", time=1_000, source="human"),
        trust=trust,
    )


def patch(path: str, removed: str, added: str) -> str:
    """A diff of one line."""
    return (
        f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1,2 +1,2 @@\n def f():\n-{removed}\n+{added}\n"
    )


def commit(repo: Repository, at: int, kind: str = "fix", time: int = 500) -> Memory:
    """A commit of the past, about a file of its own."""
    name = PAST[at % len(PAST)]
    path = f"shop/{name}.py"
    return Memory(
        id=f"{at:040x}",
        kind="commit",
        message=f"Handle {name} that are number {at}",
        change=Change.model_validate(
            {
                "files": [
                    {"path": path, "added": 2, "deleted": 1, "symbols": [f"{name}_{at}"]},
                    {"path": f"tests/test_{name}.py", "added": 3},
                ],
                "kind": kind,
                "patch": patch(path, f"    {name}_old = {at}", f"    {name}_new = {at}"),
            }
        ),
        provenance=Provenance(repository=repo.key, commit=repo.head(), time=time),
    )


def touching(repo: Repository, memory: Memory, at: int, time: int = 2_000) -> Memory:
    """A commit that touches the files of a memory."""
    return commit(repo, at, time=time).model_copy(update={"change": Change(files=memory.change.files)})


@contextmanager
def opened(repo: Repository, memories: list[Memory]) -> Iterator[MemoryStore]:
    """The repository's store, with these memories in it."""
    with MemoryStore.open(SETTINGS, repo.key) as store:
        store.put(memories)
        yield store
