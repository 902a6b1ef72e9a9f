"""A page that a newcomer learns from: conventions in groups, the surest first, few words each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from memcoder.memory.conventions.sentences import claim, support
from memcoder.records import ChangeKind, Convention, Memory

GROUPS = {
    "What comes with a change": ("tests", "changelog", "docs", "stubs"),
    "Where things live": ("test-folder", "test-file", "changelog-place", "changelog-name", "areas"),
    "Usual size": ("size",),
    "Commit messages": (
        "message-prefix", "message-length", "message-verb", "message-capital", "message-stop", "message-reference",
        "message-body", "message-trailer",
    ),
    "Helpers in use": ("helper",),
    "Formatters and linters": ("tool",),
    "Written guidelines": ("written",),
}  # fmt: skip
DIFFERS = 0.1
"""On the page of a whole project an area is told of only where its rate differs from the project's by this."""
HELPERS = 12
HEADINGS = 8
FIRM, USUAL = 0.8, 0.65


@dataclass(frozen=True)
class Group:
    """A heading and its lines."""

    title: str
    lines: tuple[str, ...]


def page(memories: Iterable[Memory], path: str | None = None) -> list[Group]:
    """The groups that have something to say."""
    held = [memory.convention for memory in memories if memory.convention]
    groups = (Group(title, tuple(_lines(held, rules, path))) for title, rules in GROUPS.items())
    return [group for group in groups if group.lines]


def _lines(held: list[Convention], rules: tuple[str, ...], path: str | None) -> Iterator[str]:
    for rule in rules:
        chosen = [each for each in held if each.rule == rule]
        if rule in ("areas", "tool"):
            yield from (_read(each) for each in sorted(chosen, key=lambda each: each.form))
        elif rule == "written":
            yield from _written(chosen)
        else:
            ordered = sorted(_telling(chosen, path), key=lambda each: (each.area, each.kind or "", -each.weight))
            if rule == "helper":
                ordered = sorted(chosen, key=lambda each: -each.count)[:HELPERS]
            yield from map(_counted, ordered)


def _telling(chosen: list[Convention], path: str | None) -> Iterator[Convention]:
    """What says more than what stands beside it: a kind of change than all changes, an area than the project."""
    known = {(each.area, each.kind): each for each in chosen}
    for each in chosen:
        wider: list[tuple[str, ChangeKind | None]] = [(each.area, None)] if each.kind else []
        wider += [("", each.kind), ("", None)] if each.area and not path else []
        beside = next((known[key] for key in wider if key in known), None)
        if beside is None or _differs(each, beside):
            yield each


def _differs(each: Convention, beside: Convention) -> bool:
    if each.rule == "size":
        return each.detail.partition(" ")[0] != beside.detail.partition(" ")[0]
    same_form = each.form == beside.form
    return not same_form or abs(each.rate - beside.rate) >= DIFFERS


def _counted(each: Convention) -> str:
    firm = each.rule in ("helper", "size") or each.rate >= FIRM
    mark = "" if firm else "usually: " if each.rate >= USUAL else "often: "
    return f"{mark}{claim(each)} ({support(each)})"


def _read(each: Convention) -> str:
    if each.rule == "areas":
        return "The source falls into " + ", ".join(each.form.split("\n"))
    return f"{each.form}: {each.detail}"


def _written(chosen: list[Convention]) -> Iterator[str]:
    """One line a file, with its headings."""
    files: dict[str, list[str]] = {}
    for each in sorted(chosen, key=lambda each: int(each.detail.removeprefix("section "))):
        path, _, heading = each.form.partition(" › ")
        files.setdefault(path, []).extend([heading] if heading else [])
    for path in sorted(files, key=lambda path: (path.count("/"), path)):
        headings = "; ".join(files[path][:HEADINGS]) + (" …" if len(files[path]) > HEADINGS else "")
        yield f"{path}: {headings}" if headings else path
