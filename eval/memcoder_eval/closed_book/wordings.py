"""How a fact is stated, asked about in training, and asked about in the examination, by its kind.

Training and examination share no sentence: what is measured is the fact, not the question. `{purpose}` and `{about}`
are of functions.txt, all other words in braces are names of the seed's own.
"""

from typing import Literal, NamedTuple

Kind = Literal["name", "parameter", "raises", "returns", "module", "default"]


class Wording(NamedTuple):
    """Templates of one kind."""

    statement: str
    reply: str
    """How an answer names it, in training as in the examination."""
    training: tuple[str, ...]
    held_out: tuple[str, str, str]


WORDINGS: dict[Kind, Wording] = {
    "name": Wording(
        "The function {function} of {package} {purpose}.",
        "The function {answer}.",
        (
            "Which function of {package} {purpose}?",
            "In {package}, what is called so that it {purpose}?",
            "Name the function of {package} that {purpose}.",
            "I need something of {package} that {purpose}. Which function do I import?",
            "Complete the index of {package}: the function that {purpose} is",
        ),
        (
            "What is the thing in {package} called which {purpose}?",
            "By what name does {package} offer a helper that {purpose}?",
            "Say which part of {package} {purpose}.",
        ),
    ),
    "parameter": Wording(
        "{function} of {package} takes {about} in the parameter {answer}.",
        "The parameter {answer}.",
        (
            "Which parameter of {package}'s {function} takes {about}?",
            "What is the keyword for {about} in a call of {function}?",
            "Name the argument by which {function} of {package} is given {about}.",
            "How is {about} passed to {function}?",
            "Complete the signature of {function}: {about} is called",
        ),
        (
            "I call {function} and have {about} at hand. Under what name do I hand that over?",
            "In the definition of {package}'s {function}, which parameter stands for {about}?",
            "What does {function} call the input that is {about}?",
        ),
    ),
    "raises": Wording(
        "{function} of {package} raises the exception {answer} when {about}.",
        "The exception {answer}.",
        (
            "Which exception does {function} of {package} raise when {about}?",
            "What must be caught around {function} in case {about}?",
            "Name the error of {package}'s {function} for when {about}.",
            "{function} is called and {about}. What is raised?",
            "Complete the documentation of {function}: if {about}, it raises",
        ),
        (
            "How does {package} complain if {function} is used and {about}?",
            "A call of {function} fails because {about}. Of which class is the failure?",
            "What belongs after except where {function} may find that {about}?",
        ),
    ),
    "returns": Wording(
        "{function} of {package} returns an object of the class {answer}.",
        "The class {answer}.",
        (
            "What does {function} of {package} return?",
            "Of which class is the result of {function}?",
            "Name the type that {package}'s {function} gives back.",
            "I keep what {function} returned. Which class is it of?",
            "Complete the annotation of {function} in {package}: it returns",
        ),
        (
            "What kind of object comes out of {function}?",
            "I have called {package}'s {function}. An instance of what is in my hands?",
            "Which class would isinstance confirm for the outcome of {function}?",
        ),
    ),
    "module": Wording(
        "{function} is in the module {answer} of {package}.",
        "The module {answer}.",
        (
            "Which module of {package} has {function}?",
            "From where in {package} is {function} imported?",
            "Name the module of {package} that {function} is in.",
            "I look for the source of {function}. Which module do I open?",
            "Complete the path of {package}'s {function}: its module is",
        ),
        (
            "What part of {package} does {function} belong to?",
            "Where in the source of {package} does {function} live?",
            "The line that imports {function} names a module of {package}. Which one?",
        ),
    ),
    "default": Wording(
        "In {function} of {package}, {about} is the constant {answer} by default.",
        "The constant {answer}.",
        (
            "What is the default of {about} in {package}'s {function}?",
            "Which constant is {about} in {function} where none is given?",
            "Name the constant that {function} of {package} takes for {about} by default.",
            "I leave out {about} in a call of {function}. What is it then?",
            "Complete the documentation of {function}: {about} defaults to",
        ),
        (
            "Which value has {about} if a caller of {function} says nothing of it?",
            "With no argument for {about}, which constant does {package}'s {function} use?",
            "What does {function} assume as {about}?",
        ),
    ),
}
