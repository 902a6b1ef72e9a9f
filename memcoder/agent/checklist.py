"""What a fix must hold, and where to look: a few lines that the model writes from the issue and the recalled memories.

They are written before any change is seen, at most once a run, shown to the model when it tries again, and named in the
verdict as what nobody checked. Nothing is ever decided by them.

Source: the checklist of MemCoder's self-refinement; here its lines are held against the repository.
"""

import re
from collections.abc import Iterator, Sequence

from memcoder.agent.journal import Journal
from memcoder.agent.keys import key_of
from memcoder.agent.limits import Limits
from memcoder.config import Settings
from memcoder.history.repository import Repository
from memcoder.history.symbols import symbols
from memcoder.models.base import LanguageModel, Message, Sampling
from memcoder.models.tokens import fits
from memcoder.prompts import chat, render
from memcoder.records import ChecklistItem, Recall, Task

ITEMS = 4
"""Lines that are kept."""
SHORTEST, LONGEST = 8, 160
"""Characters of a line; others are no items."""
ANSWER_TOKENS = 160
SECONDS = 60.0
"""Time that must be left, so that there is some for what the checklist is about."""
PLACES = 6
"""Recalled places that the model is told of; symbols are looked for in their files."""
LINE = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+(.+?)\s*$", re.M)
PATH = re.compile(r"[\w./-]*\w\.(?:py|js|jsx|ts|tsx|go|rs|java|rb|c|h|cc|cpp|hpp)\b")
NAME = re.compile(r"`([A-Za-z_][\w.]*)(?:\(\))?`")


def write_checklist(
    task: Task,
    repo: Repository,
    recall: Recall,
    memories: Sequence[str],
    model: LanguageModel,
    journal: Journal,
    settings: Settings,
) -> tuple[ChecklistItem, ...]:
    """The items, from the log or asked for now; none where it is switched off, or context or time are too small.

    Raises LimitError as every call of a model does.
    """
    with journal.alone:
        if journal.past.checklist is not None:
            return journal.past.checklist
        items: tuple[ChecklistItem, ...] = ()
        if settings.checklist:
            text = _asked(_messages(task, recall, memories), model, journal, settings.seed)
            items = parse_checklist(text, repo, task.base_commit, recall)
            journal.report(f"checklist: {len(items)} items")
        journal.note("checklist", items=[item.model_dump(mode="json") for item in items])
        return items


def parse_checklist(text: str, repo: Repository, commit: str, recall: Recall) -> tuple[ChecklistItem, ...]:
    """The items of an answer: list entries of one line, each once.

    A file or symbol that an item names is its place where the base commit has it; an item that names a file which is
    not there is left out.
    """
    files = repo.files(commit)
    known = _symbols(repo, commit, recall)
    items: dict[str, ChecklistItem] = {}
    for line in LINE.findall(text):
        item = _item(line, files, known) if SHORTEST <= len(line) <= LONGEST else None
        if item is not None:
            items.setdefault(line.lower(), item)
    return tuple(items.values())[:ITEMS]


def unchecked(items: Sequence[ChecklistItem], changed: Sequence[str]) -> Iterator[str]:
    """Lines of a verdict: no item was verified, and of those with a place whether the patch changes that file."""
    for item in items:
        where = ""
        if item.path:
            where = f" (the patch {'changes' if item.path in changed else 'does not change'} {item.path})"
        yield f"checklist: {item.text}{where}"


def _asked(messages: list[Message], model: LanguageModel, journal: Journal, seed: int) -> str:
    """The model's answer; empty where context or limits are too small for it."""
    if not fits(messages, ANSWER_TOKENS, model.context) or not _affordable(journal.limits):
        return ""
    how = Sampling(max_tokens=ANSWER_TOKENS, seed=seed, timeout=journal.limits.timeout)
    replies = journal.ask(key_of("checklist", messages, seed), messages, lambda: model.sample(messages, 1, how))
    return replies[0].text if replies else ""


def _messages(task: Task, recall: Recall, memories: Sequence[str]) -> list[Message]:
    places = [
        f"{place.path}: {place.symbol}" if place.symbol else place.path for place in recall.symbols or recall.files
    ]
    return chat(render("checklist", issue=task.issue, memories=memories, places=places[:PLACES], most=ITEMS))


def _affordable(limits: Limits) -> bool:
    """Whether another call may be made after this one, and there is time for it."""
    return limits.seconds_left > SECONDS and limits.spent.calls + 1 < limits.max_steps


def _symbols(repo: Repository, commit: str, recall: Recall) -> dict[str, tuple[str, str]]:
    """Name → (path, qualified name) of what stands in the recalled files; of equal names the first."""
    found: dict[str, tuple[str, str]] = {}
    for path in list(dict.fromkeys(place.path for place in (*recall.symbols, *recall.files)))[:PLACES]:
        for symbol in symbols(path, repo.read(commit, path) or b""):
            found.setdefault(symbol.qualified, (path, symbol.qualified))
            found.setdefault(symbol.name, (path, symbol.qualified))
    return found


def _item(line: str, files: Sequence[str], known: dict[str, tuple[str, str]]) -> ChecklistItem | None:
    paths = [_file(name, files) for name in PATH.findall(line)]
    if not all(paths):
        return None
    names = [known[name] for name in NAME.findall(line) if name in known]
    inside = [place for place in names if not paths or place[0] in paths]
    path, symbol = inside[0] if inside else (paths[0] if paths else "", "")
    return ChecklistItem(text=line, path=path or "", symbol=symbol)


def _file(name: str, files: Sequence[str]) -> str | None:
    """The one file that a name means: its path, or the end of it."""
    wanted = name.removeprefix("./")
    if wanted in files:
        return wanted
    found = [path for path in files if path.endswith(f"/{wanted}")]
    return found[0] if len(found) == 1 else None
