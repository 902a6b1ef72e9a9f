"""What a call took, in tokens and US dollars: what the provider says, else what can be counted.

Providers count tokens read from a cache, and written to one, among the prompt's; litellm's price map has prices of
their own for both.
"""

from collections.abc import Sequence
from typing import Any

from memcoder.models.base import Message
from memcoder.records import Usage


def usage_of(litellm: Any, response: Any, name: str, *, free: bool, seconds: float) -> Usage:
    """The usage of one response; a price that is not known never stops a run."""
    used = getattr(response, "usage", None)
    details = getattr(used, "prompt_tokens_details", None)
    cost = 0.0 if free else _cost(litellm, response, name)
    return Usage(
        calls=1,
        tokens_in=_count(used, "prompt_tokens"),
        tokens_out=_count(used, "completion_tokens"),
        tokens_cached=_count(details, "cached_tokens"),
        tokens_cache_written=_count(details, "cache_creation_tokens") or _count(used, "cache_creation_input_tokens"),
        cost=cost or 0.0,
        cost_known=cost is not None,
        seconds=seconds,
    )


def count_unreported(litellm: Any, response: Any, name: str, messages: Sequence[Message]) -> None:
    """Fill in the usage of a chat that a server kept silent about, as litellm does for streams."""
    used = getattr(response, "usage", None)
    if used is None or used.prompt_tokens or used.completion_tokens:
        return
    try:
        said = "".join(choice.message.content or "" for choice in response.choices)
        used.prompt_tokens = litellm.token_counter(model=name, messages=list(messages))
        used.completion_tokens = litellm.token_counter(model=name, text=said, count_response_tokens=True)
        used.total_tokens = used.prompt_tokens + used.completion_tokens
    except Exception:
        return  # no tokenizer for this model, or parts it cannot count: zero it stays


def price(litellm: Any, name: str, tokens_in: int, tokens_out: int) -> float | None:
    """US dollars by litellm's price map, nothing cached; None where it does not know the model."""
    try:
        return float(sum(litellm.cost_per_token(model=name, prompt_tokens=tokens_in, completion_tokens=tokens_out)))
    except Exception:
        return None


def _cost(litellm: Any, response: Any, name: str) -> float | None:
    try:
        return float(litellm.completion_cost(completion_response=response, model=name))
    except Exception:
        said = getattr(getattr(response, "usage", None), "cost", None)  # some routers name the price themselves
        return float(said) if isinstance(said, int | float) and not isinstance(said, bool) else None


def _count(holder: Any, key: str) -> int:
    found = getattr(holder, key, None)
    return found if isinstance(found, int) else 0
