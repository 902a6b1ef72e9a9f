"""Tasks in the order of time."""

from collections.abc import Iterable
from datetime import UTC, datetime

from memcoder import Repository
from memcoder_eval.dataset import Instance


def created(instance: Instance) -> int:
    """When a task came up, in Unix seconds, as the dataset says (`created_at`: ISO 8601, or seconds); else 0."""
    said = instance.row.get("created_at")
    if isinstance(said, int | float):
        return int(said)
    try:
        time = datetime.fromisoformat(str(said))
    except ValueError:
        return 0
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())


def in_time(repo: Repository, instances: Iterable[Instance]) -> list[Instance]:
    """By the time they came up; those of one time by how much history lies before them, then by name."""
    return sorted(instances, key=lambda one: (created(one), len(repo.ancestors(one.question.base_commit)), one.id))
