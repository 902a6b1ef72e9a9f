"""Models behind an HTTP API, through litellm: every hosted provider, and any server that speaks OpenAI's protocol."""

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

from memcoder.errors import FaultError, LimitError, MemcoderError, UsageError
from memcoder.models import accounting
from memcoder.models.base import LINE, PLAIN, Listen, Message, Reply, Sampling, Say, Tool, ToolCall
from memcoder.models.caching import mark_prefix, wants_marks
from memcoder.models.calls import plain_message, read_calls
from memcoder.models.faults import ContextError, explain
from memcoder.models.overflow import Fitted, fit, size
from memcoder.models.patience import Deadline, patiently
from memcoder.models.tokens import BREAK, plain_text, restore
from memcoder.records import Usage

REQUEST_TIMEOUT = 600.0
UNKNOWN_CONTEXT = 32_768
EMPTY_TRIES = 3
WARMER = 0.3
"""How much more is left to chance each time that an answer was empty: the same question would get the same answer."""
SHRINK = 0.75
"""Of what a conversation has, by our guess, where the provider says that it is too long."""


def load_litellm() -> Any:
    """litellm, imported late (it takes seconds), with its own price map, silent and without telemetry."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    import litellm

    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.drop_params = True
    return litellm


class HostedModel:
    """One model name, one optional server; what can be mended by trying again or by a shorter prompt is mended."""

    def __init__(
        self,
        name: str,
        *,
        provider_name: str | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
        context: int | None = None,
        tools: bool | None = None,
        fim: tuple[str, str, str] | None = None,
        free: bool = False,
        prefill: bool = False,
        say: Say | None = None,
        listen: Listen | None = None,
    ) -> None:
        """`provider_name` is what litellm is told; `fim` the prefix, suffix and middle marks of an infilling model.

        `context` and `tools` (whether it calls them) are looked up where they are not given. `say` gets a line for
        each thing that is tried again or left out, `listen` the text of single answers as it comes.
        """
        self.name = name
        self._litellm = load_litellm()
        self._provider_name = provider_name or name
        self._key = api_key
        self._check_provider(base_url)
        self._connection = {key: value for key, value in (("api_base", base_url), ("api_key", api_key)) if value}
        self._fim, self._free = fim, free
        self._say, self._listen = say or (lambda line: None), listen
        known = context or self._known_context()
        self.context = known or UNKNOWN_CONTEXT
        self._context_is_known = bool(known)
        self.can_infill = fim is not None
        self.can_prefill = prefill
        self.can_call_tools = self._known_to_call_tools() if tools is None else tools
        self._marks = wants_marks(self._litellm, self._provider_name)

    def chat(self, messages: list[Message], how: Sampling = PLAIN, *, tools: list[Tool] | None = None) -> Reply:
        """One answer."""
        if tools and not self.can_call_tools:
            raise UsageError(
                f"{self.name} is not known to call tools", "set MEMCODER_MODEL_TOOLS=true if it does, or use another"
            )
        return self._answered(messages, 1, how, _deadline(how), tools or [])[0]

    def sample(self, messages: list[Message], n: int, how: Sampling) -> list[Reply]:
        """`n` answers, in one request where the server gives as many, else in several."""
        deadline = _deadline(how)
        replies = self._answered(messages, n, how, deadline)
        while len(replies) < n:
            another = how.model_copy(update={"seed": how.seed + len(replies)})
            replies += self._answered(messages, 1, another, deadline, again=True)
        return replies[:n]

    def infill(self, prefix: str, suffix: str, n: int, how: Sampling) -> list[Reply]:
        """`n` versions of the middle, by the server's text completion."""
        if self._fim is None:
            raise UsageError(f"{self.name} cannot fill in the middle", "use --model embedded")
        before, after, middle = self._fim
        options = {
            "model": f"text-completion-openai/{self._provider_name.partition('/')[2]}",
            "prompt": f"{before}{plain_text(prefix)}{after}{plain_text(suffix)}{middle}",
            "n": n,
            **self._drawn(how.model_copy(update={"stop": how.stop or LINE})),
        }
        started = time.monotonic()
        response = self._patiently(
            lambda left: _checked(self._litellm.text_completion(**options, timeout=left)), _deadline(how)
        )
        return self._replies(response, started, lambda choice: (choice.text or "", ()))

    def price(self, tokens_in: int, tokens_out: int) -> float | None:
        """US dollars by litellm's price map; None where it does not know the model."""
        return 0.0 if self._free else accounting.price(self._litellm, self._provider_name, tokens_in, tokens_out)

    @property
    def connection(self) -> dict[str, str]:
        """How litellm reaches it: `model`, and where they are set `api_base` and `api_key`. A secret, like any key."""
        return {"model": self._provider_name, **self._connection}

    def close(self) -> None:
        """Nothing was started."""

    def _check_provider(self, base_url: str | None) -> None:
        """Raises UsageError where litellm does not know who serves the model: before anything is done for its sake."""
        try:
            self._litellm.get_llm_provider(model=self._provider_name, api_base=base_url)
        except self._litellm.exceptions.BadRequestError as error:
            raise self.explain(error) from error

    def _answered(
        self,
        messages: list[Message],
        n: int,
        how: Sampling,
        deadline: Deadline,
        tools: Sequence[Tool] = (),
        *,
        again: bool = False,
    ) -> list[Reply]:
        """Answers of which at least one says something; empty ones are paid for too, so their usage is counted.

        Raises FaultError where there is nothing but empty ones. `again`: the prompt was sent before.
        """
        empty = Usage()
        for number in range(EMPTY_TRIES):
            warmer = how.model_copy(
                update={"temperature": how.temperature + number * WARMER, "seed": how.seed + number * n}
            )
            replies = self._fitted(messages, n, warmer, tools, deadline, again=again or number > 0)
            first = replies[0].model_copy(update={"usage": empty + replies[0].usage})
            if any(reply.text or reply.tool_calls or reply.finish == "length" for reply in replies):
                return [first, *replies[1:]]
            empty = first.usage
            self._say(f"{self.name} answered with nothing ({number + 1} of {EMPTY_TRIES} tries)")
        raise FaultError(
            f"{self.name} answered with nothing, {EMPTY_TRIES} times",
            "the run is kept; the same command continues it",
        )

    def _fitted(
        self, messages: list[Message], n: int, how: Sampling, tools: Sequence[Tool], deadline: Deadline, *, again: bool
    ) -> list[Reply]:
        """Answers to the conversation, without its oldest observations where it is too long."""
        plain = [plain_message(message) for message in messages]
        room = self.context - how.max_tokens - size([{"role": "system", "content": str(tools)}] if tools else [])
        fitted = fit(plain, room) if self._context_is_known else Fitted(plain)
        while True:
            self._tell(fitted)
            try:
                return self._request(fitted, n, how, tools, deadline, again=again)
            except ContextError:
                shorter = fit(plain, int(size(fitted.messages) * SHRINK))
                if size(shorter.messages) >= size(fitted.messages):
                    raise
                fitted = shorter

    def _tell(self, fitted: Fitted) -> None:
        if fitted.left_out:
            self._say(f"the conversation is longer than the model's context: {fitted.left_out} observations left out")

    def _request(
        self, fitted: Fitted, n: int, how: Sampling, tools: Sequence[Tool], deadline: Deadline, *, again: bool
    ) -> list[Reply]:
        messages = fitted.messages
        options = {
            "model": self._provider_name,
            "messages": mark_prefix(messages, again=again or n > 1) if self._marks else messages,
            **self._drawn(how),
            **_shape(how),
            **({"n": n} if n > 1 else {}),
            **({"tools": list(tools)} if tools else {}),
        }
        # an answer that was empty may come from a server that cannot stream, so that is not tried twice
        streams = self._listen is not None and n == 1 and not again
        call = self._stream if streams else self._whole
        started = time.monotonic()
        response = self._patiently(lambda left: call({**options, "timeout": left}), deadline)
        begun = messages[-1]["content"] if messages[-1]["role"] == "assistant" else ""
        replies = self._replies(response, started, lambda choice: _message(choice, begun, tools))
        return [reply.model_copy(update={"left_out": fitted.left_out}) for reply in replies]

    def _whole(self, options: dict[str, Any]) -> Any:
        response = _checked(self._sent(options))
        accounting.count_unreported(self._litellm, response, self._provider_name, options["messages"])
        return response

    def _stream(self, options: dict[str, Any]) -> Any:
        """The same response, its text handed on as it comes. A cut stream is the exception that it is in litellm."""
        listen, ends = self._listen or (lambda text: None), time.monotonic() + options["timeout"]
        chunks = []
        try:
            for chunk in self._sent({**options, "stream": True, "stream_options": {"include_usage": True}}):
                chunks.append(chunk)
                if chunk.choices and chunk.choices[0].delta.content:
                    listen(chunk.choices[0].delta.content.replace(BREAK[1], ""))
                if time.monotonic() > ends:  # litellm's own limit is for each piece
                    raise LimitError(f"{self.name} did not finish its answer in time", "raise --max-time")
        finally:
            if chunks:
                listen("\n")
        return _checked(self._litellm.stream_chunk_builder(chunks, messages=options["messages"]))

    def _sent(self, options: dict[str, Any]) -> Any:
        response = self._litellm.completion(**options)
        if response is None:  # what litellm makes of a 422 when it has no parameter left to drop
            raise UsageError(f"{self.name} refused the request as malformed", "does this model take chats?")
        return response

    def _patiently(self, call: Callable[[float], Any], deadline: Deadline) -> Any:
        return patiently(call, deadline, name=self.name, explain=self.explain, say=self._say)

    def explain(self, error: Exception) -> MemcoderError:
        """What an exception of litellm's means, in our words, with what to do about it; never with a key in it."""
        return explain(self._litellm, error, self.name, self._provider_name, self._key)

    def _drawn(self, how: Sampling) -> dict[str, Any]:
        drawn = {"temperature": how.temperature, "max_tokens": how.max_tokens, "seed": how.seed}
        return {**drawn, "stop": list(how.stop) or None, "num_retries": 0, "max_retries": 0, **self._connection}

    def _replies(
        self, response: Any, started: float, read: Callable[[Any], tuple[str, tuple[ToolCall, ...]]]
    ) -> list[Reply]:
        seconds = time.monotonic() - started
        usage = accounting.usage_of(self._litellm, response, self._provider_name, free=self._free, seconds=seconds)
        replies = []
        for number, choice in enumerate(response.choices):
            text, calls = read(choice)
            finish = "length" if choice.finish_reason == "length" else "stop"
            own = usage if number == 0 else Usage()
            replies.append(Reply(text=restore(text), tool_calls=calls, usage=own, finish=finish))
        return replies

    def _known_context(self) -> int | None:
        try:
            return int(self._litellm.get_model_info(self._provider_name).get("max_input_tokens") or 0)
        except Exception:
            return None

    def _known_to_call_tools(self) -> bool:
        try:
            return bool(self._litellm.supports_function_calling(self._provider_name))
        except Exception:
            return False


def _deadline(how: Sampling) -> Deadline:
    return Deadline.after(REQUEST_TIMEOUT if how.timeout is None else how.timeout)


def _checked(response: Any) -> Any:
    """The response; one without any answer in it is an error that another try may mend."""
    if not response.choices:
        raise ValueError("it has no choices")
    return response


def _message(choice: Any, begun: str, tools: Sequence[Tool]) -> tuple[str, tuple[ToolCall, ...]]:
    """Text and tool calls; some servers give what was begun back with the rest of the answer, and some do not."""
    text = choice.message.content or ""
    calls = read_calls(choice.message.tool_calls or (), tools)
    return text if text.startswith(begun) else begun + text, calls


def _shape(how: Sampling) -> dict[str, Any]:
    """OpenAI's words for an answer that follows a schema; litellm drops them for providers that do not take them."""
    if how.json_schema is None:
        return {}
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": how.json_schema}}}
