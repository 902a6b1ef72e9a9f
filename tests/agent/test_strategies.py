"""Which strategy `auto` picks, and what is said of it."""

import json
from pathlib import Path

from memcoder.agent.strategies import choose_strategy
from memcoder.config import Settings
from memcoder.models.hosted import HostedModel

CALLING = {"text": "", "tool_calls": [{"name": "bash", "arguments": {"command": "true"}}]}


def scripted(folder: Path, *replies: object) -> Settings:
    script = folder / "script.jsonl"
    script.write_text("".join(json.dumps(reply) + "\n" for reply in replies))
    return Settings(model=f"scripted:{script}")


def test_a_script_that_calls_tools_is_led_by_tools(tmp_path: Path) -> None:
    assert choose_strategy(scripted(tmp_path, CALLING), None)[0] == "tools"
    assert choose_strategy(scripted(tmp_path, "text"), None)[0] == "staged"


def test_a_hosted_model_must_call_tools_and_read_enough() -> None:
    settings = Settings(model="openai/some")

    def chosen(tools: bool, context: int) -> tuple[str, str]:
        return choose_strategy(settings, HostedModel("openai/some", tools=tools, context=context))

    assert chosen(True, 128_000) == ("tools", "openai/some calls tools")
    assert chosen(True, 8_000) == ("staged", "openai/some reads 8000 tokens, less than 16000")
    assert chosen(False, 128_000)[0] == "staged"
    assert choose_strategy(settings.model_copy(update={"model_tools": True}), None)[0] == "tools"


def test_the_embedded_model_is_led_by_stages_and_every_model_as_it_is_asked_for(tmp_path: Path) -> None:
    assert choose_strategy(Settings(model="embedded"), None)[0] == "staged"
    asked = Settings(model="embedded", strategy="tools")
    assert choose_strategy(asked, None) == ("tools", "as asked for")
