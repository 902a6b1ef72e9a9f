"""The shape of commit messages: prefixes, length, verb, full stop, references, trailers.

Prefixes are learned: digits become N, and what stands before the first separator is either a form of its own, where
it is frequent, or one of the known kinds (`type(scope): `, `TAG: `, `component: `).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from memcoder.history.kinds import change_kind
from memcoder.memory.conventions.landed import NOISE, Landed
from memcoder.memory.conventions.rules import KINDS, Facts, Rule

SEPARATED = re.compile(r"^(?P<prefix>\[[^\]]{1,30}\] ?:? |:\w+: |.{1,40}?(?:: | -- | - ))(?P<rest>\S.*)$")
TYPES_TEXT = """
feat fix docs doc style refactor perf test tests build ci chore revert deps
"""
TYPES = tuple(TYPES_TEXT.split())
CONVENTIONAL = re.compile(rf"^(?:{'|'.join(TYPES)})(\([^)]*\))?!?: $")
TAG = re.compile(r"^[A-Z]{2,8}(/[A-Z]{2,8})*: $")
COMPONENT = re.compile(r"^[\w./*-]+(, ?[\w./*-]+){0,3}: $")
LENGTHS = (50, 60, 72, 80, 100, 120)
TRAILER = re.compile(r"^(Signed-off-by|Co-authored-by|Reviewed-by|Acked-by|Tested-by|Change-Id|Reviewed-on): ", re.I)
SHARE = 0.5
LONGEST_SHARE = 0.9
BASE_VERBS_TEXT = """
add allow apply avoid bring call change check clarify clean complete convert correct create deprecate detect disable
document drop enable ensure exclude expand expose extend extract fix handle implement improve include increase
introduce keep make mark move optimize pass pin preserve prevent provide raise reduce refactor reformat register
reject remove rename reorganize replace require respect restore return revert rewrite run set show simplify skip sort
split stop store support switch tweak uncomment unify update use validate warn write
"""
BASE_VERBS = tuple(BASE_VERBS_TEXT.split())


def _inflected() -> dict[str, str]:
    """Verb forms and the mood they tell of. (`set`, `run` and the like are the same in both: they tell nothing.)"""
    irregular = {
        "bring": "brought",
        "keep": "kept",
        "make": "made",
        "rewrite": "rewrote",
        "show": "showed",
        "write": "wrote",
        "drop": "dropped",
        "pin": "pinned",
        "skip": "skipped",
        "stop": "stopped",
    }
    found: dict[str, str] = {}
    for verb in BASE_VERBS:
        if re.search(r"[^aeiou]y$", verb):  # apply, applied, applies
            past, third = verb[:-1] + "ied", verb[:-1] + "ies"
        else:
            past = irregular.get(verb) or verb + ("d" if verb.endswith("e") else "ed")
            third = verb + ("es" if verb.endswith(("x", "ss", "sh", "ch")) else "s")
        found |= {third: "third person", past: "past", verb: "imperative"}
    return {form: mood for form, mood in found.items() if form not in ("run", "set", "split")}


MOODS = _inflected()


@dataclass(frozen=True)
class Shape:
    """What a message's form is, apart from what it says."""

    prefixes: tuple[str, ...]
    """From the most particular to the most general."""
    length: int
    """Of the subject, in characters."""
    mood: str
    """`imperative`, `past`, `third person`, or empty where the first word tells nothing."""
    capital: bool
    stop: bool
    reference: tuple[str, ...]
    body: bool
    trailers: frozenset[str]


@lru_cache(maxsize=65536)
def shape(message: str) -> Shape:
    """The shape of a commit message."""
    subject, _, below = message.strip().partition("\n")
    subject = subject.strip()
    trailers = frozenset(match[1].capitalize() for line in below.splitlines() if (match := TRAILER.match(line)))
    body = [line for line in below.splitlines() if line.strip() and not TRAILER.match(line)]
    bare = re.sub(r" ?\((#\d+|gh-\d+)\)$", "", subject, flags=re.I)
    prefixes, rest = _prefixes(subject)
    rest = rest if prefixes else bare
    first = re.match(r"[A-Za-z']+", rest)
    return Shape(
        prefixes=prefixes,
        length=len(subject),
        mood=MOODS.get(first[0].lower(), "") if first else "",
        capital=bool(first) and rest[0].isupper(),
        stop=bare.endswith("."),
        reference=_references(subject, below),
        body=bool(body),
        trailers=trailers,
    )


def _prefixes(subject: str) -> tuple[tuple[str, ...], str]:
    found = SEPARATED.match(subject)
    if not found or len(found["prefix"].split()) > 5:
        return (), subject
    prefix = found["prefix"]
    literal = re.sub(r"\d+", "N", prefix)
    literal = re.sub(r"^\[[N.x]+\] ?", "[N.N.x] ", literal) if re.match(r"^\[N[N.x]*\]", literal) else literal
    literal = re.sub(r"(#N)(, #N)+", r"\1", literal)
    forms = [literal]
    if match := CONVENTIONAL.match(prefix):
        forms += ["type(scope): " if match[1] else "type: ", "type: or type(scope): "]
    elif TAG.match(prefix):
        forms.append("TAG: ")
    elif COMPONENT.match(prefix):
        forms.append("component: ")
    return tuple(forms), found["rest"]


