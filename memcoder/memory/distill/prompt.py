"""What a model is shown of one commit: the same instructions first, which the server reads once, then marked data."""

import re
from collections.abc import Sequence

from memcoder.memory.distill.check import Fault
from memcoder.memory.distill.excerpt import telling_diff
from memcoder.memory.distill.fields import HINTS
from memcoder.models.base import Message
from memcoder.prompts import render
from memcoder.records import Memory

VERSION = 1
"""Goes up when the prompt or the check changes enough that what failed before is worth another try."""
MESSAGE_LIMIT = 800
FILES_SHOWN = 8
SYMBOLS_SHOWN = 6
UNKNOWN_SHOWN = 6
TRAILER = re.compile(
    r"^(?:[A-Z][a-z]+(?:-[a-z]+)+: .*@.*|\(cherry picked from commit .*\)|git-svn-id: .*)$", re.MULTILINE
)
SAID = {
    "not json": "it was not one JSON object",
    "schema": "it was not one JSON object with exactly these four keys, short texts in each",
    "cut off": "it was too long",
    "unprintable": "it held line breaks or characters that cannot be printed",
    "unknown name": "it names things that the commit does not",
    "repeats": "two of its sentences say the same",
    "subject only": "it only repeats the subject",
    "instruction": "it speaks to the reader instead of describing the commit",
    "link": "it holds a link",
    "copied": "it copies lines of the diff or trailers of the message",
    "placeholder": "it gives back the words of this request",
}
"""What a model is told of each kind of fault."""


def messages(memory: Memory, faults: Sequence[Fault] = ()) -> list[Message]:
    """The chat for one memory; with the faults of the answer before, but never with that answer itself."""
    shown = render(
        "distill",
        hints=HINTS,
        message=_message(memory.message),
        files="\n".join(_files(memory)),
        diff=telling_diff(memory) or "(not kept)",
        faults=list(dict.fromkeys(SAID[fault.kind] for fault in faults)),
        unknown=[fault.detail for fault in faults if fault.kind == "unknown name"][:UNKNOWN_SHOWN],
    )
    return [{"role": "system", "content": render("distill_system")}, {"role": "user", "content": shown}]


def _message(message: str) -> str:
    plain = TRAILER.sub("", message).strip()
    return plain if len(plain) <= MESSAGE_LIMIT else plain[:MESSAGE_LIMIT] + " [...]"


def _files(memory: Memory) -> list[str]:
    files = memory.change.files
    lines = [f"{file.path}: {', '.join(file.symbols[:SYMBOLS_SHOWN])}".rstrip(": ") for file in files[:FILES_SHOWN]]
    return [*lines, f"and {len(files) - FILES_SHOWN} more"] if len(files) > FILES_SHOWN else lines
