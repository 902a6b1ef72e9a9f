"""Keys under which a run's log keeps what was asked and tried: equal for equal questions, in every sitting."""

import hashlib
import json
from typing import Any

from memcoder.records import Attempt


def key_of(*parts: Any) -> str:
    """A short stable key of JSON-like parts."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:24]


def mark_of(attempt: Attempt) -> str:
    """What tells an attempt from others: a run that was stopped and goes on may give a number again."""
    return key_of(attempt.candidate, attempt.number, attempt.origin, attempt.action, attempt.after)
