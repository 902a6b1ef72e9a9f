"""Prompt and answer as tokens, in the base's own chat template.

The text of a prompt is data: marks of the template that stand in it (`<|im_end|>` in an issue) are encoded as the
characters that they are, never as the tokens that would end the user's turn.
"""

from dataclasses import dataclass
from typing import Any

from memcoder.errors import UsageError

USER, ANSWER = "USER-TEXT-STANDS-HERE", "ANSWER-TEXT-STANDS-HERE"


@dataclass(frozen=True)
class Encoded:
    """One row: the prompt's tokens, then those that are learned or scored."""

    prompt: tuple[int, ...]
    answer: tuple[int, ...]


class Chat:
    """The template around one question and its answer. Raises UsageError where the base has none."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        user = {"role": "user", "content": USER}
        answer = {"role": "assistant", "content": ANSWER}
        try:
            asked = tokenizer.apply_chat_template([user], tokenize=False, add_generation_prompt=True)
            answered = tokenizer.apply_chat_template([user, answer], tokenize=False)
        except ValueError as error:
            raise UsageError("the base has no chat template", "take an instruct model") from error
        before, _, after = asked.partition(USER)
        self._before, self._after = self._marks(before), self._marks(after)
        self._end = self._marks(answered.rpartition(ANSWER)[2].strip())

    def prompt(self, text: str, most: int | None = None) -> tuple[int, ...]:
        """Tokens up to where the answer begins; the text is cut at its end to fit into `most`."""
        content = self._data(text)
        if most is not None:
            content = content[: max(0, most - len(self._before) - len(self._after))]
        return self._before + content + self._after

    def answer(self, text: str) -> tuple[int, ...]:
        """Tokens of an answer, without those that end the turn."""
        return self._data(text)

    def row(self, prompt: str, answer: str, most: int) -> Encoded:
        """A row to learn: the answer with the mark that ends it, in `most` tokens."""
        learned = self._data(answer)[: most // 2 - len(self._end)] + self._end
        return Encoded(self.prompt(prompt, most - len(learned)), learned)

    def text(self, tokens: list[int]) -> str:
        """What tokens say, without the template's marks."""
        return str(self.tokenizer.decode(tokens, skip_special_tokens=True))

    @property
    def stops(self) -> frozenset[int]:
        """Tokens that end an answer."""
        return frozenset((*self._end[:1], *([self.tokenizer.eos_token_id] if self.tokenizer.eos_token else [])))

    def _data(self, text: str) -> tuple[int, ...]:
        return tuple(self.tokenizer(text.strip(), add_special_tokens=False, split_special_tokens=True)["input_ids"])

    def _marks(self, text: str) -> tuple[int, ...]:
        return tuple(self.tokenizer(text, add_special_tokens=False)["input_ids"]) if text else ()
