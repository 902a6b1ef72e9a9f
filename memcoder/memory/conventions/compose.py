"""The subject of a fix's commit, as the project's own commits have theirs, as far as that was counted."""

import re
from collections.abc import Iterable

from memcoder.records import FIRM, Memory
from memcoder.wording import title_of

LONGEST = 72
"""Characters of a subject where nothing was counted."""
PLAIN = "Fix: "
CONVENTIONAL = frozenset({"type: ", "type: or type(scope): "})
PLACEHOLDER = re.compile(r"N|[()#*<>]|^(TAG|component|type)")
"""What a counted prefix has where it is a form, and not text to be copied."""


def fix_subject(issue: str, policies: Iterable[Memory] = ()) -> str:
    """One line made of the issue's first one: prefix, capital, full stop and length by the policies that weigh enough.

    The issue is untrusted: what cannot be printed is left out. Nothing is translated into another mood.
    """
    forms = _forms(policies)
    title = "".join(char for char in title_of(issue) or "an issue" if char.isprintable())
    prefix = _prefix(forms.get("message-prefix", ""))
    if title.lower().startswith(prefix.lower()):
        title = title[len(prefix) :]
    title = _stopped(_capital(title, forms.get("message-capital", "")), forms.get("message-stop", ""))
    return _cut(prefix + title, int(forms.get("message-length", str(LONGEST)).split()[0]))


def _forms(policies: Iterable[Memory]) -> dict[str, str]:
    """Rule → form of what holds for fixes of the whole project; what was counted of fixes alone comes first."""
    held = [memory.convention for memory in policies if memory.convention]
    firm = [each for each in held if each.weight >= FIRM and not each.area and each.kind in (None, "fix")]
    return {each.rule: each.form for each in sorted(firm, key=lambda each: each.kind is not None)}


def _prefix(form: str) -> str:
    if form in CONVENTIONAL:
        return "fix: "
    return form if form and not PLACEHOLDER.search(form) else PLAIN


def _capital(title: str, form: str) -> str:
    """The first letter as the project has it; a name or an acronym stays as it is."""
    word = re.match(r"[A-Za-z][a-z]*(?![\w.(-])", title)
    if word is None or not form:
        return title
    return (title[0].lower() if form == "a small letter" else title[0].upper()) + title[1:]


def _stopped(title: str, form: str) -> str:
    bare = title.rstrip(".") if form == "without a full stop" else title
    return f"{bare}." if form == "with a full stop" and not bare.endswith((".", "!", "?")) else bare


def _cut(subject: str, most: int) -> str:
    """At most so many characters, cut between words where there is a place for it."""
    if len(subject) <= most:
        return subject
    cut = subject[: most - 1]
    whole = cut.rpartition(" ")[0] if subject[most - 1] != " " else cut
    return (whole if len(whole) > most // 2 else cut).rstrip(" ,;:.") + "…"
