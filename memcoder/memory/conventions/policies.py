"""Policies: the memories that conventions are kept as. Ids are stable, so counting again replaces."""

import hashlib

from memcoder.memory.conventions.sentences import sentence
from memcoder.memory.conventions.tools import Tool
from memcoder.memory.conventions.written import Section
from memcoder.records import Convention, Memory, Provenance

TOLD_APART = frozenset({"helper", "tool", "written", "test-file", "message-trailer"})
"""Rules of which several forms can hold in one area at once."""


def policy(convention: Convention, repository: str, commit: str, message: str = "") -> Memory:
    """The memory of a convention that was counted (or read) at a commit."""
    form = convention.form if convention.rule in TOLD_APART else ""
    name = "\0".join((convention.rule, convention.area, convention.kind or "", form))
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return Memory(
        id=f"policy-{digest[:20]}",
        kind="policy",
        message=message or sentence(convention),
        provenance=Provenance(repository=repository, commit=commit, time=convention.last),
        convention=convention,
    )


def tool_convention(tool: Tool) -> Convention:
    """A tool that is set up, with its settings."""
    settings = f"; {', '.join(tool.settings)}" if tool.settings else ""
    return Convention(rule="tool", form=tool.name, detail=f"set up in {', '.join(tool.files)}{settings}")


def written_policies(sections: list[Section], repository: str, commit: str) -> list[Memory]:
    """A memory for each section; sections of one file under the same heading are numbered."""
    seen: dict[str, int] = {}
    found = []
    for number, section in enumerate(sections, start=1):
        form = f"{section.path} › {section.heading}" if section.heading else section.path
        seen[form] = seen.get(form, 0) + 1
        form = form if seen[form] == 1 else f"{form} ({seen[form]})"
        convention = Convention(rule="written", area=section.area, form=form, detail=f"section {number}")
        found.append(policy(convention, repository, commit, f"{form}\n\n{section.text}"))
    return found


def retired(memory: Memory, commit: str) -> Memory:
    """A policy that no longer holds: it stays, and weighs nothing."""
    assert memory.convention is not None  # noqa: S101 - callers choose among those that have one
    return memory.model_copy(
        update={
            "convention": memory.convention.model_copy(update={"weight": 0.0}),
            "provenance": memory.provenance.model_copy(update={"commit": commit}),
        }
    )
