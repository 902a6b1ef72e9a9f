"""Models behind an HTTP API, through litellm: every hosted provider, and any server that speaks OpenAI's protocol."""

import os
import time
from collections.abc import Callable
from typing import Any

from memcoder.errors import FaultError, LimitError, MemcoderError, UsageError
from memcoder.models.base import LINE, PLAIN, Message, Reply, Sampling
from memcoder.models.tokens import plain_text, restore
from memcoder.records import Usage

TRIES = 5
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
REQUEST_TIMEOUT = 600.0


def load_litellm() -> Any:
    """litellm, imported late (it takes seconds), with its own price map, silent and without telemetry."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    import litellm

    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.drop_params = True
    return litellm


class HostedModel:
    """One model name, one optional server; retries on 429, 5xx and lost connections, with backoff."""

    def __init__(
        self,
        name: str,
        *,
        provider_name: str | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
        context: int = 0,
        fim: tuple[str, str, str] | None = None,
        free: bool = False,
        prefill: bool = False,
    ) -> None:
        """`provider_name` is what litellm is told; `fim` the prefix, suffix and middle marks of an infilling model."""
        self.name = name
        self.can_infill = fim is not None
        self.can_prefill = prefill
        self._litellm = load_litellm()
        self._provider_name = provider_name or name
        self._connection = {key: value for key, value in (("api_base", base_url), ("api_key", api_key)) if value}
        self._fim, self._free = fim, free
        self.context = context or self._known_context()

    def chat(
        self, messages: list[Message], how: Sampling = PLAIN, *, tools: list[dict[str, Any]] | None = None
    ) -> Reply:
        """One answer."""
        return self._complete(messages, how, {"tools": tools} if tools else {})[0]

    def sample(self, messages: list[Message], n: int, how: Sampling) -> list[Reply]:
        """`n` answers, in one request where the server gives as many, else in several."""
        started = time.monotonic()
        replies = self._complete(messages, how, {"n": n} if n > 1 else {})
        while len(replies) < n:
            left = None if how.timeout is None else how.timeout - (time.monotonic() - started)
            another = how.model_copy(update={"seed": how.seed + len(replies), "timeout": left})
            replies += self._complete(messages, another, {})
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
        }
        how = how.model_copy(update={"stop": how.stop or LINE})
        response, seconds = self._patiently(self._litellm.text_completion, options, how)
        return self._replies(response, seconds, lambda choice: (choice.text or "", ()))

    def price(self, tokens_in: int, tokens_out: int) -> float | None:
        """US dollars by litellm's price map; None where it does not know the model."""
        if self._free:
            return 0.0
        try:
            costs = self._litellm.cost_per_token(
                model=self._provider_name, prompt_tokens=tokens_in, completion_tokens=tokens_out
            )
        except Exception:
            return None
        return float(sum(costs))

    def close(self) -> None:
        """Nothing was started."""

    def _complete(self, messages: list[Message], how: Sampling, options: dict[str, Any]) -> list[Reply]:
        plain = [{**message, "content": _plain(message.get("content") or "")} for message in messages]
        asked = {"model": self._provider_name, "messages": plain, **_shape(how), **options}
        response, seconds = self._patiently(self._litellm.completion, asked, how)
        begun = plain[-1]["content"] if plain[-1]["role"] == "assistant" else ""
        return self._replies(response, seconds, lambda choice: _message(choice, begun))

    def _patiently(self, call: Callable[..., Any], options: dict[str, Any], how: Sampling) -> tuple[Any, float]:
        """The response and the seconds it took; waits and tries again where that can help."""
        started, limit = time.monotonic(), REQUEST_TIMEOUT if how.timeout is None else how.timeout
        drawn = {"temperature": how.temperature, "max_tokens": how.max_tokens, "seed": how.seed}
        fixed = {"stop": list(how.stop) or None, "num_retries": 0, "max_retries": 0, **self._connection}
        for attempt in range(TRIES):
            left = limit - (time.monotonic() - started)
            if left <= 0:
                raise LimitError(f"{self.name} did not answer within {limit:.0f} s", "raise --max-time")
            try:
                return call(**options, **drawn, **fixed, timeout=left), time.monotonic() - started
            except Exception as error:
                wait = self._wait(error, attempt, how.timeout is not None)
                if attempt + 1 == TRIES:
                    raise self._explain(error) from error
                time.sleep(min(wait, max(0.0, left)))
        raise AssertionError("not reached")

    def _wait(self, error: Exception, attempt: int, limited: bool) -> float:
        """Seconds until the next try. Raises what the error means where another try cannot help."""
        kinds = self._litellm.exceptions
        if isinstance(error, kinds.Timeout) and limited:
            raise LimitError(f"{self.name} did not answer in the time that was left", "raise --max-time") from error
        passing = (
            kinds.RateLimitError,
            kinds.InternalServerError,
            kinds.ServiceUnavailableError,
            kinds.BadGatewayError,
        )
        if not isinstance(error, (*passing, kinds.APIConnectionError, kinds.Timeout)):
            raise self._explain(error) from error
        # litellm makes up an empty response of its own and keeps what the server sent beside it
        headers = getattr(error, "litellm_response_headers", None) or {}
        asked = str(headers.get("retry-after", ""))
        return min(LONGEST_WAIT, float(asked) if asked.replace(".", "", 1).isdigit() else FIRST_WAIT * 2**attempt)

    def _explain(self, error: Exception) -> MemcoderError:
        kinds = self._litellm.exceptions
        reason = f"{self.name}: {str(error).strip()[:300]}"
        if isinstance(error, kinds.ContextWindowExceededError):
            return UsageError(f"the prompt is too long for {reason}", "use a model with a larger context")
        if isinstance(error, kinds.AuthenticationError | kinds.PermissionDeniedError):
            return UsageError(reason, "set the provider's key in the environment, e.g. OPENAI_API_KEY")
        if isinstance(error, kinds.NotFoundError | kinds.BadRequestError):
            return UsageError(reason, "is the model's name right? litellm's form is provider/model")
        return FaultError(reason, "the run is kept; the same command continues it")

    def _replies(
        self, response: Any, seconds: float, read: Callable[[Any], tuple[str, tuple[Any, ...]]]
    ) -> list[Reply]:
        cost = 0.0 if self._free else self._cost(response)
        used = getattr(response, "usage", None)
        usage = Usage(
            calls=1,
            tokens_in=getattr(used, "prompt_tokens", 0) or 0,
            tokens_out=getattr(used, "completion_tokens", 0) or 0,
            cost=cost or 0.0,
            cost_known=cost is not None,
            seconds=seconds,
        )
        replies = []
        for number, choice in enumerate(response.choices):
            text, tool_calls = read(choice)
            finish = "length" if choice.finish_reason == "length" else "stop"
            own = usage if number == 0 else Usage()
            replies.append(Reply(text=restore(text), tool_calls=tool_calls, usage=own, finish=finish))
        if not replies:
            raise FaultError(f"{self.name} answered without an answer", "the same command continues the run")
        return replies

    def _cost(self, response: Any) -> float | None:
        """US dollars; None where the price is not known, which never stops a run."""
        try:
            return float(self._litellm.completion_cost(completion_response=response, model=self._provider_name))
        except Exception:
            return None

    def _known_context(self) -> int:
        try:
            return int(self._litellm.get_model_info(self._provider_name).get("max_input_tokens") or 32_768)
        except Exception:
            return 32_768


def _message(choice: Any, begun: str) -> tuple[str, tuple[Any, ...]]:
    """Text and tool calls; some servers give what was begun back with the rest of the answer, and some do not."""
    calls = choice.message.tool_calls or ()
    text = choice.message.content or ""
    return text if text.startswith(begun) else begun + text, tuple(call.model_dump() for call in calls)


def _shape(how: Sampling) -> dict[str, Any]:
    """OpenAI's words for an answer that follows a schema; litellm drops them for providers that do not take them."""
    if how.json_schema is None:
        return {}
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": how.json_schema}}}


def _plain(content: Any) -> Any:
    """The content without control tokens; parts other than text are left as they are."""
    if isinstance(content, str):
        return plain_text(content)
    return [{**part, "text": plain_text(part["text"])} if "text" in part else part for part in content]
