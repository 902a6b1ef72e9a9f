"""What a provider's error means: whether another try can help, how long to wait, and what to tell the user.

litellm's classes do not tell enough (402, 409 and 529 share one, a missing key comes as a 500), so the HTTP status
decides, and the words where one status means several things.
"""

import email.utils
import os
import re
import time
from typing import Any

from memcoder.errors import FaultError, MemcoderError, UsageError

LASTING = 400
"""From here on a status is the provider's refusal; 500 and above are its own faults."""
OWN_FAULT = 500
UNAUTHORISED, NO_CREDIT, FORBIDDEN, NOT_FOUND, TOO_LARGE = 401, 402, 403, 404, 413
PASSING = frozenset({408, 409, 425, 429})
"""Refusals that time mends."""
NO_KEY = re.compile(r"missing (credentials|\w+ api key)|api_key client option must be set|no api key", re.I)
BAD_KEY = re.compile(rf"{NO_KEY.pattern}|invalid.{{0,3}}api.?key", re.I)
CREDIT = re.compile(r"insufficient.{0,3}(quota|credit|balance|funds)|current quota|credit balance|billing", re.I)
LATER = re.compile(r"retry|try again", re.I)
"""Providers that count requests a minute call that a quota too, and say when to come back."""
LONG = re.compile(r"context.length.exceeded|maximum context length|exceeds?.{0,40}context (size|window|length)", re.I)
LARGE = re.compile(r"request too large", re.I)
"""OpenAI's words, with a 429, for one request of more tokens than the account may send a minute: no wait mends it."""
NAMELESS = re.compile(r"LLM Provider NOT provided|model.{0,80}(not found|does not exist|not exist)|unknown model", re.I)
NO_ANSWER = re.compile(r"APIResponse \[200|no 'choices'")
"""litellm's words for a body with status 200 that is no JSON, or not of the form that was expected."""
SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD", re.I)
SECRET = re.compile(r"\b(?:sk|pk|gsk|xai|pplx|hf|r8)[-_][\w*.-]{6,}|\bAIza[\w*-]{10,}|(?<=Bearer )\S{6,}")
SHORTEST_SECRET = 8
PREFIX = re.compile(r"^(?:litellm\.\w+: |\w+Error: |\w+Exception - )+")
SHOWN = 300
"""Characters of a provider's words that a message quotes."""


class ContextError(UsageError):
    """The prompt is longer than the model's context."""


def status_of(error: Exception) -> int | None:
    """The HTTP status behind the error; None where there was no answer, or none that could be read."""
    found = getattr(error, "status_code", None)
    return found if isinstance(found, int) else None


def is_passing(error: Exception) -> bool:
    """Whether another try can help."""
    status, words = status_of(error), str(error)
    if _is_credit(status, words) or BAD_KEY.search(words) or LARGE.search(words):
        return False
    return status is None or status in PASSING or status >= OWN_FAULT


def is_too_long(litellm: Any, error: Exception) -> bool:
    """Whether the prompt was longer than the model's context."""
    status = status_of(error) or OWN_FAULT
    refused = LASTING <= status < OWN_FAULT and status not in PASSING
    said = f"{error} {getattr(error, 'body', None) or ''}"
    known = isinstance(error, litellm.exceptions.ContextWindowExceededError)
    long = status == TOO_LARGE or bool(LONG.search(said))
    return known or (refused and long) or (LASTING <= status < OWN_FAULT and bool(LARGE.search(said)))


def asked_wait(error: Exception) -> float | None:
    """Seconds that the provider asks to wait: `Retry-After` as seconds or as a date, or `retry-after-ms`."""
    # litellm makes up an empty response of its own and keeps what the server sent beside it
    headers = getattr(error, "litellm_response_headers", None) or {}
    milliseconds, asked = _number(headers.get("retry-after-ms")), headers.get("retry-after")
    if milliseconds is not None:
        return milliseconds / 1000
    if asked is None or (seconds := _number(asked)) is not None:
        return seconds if asked is not None else None
    try:
        return max(0.0, email.utils.parsedate_to_datetime(asked).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _number(text: Any) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", str(text)) else None


def explain(litellm: Any, error: Exception, name: str, provider_name: str, key: str | None = None) -> MemcoderError:
    """The error in our words, with what to do about it; never with a key in it."""
    status, words = status_of(error), str(error)
    reason = f"{name}: {clean(words, key)}"
    if is_too_long(litellm, error):
        return ContextError(f"the prompt is too long for {reason}", "use a model with a larger context")
    if _is_credit(status, words):
        return UsageError(
            f"no credit: {reason}", "add credit at the provider, or choose another model; then repeat", "model"
        )
    if status in (UNAUTHORISED, FORBIDDEN) or BAD_KEY.search(words):
        what = "there is no key" if NO_KEY.search(words) else "the key was refused"
        return UsageError(f"{what}: {reason}", _key_hint(litellm, provider_name), "model")
    if status == NOT_FOUND or NAMELESS.search(words):
        return UsageError(
            f"unknown model: {reason}", "is the model's name right? litellm's form is provider/model", "model"
        )
    if status is not None and LASTING <= status < OWN_FAULT and status not in PASSING:
        return UsageError(f"the request was refused: {reason}", "is the model's name right, and does it take chats?")
    if status is None or NO_ANSWER.search(words):
        reason = f"{name} gave what is no answer: {clean(words, key)}"
    return FaultError(reason, "the run is kept; the same command continues it", "model")


def clean(words: str, key: str | None = None) -> str:
    """A provider's words on one line of printable characters, cut, without litellm's prefixes and without keys."""
    line = "".join(char if char.isprintable() else " " for char in PREFIX.sub("", words.strip()))
    for secret in sorted(_secrets(key), key=len, reverse=True):
        line = line.replace(secret, "[key]")
    return " ".join(SECRET.sub("[key]", line).split())[:SHOWN]


def _secrets(key: str | None) -> set[str]:
    held = {value for name, value in os.environ.items() if SECRET_NAME.search(name)} | {key or ""}
    return {secret for secret in held if len(secret) >= SHORTEST_SECRET}


def _is_credit(status: int | None, words: str) -> bool:
    refused = status is not None and LASTING <= status < OWN_FAULT
    return status == NO_CREDIT or (refused and bool(CREDIT.search(words)) and not LATER.search(words))


def _key_hint(litellm: Any, provider_name: str) -> str:
    try:
        missing = litellm.validate_environment(provider_name)["missing_keys"]
    except Exception:
        missing = ["the provider's key, e.g. OPENAI_API_KEY,"]
    if missing:
        return f"set {' or '.join(missing)} in the environment"
    return "the environment has a key for this provider, and it was refused: is it whole, valid, and of this account?"
