"""mini-swe-agent's own loop and model class, against a real HTTP server, in a sandbox of memcoder's."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from memcoder_eval import minisweagent
from memcoder_eval.repair.arms import default_arms
from memcoder_eval.repair.benchmark import run_benchmark
from memcoder_eval.repair.programs import choose

from memcoder import BudgetError, MissingError, Settings, SharedBudget, UsageError
from tests.provider import Provider, Refusal, Said, serve


def command(text: str) -> Said:
    return Said(f"THOUGHT: next.\n\n```mswea_bash_command\n{text}\n```\n")


MEND = command("sed -i 's/n + 2/n * 2/' python_programs/double.py")
SPOIL_THE_TEST = command("echo 'def test_it(): pass' >python_testcases/test_double.py")
SUBMIT = command("echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT")


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-a-secret-of-the-test")
    with serve() as server:
        yield server


def run(
    layout: Path, out: Path, provider: Provider, *answers: Any, arm: str = "mini", **options: Any
) -> dict[str, Any]:
    """The row of `double`, and the whole report under `report`."""
    provider.answers = list(answers)
    wanted = {"sandbox": "local", "max_time": 900.0} | options.pop("settings", {})
    settings = Settings(model="openai/gpt-4o-mini", model_url=provider.address, seed=7, **wanted)
    chosen = choose(layout, ["double"])
    report = run_benchmark(layout, chosen, [arm], settings, out, lambda line: None, **options)
    row: dict[str, Any] = report["programs"][0]
    return row | {"report": report}


def test_its_patch_is_judged_and_what_is_done_is_not_done_again(
    layout: Path, tmp_path: Path, provider: Provider
) -> None:
    out = tmp_path / "out"
    row = run(layout, out, provider, command("cat python_programs/double.py"), MEND, SUBMIT)
    assert (row["solved"], row["ended"], row["calls"], row["candidates"]) == (True, "Submitted", 3, 1)
    assert row["by"] == "mini-swe-agent 2.4.6"
    assert row["tokens"] == 30
    first, second = provider.asked[:2]
    assert (first["temperature"], first["seed"], first["max_tokens"]) == (0.0, 7, 1024)
    task = first["messages"][1]["content"]
    assert "python_programs/double.py is wrong" in task
    assert "python -m pytest -q python_testcases/test_double.py" in task
    assert "return n + 2" in second["messages"][-1]["content"]
    trajectory = out / row["run"]
    assert "return n + 2" in trajectory.read_text()
    assert "sk-a-secret" not in "".join(path.read_text(errors="replace") for path in out.rglob("*") if path.is_file())
    again = run(layout, out, provider)  # the provider would now say hello
    assert again["report"] == row["report"]
    assert len(provider.asked) == 3


def test_a_patch_counts_where_a_limit_came_before_it_was_submitted(
    layout: Path, tmp_path: Path, provider: Provider
) -> None:
    row = run(layout, tmp_path / "out", provider, MEND, max_steps=1)
    assert (row["solved"], row["ended"], row["calls"]) == (True, "LimitsExceeded", 1)


def test_a_spoiled_test_solves_nothing(layout: Path, tmp_path: Path, provider: Provider) -> None:
    row = run(layout, tmp_path / "out", provider, SPOIL_THE_TEST, SUBMIT)
    assert (row["solved"], row["candidates"]) == (False, 1)


def test_each_command_has_a_shell_of_its_own_and_a_limit(layout: Path, tmp_path: Path, provider: Provider) -> None:
    commands = (command("cd /; export LEFT=behind"), command('pwd; echo "[$LEFT] $PAGER"'), command("sleep 30"), SUBMIT)
    run(layout, tmp_path / "out", provider, *commands, settings={"max_time": 15.0})
    seen = provider.asked[-2]["messages"][-1]["content"]
    assert "/repository\n[] cat" in seen
    late = provider.asked[-1]["messages"][-1]["content"]
    assert "<exception>" in late
    assert "<returncode>-1</returncode>" in late


def test_time_ends_a_call_in_its_middle(layout: Path, tmp_path: Path, provider: Provider) -> None:
    provider.slow = 60.0
    row = run(layout, tmp_path / "out", provider, settings={"max_time": 2.0})
    assert (row["solved"], row["ended"], row["calls"]) == (False, "TimeExceeded", 1)
    assert row["seconds"] < 50


def test_answers_in_another_form_end_it_as_they_do_by_default(layout: Path, tmp_path: Path, provider: Provider) -> None:
    row = run(layout, tmp_path / "out", provider)
    assert (row["ended"], row["calls"], row["tokens"]) == ("RepeatedFormatError", 3, 30)


def test_a_conversation_past_the_context_ends_it_and_a_refusal_ends_the_benchmark(
    layout: Path, tmp_path: Path, provider: Provider
) -> None:
    long = Refusal(400, "This model's maximum context length is 100 tokens, however you requested more")
    row = run(layout, tmp_path / "long", provider, MEND, long)
    assert (row["solved"], row["ended"]) == (True, "ContextWindowExceeded")
    with pytest.raises(UsageError, match="key was refused"):
        run(layout, tmp_path / "refused", provider, Refusal(401, "invalid api key"))
    assert not (tmp_path / "refused" / "results.jsonl").exists()


def test_it_shares_the_budget(layout: Path, tmp_path: Path, provider: Provider) -> None:
    budget = SharedBudget(max_tokens=15)
    with pytest.raises(BudgetError, match="15 tokens"):
        run(layout, tmp_path / "out", provider, MEND, MEND, SUBMIT, budget=budget)
    assert budget.spent.calls == 2


def test_how_to_draw_may_be_left_to_the_server(layout: Path, tmp_path: Path, provider: Provider) -> None:
    run(layout, tmp_path / "out", provider, SUBMIT, arm="mini-sampled")
    assert "temperature" not in provider.asked[0]
    assert provider.asked[0]["seed"] == 7


def test_a_model_without_a_server_is_refused(layout: Path, tmp_path: Path) -> None:
    (tmp_path / "script.jsonl").write_text('"hello"\n')
    settings = Settings(model=f"scripted:{tmp_path / 'script.jsonl'}", sandbox="local")
    with pytest.raises(UsageError, match="behind a server"):
        run_benchmark(layout, choose(layout, ["double"]), ["mini"], settings, tmp_path / "out", lambda line: None)


@pytest.mark.parametrize("found", [None, "1.0.0"])
def test_without_its_package_it_is_no_default_and_its_name_says_what_to_install(
    layout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: str | None
) -> None:
    assert default_arms() == ["one-shot", "staged", "mini"]
    monkeypatch.setattr(minisweagent, "_version", lambda: found)
    assert default_arms() == ["one-shot", "staged"]
    with pytest.raises(MissingError, match=r"mini-swe-agent 2\.4\.6") as raised:
        run_benchmark(layout, choose(layout), ["mini"], Settings(), tmp_path / "out", lambda line: None)
    assert "pip install" in raised.value.hint
