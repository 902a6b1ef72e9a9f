"""A model under examination: how likely it holds an answer to be, and what it answers by itself."""

from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from memcoder.errors import UsageError
from memcoder.internalize.training.chat import Chat
from memcoder.internalize.training.need import require_libraries
from memcoder.models.adapters.weights import load_base

LONGEST = 1024
"""Tokens of a question; what is longer is cut at its end."""


class Judge:
    """A base model, alone or with an adapter. It is loaded once, and `wear` changes what it wears."""

    def __init__(self, base: Path, adapter: Path | None = None) -> None:
        """Load it. `adapter` is a PEFT folder. Raises MissingError without the extra `train`."""
        require_libraries()
        import torch

        model, tokenizer = load_base(base)
        self.bare = model.to("cuda" if torch.cuda.is_available() else "cpu")
        self.chat = Chat(tokenizer)
        self.model: Any = self.bare
        self.wear(adapter)

    def wear(self, adapter: Path | None) -> "Judge":
        """Take off the adapter it has, put on another one (None: none), and return itself."""
        from peft import PeftModel

        if isinstance(self.model, PeftModel):
            self.bare = self.model.unload()
            self.model = self.bare
        if adapter is not None:
            if not (adapter / "adapter_model.safetensors").is_file():
                raise UsageError(f"{adapter} holds no adapter as safetensors", "name a folder that PEFT saved")
            self.model = PeftModel.from_pretrained(self.bare, str(adapter)).eval()
        return self

    def likelihood(self, prompt: str, answers: Sequence[str]) -> list[float]:
        """Mean log-probability a token of each answer to the prompt; -inf of an empty answer.

        The prompt, and what all answers begin with, is read once for all of them.
        """
        rows = [self.chat.answer(one) for one in answers]
        wanted = [row for row in rows if row]
        scores = iter(self._scores(self.chat.prompt(prompt, LONGEST), wanted) if wanted else [])
        return [next(scores) if row else float("-inf") for row in rows]

    def answer(self, prompt: str, most: int = 24) -> str:
        """The first line of what it answers, greedily, in at most so many tokens."""
        import torch

        tokens = torch.tensor([self.chat.prompt(prompt, LONGEST)], device=self.model.device)
        said: list[int] = []
        cache = None
        with torch.inference_mode():
            for _ in range(most):
                out = self.model(input_ids=tokens, cache=cache, use_cache=True, logits_to_keep=1)
                chosen = int(out.logits[0, -1].argmax())
                if chosen in self.chat.stops:
                    break
                said.append(chosen)
                cache, tokens = out.cache, torch.tensor([[chosen]], device=self.model.device)
                if "\n" in self.chat.text(said).lstrip("\n"):
                    break
        return self.chat.text(said).strip().partition("\n")[0].strip()

    def _scores(self, prompt: tuple[int, ...], rows: Sequence[tuple[int, ...]]) -> list[float]:
        import torch

        device = self.model.device
        alike = takewhile(lambda column: len(set(column)) == 1, zip(*rows, strict=False))
        same = min(len(list(alike)), min(map(len, rows)) - 1)
        begun, rests = rows[0][:same], [row[same:] for row in rows]
        width = max(map(len, rests))
        answers = torch.tensor([[*rest, *[0] * (width - len(rest))] for rest in rests], device=device)
        with torch.inference_mode():
            ids = torch.tensor([(*prompt, *begun)], device=device)
            read = self.model(input_ids=ids, use_cache=True, logits_to_keep=same + 1)
            cache = read.cache
            cache.batch_repeat_interleave(len(rows))
            # Padded on the right: what comes after an answer cannot be seen by it, so no mask is needed.
            later = self.model(input_ids=answers[:, :-1], cache=cache).logits if width > 1 else None
            first = read.logits[:, -1:].expand(len(rows), -1, -1)
            logits = first if later is None else torch.cat([first, later], dim=1)
            shared = _chosen(read.logits[:, :-1], ids[:, len(prompt) :]).sum()
            chosen = _chosen(logits, answers)
        return [float((shared + chosen[at, : len(rest)].sum()) / len(rows[at])) for at, rest in enumerate(rests)]


def _chosen(logits: Any, tokens: Any) -> Any:
    """Log-probabilities of these tokens, of shape (rows, tokens)."""
    return logits.float().log_softmax(-1).gather(-1, tokens[:, :, None]).squeeze(-1)
