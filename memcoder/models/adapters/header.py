"""What a GGUF file says of itself before its weights: architecture, sizes, quantisation.

Read here because gguf's own reader also indexes every token and weight, which takes seconds. The format is of
https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, version 3.
"""

import struct
from pathlib import Path
from typing import Any, BinaryIO

from memcoder.errors import UsageError

MAGIC = b"GGUF"
VERSIONS = (2, 3)
SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""GGUF's number of a type → how `struct` reads it."""
STRING, ARRAY = 8, 9
FIELDS_LIMIT = 10_000


def read_header(path: Path) -> dict[str, Any]:
    """Key → value for numbers and strings; arrays, the vocabulary among them, are passed over.

    Raises UsageError where the file is no GGUF of a known version.
    """
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise UsageError(f"{path} is no GGUF file", "give a file that begins with GGUF")
        try:
            return _fields(file)
        except (struct.error, KeyError, ValueError) as error:
            raise UsageError(f"{path} cannot be read as GGUF: {error!r}", "it may be cut off: get it anew") from error


def _fields(file: BinaryIO) -> dict[str, Any]:
    version, _tensors, count = _take(file, "I"), _take(file, "Q"), _take(file, "Q")
    if version not in VERSIONS:
        raise ValueError(f"version {version}")
    if count > FIELDS_LIMIT:
        raise ValueError(f"{count} fields")
    fields = {}
    for _ in range(count):
        key, kind = _text(file), _take(file, "I")
        if kind == ARRAY:
            _skip_array(file)
        else:
            fields[key] = _text(file) if kind == STRING else _take(file, SCALARS[kind])
    return fields


def _skip_array(file: BinaryIO) -> None:
    kind, length = _take(file, "I"), _take(file, "Q")
    if kind == ARRAY:
        raise ValueError("an array of arrays")
    if kind != STRING:
        file.seek(struct.calcsize(f"<{SCALARS[kind]}") * length, 1)
        return
    for _ in range(length):
        file.seek(_take(file, "Q"), 1)


def _text(file: BinaryIO) -> str:
    length = _take(file, "Q")
    data = file.read(length) if length < 1 << 24 else b""
    if len(data) != length:
        raise ValueError("a text that is cut off")
    return data.decode("utf-8", "replace")


def _take(file: BinaryIO, kind: str) -> Any:
    return struct.unpack(f"<{kind}", file.read(struct.calcsize(f"<{kind}")))[0]
