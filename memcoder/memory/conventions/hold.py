"""Whether a convention that was counted holds for one change, e.g. for a patch that nobody has committed yet."""

from memcoder.memory.conventions.helpers import uses
from memcoder.memory.conventions.landed import Landed
from memcoder.memory.conventions.paths import Layout
from memcoder.memory.conventions.places import place_rule
from memcoder.memory.conventions.rules import Facts, companion, facts_of
from memcoder.memory.conventions.sizes import within
from memcoder.records import ChangeKind, Commit, Convention, FileChange


def facts_of_change(files: tuple[FileChange, ...], patch: str, kind: ChangeKind, layout: Layout) -> Facts | None:
    """The facts of a change that is not committed; None where it changes nothing, or too much to show customs."""
    commit = Commit(sha="", parents=(), author="", time=0, message="", files=files, patch=patch)
    return next(iter(facts_of([Landed("", 0, "", kind, files, (commit,))], layout)), None)


def holds(convention: Convention, facts: Facts, layout: Layout) -> bool | None:
    """Whether it holds; None where it has nothing to say of such a change, or cannot be asked of one."""
    if convention.area not in facts.areas or convention.kind not in (None, facts.kind):
        return None
    if convention.rule == "size":
        return within(convention.area, layout, int(convention.form.partition(" ")[0]))(facts)
    if convention.rule == "helper":
        name, _, home = convention.form.partition(" ")
        return uses(name, {name: home.strip("()")}, convention.area, layout)(facts)
    rule = companion(convention.rule, convention.area, layout) or place_rule(
        convention.rule, convention.area, convention.form, layout
    )
    return rule(facts) if rule else None
