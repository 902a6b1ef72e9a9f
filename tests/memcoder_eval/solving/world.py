"""A shop with a past and a future, one instance of it, and a model that keeps what it was asked."""

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from memcoder_eval.dataset import Instance, load
from memcoder_eval.solving.arms import ARMS
from memcoder_eval.solving.memory import memory_of, prepare_memory
from memcoder_eval.solving.remember import Prepared
from memcoder_eval.solving.sight import source_of
from memcoder_eval.solving.solve import MEMORY, solve_instance

from memcoder import Repository, Settings
from memcoder.models.base import PLAIN, Message, Reply, Sampling, Tool, ToolCall
from memcoder.models.calls import make_call
from memcoder.records import Usage
from tests.helpers import GitRepo, make_shop

ISSUE = "format_price puts the currency last: format_price(2) gives 2.00 EUR and should give EUR 2.00 for each price"
REPORTS = "def monthly(sales):\n    return sum(sales) / len(sales)\n"
DISTILLED: dict[str, Any] = {
    "keywords": ["told by a model"],
    "problem": "Somebody who used it got what nobody wanted.",
    "root_cause": "The code as it was took a case for another one.",
    "solution": "Both cases are told apart by the change.",
}
FIELDS = ("hints_text", "test_patch", "FAIL_TO_PASS", "PASS_TO_PASS", "eval_script")
CANARIES = {name: f"canary{name.lower().replace('_', '')}" for name in (*FIELDS, "patch", "message", "file")}
"""Where each stands: in a field of the record, or in a later commit."""


SETTINGS = Settings(
    model="scripted:none", strategy="tools", sandbox="local", embedder="hashing", reproduce=False, recall_k=2
)


@dataclass
class Recorder:
    """Asks memory, looks for canaries and changes a file in its sandbox, submits; it keeps all that it was asked."""

    name: str = "recorder"
    can_infill: bool = False
    can_prefill: bool = False
    can_call_tools: bool = True
    context: int = 1_000_000
    prompts: list[Any] = field(default_factory=list)
    distils: str = json.dumps(DISTILLED)
    """What it says of any commit."""
    calls: tuple[tuple[str, dict[str, str]], ...] = (
        ("recall", {"query": "stock and warehouse"}),
        (
            "bash",
            {
                "command": "git log --all -p --format=%B | grep -o 'canary[a-z]*'; grep -rho 'canary[a-z]*' . ; "
                "git cat-file --batch-all-objects --batch | grep -ao 'canary[a-z]*'; "
                """sed -i 's/{amount:.2f} {currency}/{currency} {amount:.2f}/' shop/money.py; git log --format=%s"""
            },
        ),
        ("submit", {"summary": "The currency stands first."}),
    )

    def chat(self, messages: list[Message], how: Sampling = PLAIN, *, tools: list[Tool] | None = None) -> Reply:
        """The next call of the conversation; what it says of any commit where it is asked about one."""
        if "Describe one commit" in str(messages):
            return self.sample(messages, 1, how)[0]
        self.prompts.append(copy.deepcopy(messages))
        name, arguments = self.calls[sum(message["role"] == "assistant" for message in messages)]
        written = ToolCall(id="call", name=name, arguments=arguments).model_dump_json(include={"arguments"})
        call = make_call("call", name, written.removeprefix('{"arguments":')[:-1], tools or ())
        return Reply(text="So be it.", tool_calls=(call,), usage=Usage(calls=1, tokens_in=10, tokens_out=1))

    def sample(self, messages: list[Message], n: int, how: Sampling = PLAIN) -> list[Reply]:
        """What it says of any commit."""
        self.prompts.append(copy.deepcopy(messages))
        return [Reply(text=self.distils, usage=Usage(calls=1))]

    def infill(self, prefix: str, suffix: str, n: int, how: Sampling = PLAIN) -> list[Reply]:
        """Nothing."""
        return []

    def price(self, tokens_in: int, tokens_out: int) -> float | None:
        """It costs nothing."""
        return 0.0

    def close(self) -> None:
        """Nothing was started."""

    @property
    def first(self) -> str:
        """The task as it was told to the run that came last."""
        return str(
            [prompt[-1]["content"] for prompt in self.prompts if "Resolve the issue." in prompt[-1]["content"]][-1]
        )

    @property
    def recalled(self) -> str:
        """What the tool answered in the run that came last."""
        return str([prompt[-1]["content"] for prompt in self.prompts if len(prompt) == 4][-1])


def make_past(folder: Path) -> tuple[GitRepo, str]:
    """The clone in a folder of clones, whose last commit is the fix, and the base commit before it."""
    repo, _ = make_shop(folder / "example__shop")
    repo.commit("Remove the tests, which told nothing", {"tests/test_cart.py": None})
    repo.commit("Prices in reports (#21)\n\nFormats each price with its currency.", {"shop/reports.py": ""})
    repo.commit(
        "Report the mean of a month's sales\n\nEach price comes with its currency last.", {"shop/reports.py": REPORTS}
    )
    quiet = REPORTS.replace("/ len(sales)", "/ max(len(sales), 1)")
    base = repo.commit(
        "Fix the report of a month without sales\n\nIt gives no price, and puts no currency.",
        {"shop/reports.py": quiet},
    )
    fixed = (repo.path / "shop/money.py").read_text().replace("{amount:.2f} {currency}", "{currency} {amount:.2f}")
    told = {"shop/money.py": f"{fixed}# {CANARIES['patch']}\n", "later.txt": CANARIES["file"]}
    repo.commit(f"Put the currency of a price first\n\n{CANARIES['message']}", told)
    return repo, base


def make_instance(repo: GitRepo, base: str, file: Path, **other: Any) -> Instance:
    """The instance, each field that no arm may see with a canary in it."""
    row = {
        "instance_id": "example__shop-21",
        "repo": "example/shop",
        "base_commit": base,
        "problem_statement": ISSUE,
        "patch": f"{repo.git('diff', base, 'HEAD', '--', 'shop')}\n",
        "created_at": "2026-03-01T10:00:00Z",
        **{name: CANARIES[name] for name in FIELDS},
        **{name: [CANARIES[name]] for name in FIELDS if name.isupper()},
        **other,
    }
    file.write_text(json.dumps(row) + "\n")
    return load(file)[0]


@dataclass
class Arms:
    """The instance in all arms, prepared together."""

    instance: Instance
    folder: Path
    settings: Settings = SETTINGS
    model: Recorder = field(default_factory=Recorder)

    @property
    def clones(self) -> Path:
        return self.folder / "clones"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def source(self) -> Repository:
        return source_of(self.instance, self.clones)

    def prepare(self, arms: Sequence[str] = ARMS) -> None:
        """Make what the arms remember."""
        memory = self.out / MEMORY
        prepare_memory([self.instance], arms, self.clones, memory, self.settings, print, model=self.model)

    def memory(self, arm: str) -> Prepared:
        """What an arm's agent remembers."""
        found = memory_of(self.instance, arm, self.out / MEMORY, self.settings, self.source)
        assert found is not None
        return found

    def solve(self, arm: str) -> dict[str, Any]:
        """The row of one arm."""
        return solve_instance(self.instance, arm, self.settings, self.clones, self.out, model=self.model)


def make_arms(folder: Path) -> Arms:
    """The shop and its instance in a folder of their own."""
    repo, base = make_past(folder / "clones")
    return Arms(make_instance(repo, base, folder / "data.jsonl"), folder)
