"""What a run was asked for, as its log remembers it, so that it can go on without being told again.

The newest word counts: a sitting that was given other settings, or another delivery, writes them down.
"""

from typing import Any

from memcoder.config import Settings
from memcoder.records import Delivery
from memcoder.runs.log import RunLog

ANEW = frozenset({"model_path", "model_url", "memory_url", "ca_bundle", "base_image"})
"""Settings that say where things are on this machine: read anew by each sitting, so that they can be mended, and
kept out of the record, because a URL may hold a password."""


def asking(settings: Settings, delivery: Delivery) -> dict[str, Any]:
    """What the log keeps of them."""
    kept = settings.model_dump(mode="json", exclude=set(ANEW))
    return {"settings": kept, "delivery": delivery.model_dump(mode="json")}


def asked(log: RunLog) -> tuple[dict[str, Any] | None, Delivery]:
    """The settings and the delivery of a run; no settings where a memcoder wrote it that did not keep them."""
    found: dict[str, Any] = {}
    for event in log.events():
        if event["event"] in ("started", "asked"):
            found |= {key: event[key] for key in ("settings", "delivery") if key in event}
    return found.get("settings"), Delivery.model_validate(found.get("delivery", {}))


def note_asking(log: RunLog, settings: Settings, delivery: Delivery) -> None:
    """Write down what this sitting was asked for, where that is not what the log has."""
    now = asking(settings, delivery)
    kept_settings, kept_delivery = asked(log)
    if now != {"settings": kept_settings, "delivery": kept_delivery.model_dump(mode="json")}:
        log.append("asked", **now)
