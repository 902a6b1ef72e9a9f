"""The loop that trains an adapter: plain torch and peft, on CPU or GPU, resumed wherever it was cut off.

Low-rank updates (LoRA, arXiv 2106.09685) of all linear layers but the last. Given the same base, examples, settings
and number of threads the same bytes come out, interrupted or not.
"""

import json
import os
import random
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from memcoder.errors import FaultError, LimitError, UsageError
from memcoder.internalize.training import checkpoint
from memcoder.internalize.training.chat import Chat
from memcoder.internalize.training.example import Example, Step, Training
from memcoder.internalize.training.loss import batch_loss
from memcoder.internalize.training.need import require_libraries
from memcoder.internalize.training.schedule import batches, rate
from memcoder.models.adapters.weights import load_base

ADAPTER = "adapter"
SAVE_SECONDS = 60.0
"""A cut costs at most so much work."""
LARGEST_GRADIENT = 1.0

Report = Callable[[Step], None]


def train(
    base: Path,
    examples: Sequence[Example],
    folder: Path,
    how: Training,
    *,
    start: Path | None = None,
    progress: Report | None = None,
    max_time: float | None = None,
    save_seconds: float = SAVE_SECONDS,
) -> Path:
    """Train an adapter for `base` and return its PEFT folder, `folder/adapter`.

    `start` is the PEFT folder of an adapter to go on from. Checkpoints lie in `folder`; the same call goes on from
    there, and returns at once where it was done. Raises LimitError after `max_time` seconds (the checkpoint is
    written), UsageError without examples or where `folder` holds another training, MissingError without the extra
    `train`, FaultError where the loss is no number.
    """
    require_libraries()
    if not examples:
        raise UsageError("there is nothing to train on", "accept fixes first: `memcoder review RUN --accept`")
    if start is not None and not (start / "adapter_model.safetensors").is_file():
        raise UsageError(f"{start} holds no adapter as safetensors", "name a folder that PEFT saved")
    checkpoint.claim(folder, checkpoint.fingerprint(base, examples, how, start))
    done = folder / ADAPTER
    if not done.exists():
        with repeatable(how):
            _Run(base, examples, folder, how, start).go(progress, max_time, save_seconds)
    return done


@contextmanager
def repeatable(how: Training) -> Iterator[None]:
    """Torch as it must be for the same bytes to come out; as it was before afterwards."""
    import torch

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what CUDA needs to add in a fixed order
    threads, exact = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng():
        torch.set_num_threads(how.threads)
        torch.use_deterministic_algorithms(True)
        torch.manual_seed(how.seed)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(exact)
            torch.set_num_threads(threads)


class _Run:
    """One training in progress."""

    def __init__(
        self, base: Path, examples: Sequence[Example], folder: Path, how: Training, start: Path | None
    ) -> None:
        import torch

        self.base, self.examples, self.folder, self.how = base, examples, folder, how
        model, tokenizer = load_base(base)
        torch.manual_seed(how.seed)  # whatever loading drew
        self.model = _with_adapter(model, how, start)
        self.chat = Chat(tokenizer)
        self.weights = {name: one for name, one in self.model.named_parameters() if one.requires_grad}
        self.optimizer = torch.optim.AdamW(self.weights.values(), lr=how.learning_rate, weight_decay=0.0)
        self.steps = batches(examples, how)
        self.at = 0
        if (kept := checkpoint.load(folder)) is not None:
            self._restore(kept)

    def go(self, progress: Report | None, max_time: float | None, save_seconds: float) -> None:
        """Every step that is left, then the adapter, which appears whole."""
        began = saved = time.monotonic()
        first = self.at
        while self.at < len(self.steps):
            loss = self._step()
            now = time.monotonic()
            over = max_time is not None and now - began >= max_time and self.at < len(self.steps)
            if over or now - saved >= save_seconds:
                checkpoint.save(self.folder, self._state())
                saved = now
            if progress is not None:
                progress(self._tell(loss, now - began, self.at - first))
            if over:
                raise LimitError(
                    f"{max_time:.0f} s were not enough: {self.at} of {len(self.steps)} steps are done",
                    "the same command again goes on from there",
                )
        _keep(self.model, self.base, self.folder / ADAPTER)
        (self.folder / checkpoint.NAME).unlink(missing_ok=True)

    def _step(self) -> float:
        import torch

        for group in self.optimizer.param_groups:
            group["lr"] = rate(self.at, len(self.steps), self.how)
        loss = batch_loss(self.model, self.chat, [self.examples[at] for at in self.steps[self.at]], self.how)
        value = float(loss.detach())
        if value != value:
            raise FaultError(f"the loss of step {self.at + 1} is no number", "train at a lower learning rate")
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.weights.values(), LARGEST_GRADIENT)
        self.optimizer.step()
        self.at += 1
        return value

    def _tell(self, loss: float, seconds: float, here: int) -> Step:
        left = seconds / here * (len(self.steps) - self.at)
        return Step(step=self.at, steps=len(self.steps), loss=loss, seconds=seconds, left=left, memory=_most_memory())

    def _state(self) -> dict[str, Any]:
        import torch

        return {
            "at": self.at,
            "weights": {name: one.detach() for name, one in self.weights.items()},
            "optimizer": self.optimizer.state_dict(),
            "chance": torch.get_rng_state(),
        }

    def _restore(self, kept: dict[str, Any]) -> None:
        import torch

        with torch.no_grad():
            for name, one in self.weights.items():
                one.copy_(kept["weights"][name])
        self.optimizer.load_state_dict(kept["optimizer"])
        torch.set_rng_state(kept["chance"])
        self.at = int(kept["at"])


def _with_adapter(model: Any, how: Training, start: Path | None) -> Any:
    import torch
    from peft import LoraConfig, PeftModel, get_peft_model

    model.to("cuda" if torch.cuda.is_available() else "cpu")
    if start is not None:
        found = PeftModel.from_pretrained(model, str(start), is_trainable=True)
        had: Any = found.peft_config["default"]
        if (had.r, had.lora_alpha) != (how.rank, how.alpha):
            raise UsageError(
                f"{start} has rank {had.r} and alpha {had.lora_alpha}, not {how.rank} and {how.alpha}",
                "go on with the settings that it was trained with",
            )
        return found
    wanted = LoraConfig(
        r=how.rank, lora_alpha=how.alpha, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    return get_peft_model(model, wanted)


def _keep(model: Any, base: Path, folder: Path) -> None:
    """Save the adapter whole or not at all, its configuration in one fixed spelling."""
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.{random.randrange(1 << 32)}")  # noqa: S311
    try:
        model.save_pretrained(str(draft), safe_serialization=True, save_embedding_layers=False)
        path = draft / "adapter_config.json"
        found = json.loads(path.read_text(encoding="utf-8"))
        found["base_model_name_or_path"] = base.name  # not where it lay on this machine
        found["target_modules"] = sorted(found["target_modules"])  # a set, in the order of this process's hashes
        path.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        (draft / "README.md").unlink(missing_ok=True)  # a form that nobody filled in
        os.replace(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _most_memory() -> int:
    """Bytes that this process held at most."""
    import resource
    import sys

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
