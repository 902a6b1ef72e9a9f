"""The conventions that a line of commits shows: rules are learned from it, counted over it, and stated where enough
speaks for them.

Pure functions over commits and the paths of one tree: what comes after the newest commit cannot count.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from memcoder.memory.conventions.count import (
    HALF_LIFE,
    Observations,
    Tally,
    convention,
    fade,
    often_enough,
    sure_enough,
)
from memcoder.memory.conventions.helpers import helper_rules
from memcoder.memory.conventions.landed import Landed, landed
from memcoder.memory.conventions.messages import message_facts, message_rules
from memcoder.memory.conventions.paths import Layout, layout_of
from memcoder.memory.conventions.places import place_rules
from memcoder.memory.conventions.rules import Rule, companions, facts_of
from memcoder.memory.conventions.sizes import size_rules
from memcoder.records import Commit, Convention

PLACED = frozenset({"test-folder", "changelog-place"})
"""Rules whose form is a place; one that the tree no longer has is history."""


@dataclass(frozen=True)
class Counted:
    """A rule with what was counted of it."""

    rule: Rule
    tally: Tally


@dataclass(frozen=True)
class Tree:
    """The files of the as-of commit."""

    paths: frozenset[str]
    read: Callable[[str], bytes | None]

    def has(self, place: str) -> bool:
        """Whether there is such a file, or a file in such a folder (which ends with a slash)."""
        return place in self.paths or (place.endswith("/") and any(path.startswith(place) for path in self.paths))


def count(commits: Iterable[Commit], paths: Iterable[str], read: Callable[[str], bytes | None]) -> list[Convention]:
    """What `commits` (oldest first, as `list_commits` lists them; the last is the as-of commit) do by custom.

    `paths` are those of the as-of commit's tree, and `read` gives a file of it.
    """
    layout = layout_of(paths)
    tree = Tree(frozenset(paths), read)
    found = [convention(each.rule, each.tally) for each in tally(landed(commits), layout, tree) if stated(each)]
    return [Convention(rule="areas", form="\n".join(layout.areas)), *found] if layout.areas else found


def stated(each: Counted) -> bool:
    """Whether enough speaks for a rule to state it."""
    return often_enough(each.tally) if each.rule.rule == "helper" else sure_enough(each.tally)


def tally(changes: Sequence[Landed], layout: Layout, tree: Tree, half_life: float = HALF_LIFE) -> list[Counted]:
    """Every rule that the changes suggest, counted over them, whether or not enough speaks for it."""
    seen = Observations(facts_of(changes, layout), half_life)
    said = message_facts(changes)
    messages = Observations(said, half_life)
    places = [rule for rule in place_rules(seen, layout) if rule.rule not in PLACED or tree.has(rule.form)]
    helpers = helper_rules(seen, layout, tree.read, sorted(tree.paths))
    found = [*companions(layout), *places, *size_rules(seen, layout), *helpers]
    weights = [fade(len(said) - 1 - number, half_life) for number in range(len(said))]
    return [Counted(rule, seen.tally(rule)) for rule in found] + [
        Counted(rule, messages.tally(rule)) for rule in message_rules(said, weights)
    ]


def tally_again(rules: Sequence[Rule], changes: Sequence[Landed], layout: Layout) -> list[Tally]:
    """The same rules counted over other changes, e.g. later ones; in the order of the rules."""
    seen = Observations(facts_of(changes, layout))
    messages = Observations(message_facts(changes))
    return [(messages if rule.rule.startswith("message-") else seen).tally(rule) for rule in rules]