def _references(subject: str, below: str) -> tuple[str, ...]:
    """How a message refers to issues or requests; each form implies those after it."""
    if re.search(r"\((#|gh-)\d+\)$", subject, re.I):
        return ("(#N) at the end of the subject", "#N in the subject", "#N in the message")
    if re.search(r"(#|\bgh-?)\d+", subject, re.I):
        return ("#N in the subject", "#N in the message")
    return ("#N in the message",) if re.search(r"(#|\bgh-?)\d+", below, re.I) else ()


def message_facts(changes: Iterable[Landed]) -> list[Facts]:
    """Each commit by itself, as a change of no files: messages are written for commits, not for branches."""
    found = []
    for change in changes:
        for commit in change.commits:
            kind = change_kind(commit.message, commit.files, len(commit.parents))
            if kind not in NOISE:
                alone = Landed(commit.sha, commit.time, commit.message, kind, (), (commit,))
                found.append(Facts(alone, frozenset(("",))))
    return found


def message_rules(facts: list[Facts], weights: list[float]) -> list[Rule]:
    """The rules about messages that a history suggests."""
    weighed = [(_of(fact), weight, fact) for fact, weight in zip(facts, weights, strict=True)]
    found = []
    for kind in KINDS:
        chosen = [(each, weight) for each, weight, fact in weighed if kind in (None, fact.kind)]
        form = _commonest_prefix(chosen)
        if form:
            found.append(Rule("message-prefix", "", kind, lambda fact, form=form: form in _of(fact).prefixes, form))  # type: ignore[misc]
    shapes = [(each, weight) for each, weight, _ in weighed]
    whole = sum(weight for _, weight in shapes)
    if not whole:
        return found
    return [*found, *_length_rules(shapes), *_custom_rules(shapes), *_reference_rules(shapes, whole)]


def _of(fact: Facts) -> Shape:
    return shape(fact.landed.title)


def _commonest_prefix(shapes: list[tuple[Shape, float]]) -> str | None:
    """The most particular prefix that at least half have."""
    counted: Counter[str] = Counter()
    rank: dict[str, int] = {}
    for each, weight in shapes:
        for place, form in enumerate(each.prefixes):
            counted[form] += weight  # type: ignore[assignment]
            rank[form] = place
    whole = sum(weight for _, weight in shapes)
    common = [form for form, weight in counted.items() if weight >= SHARE * whole and whole]
    return min(common, key=lambda form: (rank[form], -counted[form]), default=None)


def _length_rules(shapes: list[tuple[Shape, float]]) -> list[Rule]:
    whole = sum(weight for _, weight in shapes)
    for most in LENGTHS:
        if sum(weight for each, weight in shapes if each.length <= most) >= LONGEST_SHARE * whole:
            return [Rule("message-length", "", None, _shorter(most), f"{most} characters")]
    return []


def _shorter(most: int) -> Callable[[Facts], bool | None]:
    return lambda fact: _of(fact).length <= most


def _custom_rules(shapes: list[tuple[Shape, float]]) -> list[Rule]:
    """Mood, capital, full stop, body: for each the side that most messages are on."""
    mood = Counter(each.mood for each, _ in shapes if each.mood).most_common(1)
    found = []
    if mood:
        form = mood[0][0]
        found.append(
            Rule("message-verb", "", None, lambda fact: _of(fact).mood == form if _of(fact).mood else None, form)
        )
    for key, yes, no in (
        ("capital", "a capital letter", "a small letter"),
        ("stop", "with a full stop", "without a full stop"),
        ("body", "with a body", "without a body"),
    ):
        side = sum(weight if getattr(each, key) else -weight for each, weight in shapes) > 0
        found.append(Rule(f"message-{key}", "", None, _side(key, side), yes if side else no))
    return found


def _in_mood(form: str) -> Callable[[Facts], bool | None]:
    return lambda fact: _of(fact).mood == form if _of(fact).mood else None


def _side(key: str, side: bool) -> Callable[[Facts], bool | None]:
    return lambda fact: bool(getattr(_of(fact), key)) == side


def _reference_rules(shapes: list[tuple[Shape, float]], whole: float) -> list[Rule]:
    counted: Counter[str] = Counter()
    trailers: Counter[str] = Counter()
    for each, weight in shapes:
        for form in each.reference:
            counted[form] += weight  # type: ignore[assignment]
        for name in each.trailers:
            trailers[name] += weight  # type: ignore[assignment]
    common = [form for form, weight in counted.items() if weight >= SHARE * whole]
    chosen = min(common, key=lambda form: counted[form], default=None)
    found = [] if chosen is None else [Rule("message-reference", "", None, _refers(chosen), chosen)]
    return found + [
        Rule("message-trailer", "", None, lambda fact, name=name: name in _of(fact).trailers, name)  # type: ignore[misc]
        for name, weight in trailers.items() if weight >= SHARE * whole
    ]  # fmt: skip


def _refers(form: str) -> Callable[[Facts], bool | None]:
    return lambda fact: form in _of(fact).reference
