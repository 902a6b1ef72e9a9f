"""Histories of hundreds of commits in a moment, by `git fast-import`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tests.helpers import START, GitRepo

SUBJECTS = ("invoice", "ledger", "parcel", "voucher", "tariff", "customs", "courier", "refund", "basket", "coupon")


@dataclass(frozen=True)
class Planned:
    """A commit to be made on top of `ref`, or of `parent` where it begins the ref."""

    ref: str
    message: str
    files: Mapping[str, str] = field(default_factory=dict)
    parent: str = ""


def fast_import(made: GitRepo, planned: Iterable[Planned]) -> list[str]:
    """Make the commits in their order; their hashes."""
    parts = []
    count = 0
    for count, one in enumerate(planned, start=1):
        when = START + 3600 * made.commits
        made.commits += 1
        said = one.message.encode()
        parts.append(f"commit {one.ref}\nmark :{count}\ncommitter A <a@example.org> {when} +0000\n".encode())
        parts.append(b"data %d\n%s\n" % (len(said), said))
        if one.parent:
            parts.append(f"from {one.parent}\n".encode())
        for path, text in one.files.items():
            raw = text.encode()
            parts.append(f"M 100644 inline {path}\ndata {len(raw)}\n".encode() + raw + b"\n")
    parts.append(b"".join(b"get-mark :%d\n" % number for number in range(1, count + 1)))
    return made.git("fast-import", "--quiet", data=b"".join(parts)).split()


def trade(ref: str = "refs/heads/main", rounds: int = 4) -> list[Planned]:
    """A history of ten modules, each made once and mended `rounds` times; enough fixes to learn weights from."""
    planned = [Planned(ref, "Start", {"README.md": "# Trade\n", "trade/__init__.py": ""})]
    for name in SUBJECTS:
        planned.append(Planned(ref, f"Add the {name} helpers", {f"trade/{name}.py": _module(name, 0)}))
    for turn in range(1, rounds + 1):
        for at, name in enumerate(SUBJECTS):
            other = SUBJECTS[(at + turn) % len(SUBJECTS)]
            message = f"Fix the {name} total that ignored a {other} in round {turn}\n\nThe {name} was short by one."
            planned.append(Planned(ref, message, {f"trade/{name}.py": _module(name, turn)}))
    return planned


def _module(name: str, turn: int) -> str:
    return (
        f"def {name}_total(lines):\n    return sum(lines) + {turn}\n\n\n"
        f"class {name.title()}:\n    def add(self, {name}):\n        self.{name} = {name}\n"
    )
