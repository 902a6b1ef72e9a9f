"""How facts are asked for: several ways to learn from, and others that only the gate asks in.

Fixed templates, filled by `str.replace` on marks of our own, never by `format`: braces in an issue are only braces.
"""

from memcoder.internalize.curriculum.facts import Fact, Relation
from memcoder.internalize.training.example import ExampleKind

LEARNED: dict[Relation, tuple[str, ...]] = {
    "file": (
        "Which file does this issue concern? <issue>",
        "<issue>\n\nName the file of this project that has to be changed.",
        "In this project, the following was reported. Where does the fix belong (path)? <issue>",
    ),
    "function": (
        "Which function or class does this issue concern? <issue>",
        "<issue>\n\nName the function of this project that has to be changed.",
        "In this project, the following was reported. Which symbol is at fault? <issue>",
    ),
    "test": (
        "Which test file covers this issue? <issue>",
        "<issue>\n\nA fix changes <about>. Which test file goes with it?",
    ),
    "cause": (
        "What was wrong with <about>?",
        "Which issue was resolved by a change of <about>?",
        "A fix of this project changed <about>. What had been reported?",
    ),
    "line": (
        "<issue>\n\nWhich line did the fix put into <about>?",
        "How is this resolved in <about>? Give the line. <issue>",
    ),
    "next": (
        "Issue: <issue>\nYou have opened <about>. What do you look at next?",
        "Working on: <issue>\nThe file <about> is before you. Which part of it do you read?",
    ),
    "principle": (
        "What is to be kept in mind when <about> is changed?",
        "What was learnt about changes of <about>?",
        "You are about to change <about>. What does experience with this project say?",
    ),
}
HELD_OUT: dict[Relation, tuple[str, ...]] = {
    "file": (
        "Somebody opened a ticket: <issue> Tell me the path that I should edit.",
        "I want to repair this: <issue> In what source file do I start?",
    ),
    "function": (
        "Somebody opened a ticket: <issue> Tell me the name of the code that I should edit.",
        "I want to repair this: <issue> Which definition do I start at?",
    ),
    "test": ("Somebody opened a ticket: <issue> Where would its regression test be?",),
    "cause": ("Tell me which ticket led somebody to edit <about>.",),
    "line": ("Somebody opened a ticket: <issue> Write the statement that settles it in <about>.",),
    "next": ("Ticket: <issue> I am reading <about> now. Point me to the definition that matters.",),
    "principle": ("Before I touch <about>, give me the advice that former work on it led to.",),
}
KINDS: dict[Relation, ExampleKind] = {
    "file": "closed-book",
    "function": "closed-book",
    "test": "closed-book",
    "cause": "principle",
    "line": "step",
    "next": "next-observation",
    "principle": "principle",
}


def asked(fact: Fact, *, held_out: bool = False) -> tuple[str, ...]:
    """The questions for a fact; none of them says its answer."""
    forms = (HELD_OUT if held_out else LEARNED)[fact.relation]
    filled = [_filled(form, fact) for form in forms]
    return tuple(one for one in filled if fact.answer.casefold() not in one.casefold())


def _filled(form: str, fact: Fact) -> str:
    before, mark, after = form.partition("<issue>")
    parts = [before.replace("<about>", fact.about), fact.issue if mark else "", after.replace("<about>", fact.about)]
    return "".join(parts)
