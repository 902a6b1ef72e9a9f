"""The arms of a benchmark: configurations that are compared."""

from collections.abc import Iterable, Sequence

from memcoder import UsageError


def check_arms(names: Sequence[str], known: Iterable[str]) -> None:
    """Raises UsageError for an arm that the benchmark does not have, and where none is named."""
    arms = list(known)
    unknown = sorted(set(names) - set(arms))
    if unknown or not names:
        raise UsageError(f"unknown arms: {', '.join(unknown) or 'none given'}", f"arms are {', '.join(arms)}")
