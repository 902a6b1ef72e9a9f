"""Datasets by name, from the hub or from a file, and the instances that were used to build memcoder."""

import json
import os
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from memcoder import MissingError

NAMES = {
    "full": "SWE-bench/SWE-bench",
    "lite": "SWE-bench/SWE-bench_Lite",
    "verified": "SWE-bench/SWE-bench_Verified",
    "multilingual": "SWE-bench/SWE-bench_Multilingual",
    "multimodal": "SWE-bench/SWE-bench_Multimodal",
}
"""Short names, and what the hub calls them."""
HUB = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*")


def find(name: str, out: Path) -> Path:
    """The JSONL file of a dataset: the file of that name, else the hub's, kept in `out` for the next time.

    Raises MissingError where there is no such file and the hub does not answer.
    """
    if Path(name).is_file():
        return Path(name)
    hub = NAMES.get(name.lower(), name)
    if not HUB.fullmatch(hub):
        raise MissingError(f"there is no file {name}", f"give a JSONL file, or one of {', '.join(NAMES)}")
    kept = out / f"{hub.replace('/', '__')}.jsonl"
    if not kept.is_file():
        _write(kept, _download(hub))
    return kept


def in_lite() -> frozenset[str]:
    """Ids of Verified that are in Lite too: memcoder was built with Lite in sight."""
    text = (files("memcoder_eval.swebench") / "verified_in_lite.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def _download(hub: str) -> list[dict[str, Any]]:
    """The test split of a dataset of the hub."""
    try:
        from datasets import load_dataset
    except ImportError as error:
        raise MissingError("the package datasets is missing", "pip install 'memcoder-agent[eval]'") from error
    try:
        return [dict(row) for row in load_dataset(hub, split="test")]
    except Exception as error:  # whatever its many layers raise: without the data nothing can be done here
        raise MissingError(
            f"the hub does not give {hub}: {' '.join(str(error).split())[:200]}",
            f"download https://huggingface.co/datasets/{hub} elsewhere and give its rows as JSONL: --dataset FILE",
        ) from error


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    """The file is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text("".join(json.dumps(row, default=str) + "\n" for row in rows), encoding="utf-8")
    os.replace(part, path)
