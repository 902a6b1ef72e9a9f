"""What one run of the Action works with, and what becomes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from memcoder import LanguageModel, Repository, Settings, load_settings
from memcoder.github.api import Api
from memcoder.github.event import Trigger
from memcoder.github.options import Options
from memcoder.github.report import Facts

Word = Literal["verified", "unverified", "refused", "exists", "explained", "remembered", "ignored", "planned"]


@dataclass(frozen=True)
class Outcome:
    """What became of a run; what the Action's outputs and `--json` say."""

    verdict: Word
    reason: str = ""
    pull_request: str = ""
    """Its address."""
    branch: str = ""
    run: str = ""
    """Id of the run of memcoder; its folder is `run_path`."""
    run_path: str = ""
    cost: float | None = None
    stopped: bool = False
    """Whether a limit ended it."""
    summary: str = ""
    """Markdown for the page of the workflow run."""


@dataclass
class Job:
    """One trigger, with everything that handling it needs."""

    trigger: Trigger
    options: Options
    api: Api
    checkout: Path
    """The working tree that `actions/checkout` made; only its git objects are used."""
    out: Path
    """Folder that gets patch, record and page of the run."""
    cache: Path | None = None
    """Folder that is kept from one workflow run to the next, and whose content is believed only where it is signed."""
    server: str = "https://github.com"
    flags: Mapping[str, Any] = field(default_factory=dict)
    """Settings given on the command line."""
    say: Callable[[str], None] = lambda line: None
    model: LanguageModel | None = None
    """Used where the caller has one open, else the settings' model is opened."""

    def settings(self, repo: Repository) -> Settings:
        """The settings as of a commit of the default branch."""
        return load_settings(repo.path, **self.flags)

    @property
    def workflow_run(self) -> str:
        """Address of the workflow run; empty outside of the Action."""
        run = self.trigger.run
        return f"{self.server}/{self.trigger.repository}/actions/runs/{run}" if run else ""

    @property
    def mark(self) -> str:
        """Names what this workflow run says, so that repeating it replaces that."""
        return f"run {self.trigger.run or 'local'} {self.trigger.kind}"

    def facts(self, number: int, **more: Any) -> Facts:
        """For reports about an issue."""
        return Facts(self.server, self.trigger.repository, number, workflow_run=self.workflow_run, **more)
