"""The scripted model: replies in order, two queues, clear errors."""

import json
from pathlib import Path

import pytest

from memcoder.config import Settings
from memcoder.errors import FaultError, UsageError
from memcoder.models.door import open_model
from memcoder.models.scripted import ScriptedModel


def script(folder: Path, *replies: object) -> Path:
    path = folder / "replies.jsonl"
    path.write_text("\n".join(json.dumps(reply) for reply in replies))
    return path


def test_replies_come_in_order_and_run_out_clearly(tmp_path: Path) -> None:
    with open_model(Settings(model=f"scripted:{script(tmp_path, 'one', {'text': 'two'})}")) as model:
        assert isinstance(model, ScriptedModel)
        assert [model.chat([{"role": "user", "content": "q"}]).text for _ in range(2)] == ["one", "two"]
        assert not model.can_infill
        with pytest.raises(FaultError, match="no more replies"):
            model.chat([])
        assert model.prompts[0] == [{"role": "user", "content": "q"}]


def test_infill_replies_are_a_queue_of_their_own(tmp_path: Path) -> None:
    model = ScriptedModel(script(tmp_path, "chat", {"text": "mid", "infill": True}))
    assert model.can_infill
    assert [reply.text for reply in model.infill("a", "b", 4)] == ["mid"]
    assert model.sample([], 3)[0].text == "chat"


@pytest.mark.parametrize("content", ["not json", "[1, 2]", '{"no": "text"}', "3"])
def test_a_file_that_is_no_script_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(content)
    with pytest.raises(UsageError, match="no script"):
        ScriptedModel(path)
    with pytest.raises(UsageError):
        ScriptedModel(tmp_path / "none.jsonl")


def test_no_model_chosen_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no model"), open_model(Settings()):
        pass


def test_tools_are_called_as_the_script_says_and_checked_as_a_model_s_calls_are(tmp_path: Path) -> None:
    calls = [{"name": "bash", "arguments": {"command": "ls"}}, {"name": "rm", "arguments": {}}]
    broken = [{"name": "bash", "arguments": '{"command'}]
    heard: list[str] = []
    lines = ({"text": "look", "tool_calls": calls}, {"text": "", "tool_calls": broken})
    model = ScriptedModel(script(tmp_path, *lines), listen=heard.append)
    bash = {"type": "function", "function": {"name": "bash"}}
    assert model.can_call_tools
    good, unknown = model.chat([], tools=[bash]).tool_calls
    assert (good.arguments, good.problem) == ({"command": "ls"}, "")
    assert "no tool 'rm'" in unknown.problem
    assert "no JSON" in model.chat([], tools=[bash]).tool_calls[0].problem
    assert heard == ["look\n", "\n"]
    assert not ScriptedModel(script(tmp_path, "plain")).can_call_tools
