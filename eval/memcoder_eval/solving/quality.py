"""Beyond resolved: a patch beside the reference, by what it touches, how much it changes, and how it fits the project.

Tests are left out of files and lines on both sides: datasets keep the reference's tests apart, and a patch that brings
some must not look worse for it. The project's tools are not run.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from memcoder import FaultError, Fit, Memory, Repository, assess, is_test_path
from memcoder_eval.scratch import Change, Scratch, scratch

Contents = dict[str, bytes | None]
"""Path → whole new content; None: deleted."""


def quality(
    repo: Repository, base: str, patch: str, reference: str, customs: Sequence[Memory] = ()
) -> dict[str, Any] | None:
    """The figures of a patch; None where there is none, or it does not apply.

    `file_iou`: files that both change, of those that either changes, 0 to 1. `changed_lines` and
    `changed_lines_reference`: added and deleted. `changed_lines_ratio`: of the first to the second; None where the
    reference changes tests alone. `conventions_kept`: of what fit looked at, the share that is kept, None where nothing
    was; `helpers_repeated`: whether it repeats what is there; both also `_reference`.
    """
    if not patch.strip():
        return None
    try:
        ours, theirs = changed(repo, base, patch), changed(repo, base, reference)
    except FaultError:
        return None
    lines, of_reference = lines_of(patch), lines_of(reference)
    return {
        "file_iou": round(_overlap(_files(ours), _files(theirs)), 4),
        "changed_lines": lines,
        "changed_lines_reference": of_reference,
        "changed_lines_ratio": round(lines / of_reference, 4) if of_reference else None,
        **_fit(assess(repo, base, ours, customs), ""),
        **_fit(assess(repo, base, theirs, customs), "_reference"),
    }


def changed(repo: Repository, base: str, patch: str) -> Contents:
    """What a patch makes of the files of the base commit. Raises FaultError where it does not apply."""
    with scratch(repo) as index:
        index.start(base, patch)
        return dict(pair for change in index.changes(base) for pair in _contents(index, change))


def lines_of(patch: str) -> int:
    """Added and deleted lines of a unified diff, those of tests left out."""
    counted, product, inside = 0, True, False
    for line in patch.split("\n"):
        if line.startswith("diff --git "):
            product, inside = not is_test_path(line.rpartition(" b/")[2]), False
        elif line.startswith("@@ "):
            inside = True
        elif inside and product and line[:1] in ("+", "-"):
            counted += 1
    return counted


def _contents(index: Scratch, change: Change) -> Iterator[tuple[str, bytes | None]]:
    if change.old and change.old != change.new:
        yield change.old, None
    if change.new:
        yield change.new, index.blob(change.new_blob) if change.new_blob else None


def _files(contents: Contents) -> set[str]:
    return {path for path in contents if not is_test_path(path)}


def _overlap(ours: set[str], theirs: set[str]) -> float:
    return len(ours & theirs) / len(ours | theirs) if ours | theirs else 1.0


def _fit(fit: Fit, whose: str) -> dict[str, Any]:
    repeated = any(finding.kind == "repeat" for finding in fit.broken)
    looked_at = len(fit.kept) + len(fit.broken)
    kept = round(len(fit.kept) / looked_at, 4) if looked_at else None
    return {f"conventions_kept{whose}": kept, f"helpers_repeated{whose}": repeated}
