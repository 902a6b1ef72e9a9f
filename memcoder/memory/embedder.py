"""The embedder: all-MiniLM-L6-v2 as int8 ONNX on onnxruntime, small, local, pinned by hash.

Model: Wang et al., MiniLM, arXiv 2002.10957, tuned by sentence-transformers; mean pooling, unit length, 384 numbers.
"""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from memcoder.config import Settings, home
from memcoder.errors import MissingError
from memcoder.fetch import EMBEDDER_MODEL, EMBEDDER_TOKENIZER, fetch
from memcoder.memory.text import words

if TYPE_CHECKING:
    import numpy

TOKENS = 128
"""Tokens of a text that are read: a subject and the head of its body."""
BATCH = 32


class Embedder(Protocol):
    """Texts to unit vectors; `name` changes when the vectors would."""

    name: str
    dimension: int

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One vector a text."""


class MiniLM:
    """all-MiniLM-L6-v2, int8."""

    name = f"minilm-{EMBEDDER_MODEL.sha256[:8]}"
    dimension = 384

    def __init__(self, model: Path, tokenizer: Path) -> None:
        import onnxruntime  # type: ignore[import-untyped]
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._names = [given.name for given in self._session.get_inputs()]
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(TOKENS)
        self._tokenizer.enable_padding()

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One vector a text."""
        # Texts of like length together: a batch costs as much as its longest.
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        vectors: list[list[float]] = [[]] * len(texts)
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            for at, vector in zip(chosen, self._batch([texts[at] for at in chosen]).tolist(), strict=True):
                vectors[at] = vector
        return vectors

    def _batch(self, texts: list[str]) -> "numpy.ndarray[Any, Any]":
        import numpy

        encoded = self._tokenizer.encode_batch(texts)
        ids = numpy.array([one.ids for one in encoded], dtype=numpy.int64)
        mask = numpy.array([one.attention_mask for one in encoded], dtype=numpy.int64)
        known = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
        hidden = self._session.run(None, {name: known[name] for name in self._names})[0]
        weights = mask[:, :, None]
        pooled = (hidden * weights).sum(axis=1) / weights.sum(axis=1).clip(min=1)
        return numpy.asarray(pooled / numpy.linalg.norm(pooled, axis=1, keepdims=True).clip(min=1e-9))


class HashingEmbedder:
    """Words hashed into a fixed number of buckets: deterministic, needs no file; for tests and places offline."""

    name = "hashing-256"
    dimension = 256

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One vector a text."""
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> list[float]:
        vector = [0.0] * self.dimension
        for word in words(text):
            digest = hashlib.blake2b(word.encode(), digest_size=4).digest()
            vector[int.from_bytes(digest[:2], "big") % self.dimension] += 1.0 if digest[2] & 1 else -1.0
        norm = sum(value * value for value in vector) ** 0.5 or 1.0
        return [value / norm for value in vector]


def embedder_name(settings: Settings) -> str:
    """Name of the embedder that the settings name, without loading it."""
    known = {"minilm": MiniLM.name, "hashing": HashingEmbedder.name}
    return known.get(settings.embedder, settings.embedder)


def open_embedder(settings: Settings) -> Embedder | None:
    """The embedder that the settings name; None for `none`. Raises MissingError where its files cannot be had."""
    if settings.embedder == "none":
        return None
    if settings.embedder == "hashing":
        return HashingEmbedder()
    return _minilm(home() / "models")


@lru_cache(maxsize=2)
def _minilm(folder: Path) -> MiniLM:
    """Loaded once a process: loading takes longer than a query."""
    try:
        return MiniLM(fetch(EMBEDDER_MODEL, folder), fetch(EMBEDDER_TOKENIZER, folder))
    except ImportError as error:
        raise MissingError(f"the embedder cannot be loaded: {error}", "reinstall memcoder-agent") from error
