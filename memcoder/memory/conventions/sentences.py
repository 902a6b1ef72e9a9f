"""A sentence for each convention: what holds, where, and what speaks for it."""

from datetime import UTC, datetime

from memcoder.records import ChangeKind, Convention

KIND_NAMES: dict[ChangeKind, str] = {"fix": "Fixes", "feature": "Features", "refactor": "Refactorings"}
TEMPLATES = {
    "tests": "{kinds}{where} come with tests",
    "changelog": "{kinds}{where} come with a changelog entry",
    "docs": "{kinds}{where} come with documentation",
    "stubs": "{kinds}{where} keep the type stub beside the file up to date",
    "test-file": "Tests of a file{where} live by the pattern {form}",
    "test-folder": "Tests of changes{where} live under {form}",
    "changelog-place": "{kinds} that tell of themselves do it in {form}",
    "changelog-name": "A changelog entry{of_kind} is a file named like {form}",
    "size": "{kinds}{where} change {detail} of source (median and quartiles), nine in ten at most {form}",
    "message-prefix": "{subjects} begin with `{form}`",
    "message-length": "Subjects have at most {form}",
    "message-verb": "Subjects say what is done in the {form}",
    "message-capital": "Subjects (after a prefix) begin with {form}",
    "message-stop": "Subjects end {form}",
    "message-body": "Messages come {form}",
    "message-reference": "Messages refer to an issue or request: {form}",
    "message-trailer": "Messages end with `{form}: …`",
    "helper": "{form} is a helper that changes{where} keep using ({detail})",
}


def sentence(convention: Convention) -> str:
    """What holds and what speaks for it, e.g. `Fixes in src/x come with tests: 41 of 46 (…)`."""
    if not convention.total:
        return f"{convention.form}: {convention.detail}" if convention.detail else convention.form
    return f"{claim(convention)}: {support(convention)}"


def claim(convention: Convention) -> str:
    """What holds, without what speaks for it."""
    kinds = KIND_NAMES.get(convention.kind, "Changes") if convention.kind else "Changes"
    return TEMPLATES[convention.rule].format(
        kinds=kinds,
        subjects=f"Subjects of {kinds.lower()}" if convention.kind else "Subjects",
        of_kind=f" of a {convention.kind}" if convention.kind else "",
        where=f" in {convention.area}" if convention.area else "",
        form=convention.form,
        detail=convention.detail,
    )


def support(convention: Convention) -> str:
    """`41 of 46, lately 93 %, 2019-03 to 2026-05`."""
    dates = f"{day(convention.first)} to {day(convention.last)}"
    counted = f"{convention.count:,} of {convention.total:,}"
    return f"{counted}, {dates}" if convention.rule == "helper" else f"{counted}, lately {convention.rate:.0%}, {dates}"


def day(time: int) -> str:
    """Date of a time, e.g. `2026-05-31`."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d")
