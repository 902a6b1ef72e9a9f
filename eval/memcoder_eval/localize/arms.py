"""Arms: which rankers of recall are left out, and whether a model reranks."""

from collections.abc import Mapping

from memcoder import UsageError

BM25 = "file-words"
"""The ranker that is BM25 over whole files."""
DROP = "full-without-"
MODEL_ARM = "full+model"
DROP_ONE = "drop-one"
"""Short for every arm that leaves out one ranker."""
DEFAULT = "bm25,code,full"


def chosen(text: str, rankers: Mapping[str, str]) -> list[str]:
    """The arms of a list with commas, each once. Raises UsageError for one that does not exist."""
    drops = [DROP + name for name in rankers]
    known = ["bm25", "code", "full", *drops, MODEL_ARM]
    names: list[str] = []
    for name in filter(None, (part.strip() for part in text.split(","))):
        names += drops if name == DROP_ONE else [name]
    unknown = sorted(set(names) - set(known))
    if unknown or not names:
        hint = f"arms are bm25, code, full, {DROP}RANKER, {DROP_ONE} (all of those), {MODEL_ARM}"
        raise UsageError(
            f"unknown arms: {', '.join(unknown) or 'none given'}", f"{hint}; rankers: {', '.join(rankers)}"
        )
    return list(dict.fromkeys(names))


def without(arm: str, rankers: Mapping[str, str]) -> frozenset[str]:
    """The rankers that an arm leaves out; `rankers` maps each name to `code` or `history`."""
    if arm == "bm25":
        return frozenset(rankers) - {BM25}
    if arm == "code":
        return frozenset(name for name, kind in rankers.items() if kind == "history")
    return frozenset({arm.removeprefix(DROP)}) if arm.startswith(DROP) else frozenset()


def in_order(arms: list[str]) -> list[str]:
    """The order in which an instance's arms run: the model's last, so that what is cheap shares what is kept."""
    return sorted(arms, key=lambda arm: arm == MODEL_ARM)
