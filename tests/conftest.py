"""What every test stands on: an isolated home, no network, and a plain word on what was skipped."""

import os
import re
import sys
from collections.abc import Iterator, Set
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ALLOWED_SKIPS = (
    r"^needs a Windows or macOS file system",
    r"^root may read any file",
    r"^needs leave to mount a small disk",
    r"^needs an engine on this very machine",
    r"^needs chromium",
)
"""With MEMCODER_CI=1 a skip whose reason matches none of these fails the run."""

OUR_SWITCHES = frozenset({"MEMCODER_REQUIRE_DOCKER", "MEMCODER_CI", "MEMCODER_BARE_IMAGE", "MEMCODER_TEST_BASE_IMAGE"})
PROVIDER = re.compile(r"_API_KEY$|_API_BASE$|^(OPENAI|ANTHROPIC|AZURE|GEMINI|OPENROUTER)_|^(GITHUB|GH|HF)_TOKEN$")
GIT_CONFIG = """\
[user]
    name = Test Author
    email = author@example.org
[init]
    defaultBranch = main
[commit]
    gpgSign = false
[protocol "ext"]
    allow = never
"""

_outside_allowed = False


def pytest_configure(config: pytest.Config) -> None:
    """Watch every connection this process makes: the suite is offline, and this keeps it so."""
    sys.addaudithook(_refuse_outside)


def _refuse_outside(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect" or _outside_allowed:
        return
    address = arguments[1]
    if isinstance(address, tuple) and not str(address[0]).startswith(("127.", "::1", "localhost")):
        raise ConnectionRefusedError(f"tests are offline, and something connects to {address}")


@pytest.fixture(scope="session", autouse=True)
def isolated_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The same isolation for fixtures that outlive one test."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        _isolate(tmp_path_factory.mktemp("session"), monkeypatch, OUR_SWITCHES | {"MEMCODER_MODEL_PATH"})
        yield


@pytest.fixture(autouse=True)
def isolated(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of the test's own: nothing of the user's is read or written, no key is in reach.

    Gives the home's path. Tests marked `slow` keep MEMCODER_MODEL_PATH and may reach the network.
    """
    global _outside_allowed
    slow = request.node.get_closest_marker("slow") is not None
    home = _isolate(tmp_path, monkeypatch, OUR_SWITCHES | ({"MEMCODER_MODEL_PATH"} if slow else set()))
    _outside_allowed = slow
    yield home
    _outside_allowed = False


def _isolate(folder: Path, monkeypatch: pytest.MonkeyPatch, kept: Set[str]) -> Path:
    # The engine is found through the user's Docker contexts, which lie in the real home.
    docker_config = os.environ.get("DOCKER_CONFIG") or str(Path.home() / ".docker")
    for name in list(os.environ):
        ours = name.startswith("MEMCODER_") and name not in kept
        if ours or name.startswith("GIT_") or PROVIDER.search(name):
            monkeypatch.delenv(name)
    home = folder / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(GIT_CONFIG)
    monkeypatch.setenv("DOCKER_CONFIG", docker_config)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("MEMCODER_HOME", str(home / "memcoder"))
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / f".{name.lower()}"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return home


@cache
def engine_problem() -> str:
    """Why no Docker engine answers; empty where one does."""
    import docker

    try:
        client = docker.from_env(timeout=10)
        client.ping()
        client.close()
    except Exception as error:
        return f"no Docker engine answers: {str(error)[:200]}"
    return ""


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Docker tests without an engine are skipped plainly, or fail where an engine is required."""
    if item.get_closest_marker("docker") is None or not (problem := engine_problem()):
        return
    if os.environ.get("MEMCODER_REQUIRE_DOCKER") == "1":
        pytest.fail(f"MEMCODER_REQUIRE_DOCKER=1, and {problem}", pytrace=False)
    pytest.skip(problem)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out `slow` unless -m says something about it; say what two processes must not run at once.

    Docker tests count what lies on the engine, and a file's tests share its fixtures: with `--dist loadgroup` each of
    these stays in one process.
    """
    for item in items:
        docker = item.get_closest_marker("docker") is not None
        item.add_marker(pytest.mark.xdist_group("docker" if docker else item.nodeid.partition("::")[0]))
    if "slow" in str(config.getoption("markexpr")):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    """Name the skips that CI does not accept."""
    unexpected = _unexpected_skips(terminalreporter)
    if unexpected and os.environ.get("MEMCODER_CI") == "1":
        terminalreporter.section("skips that are not on the short list of tests/conftest.py", red=True)
        for line in unexpected:
            terminalreporter.write_line(line)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """With MEMCODER_CI=1 an unexpected skip fails a run that would otherwise have passed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("MEMCODER_CI") == "1" and reporter and exitstatus == 0 and _unexpected_skips(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _unexpected_skips(reporter: Any) -> list[str]:
    reasons = []
    for report in reporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = reason.removeprefix("Skipped: ")
        if not any(re.search(pattern, reason) for pattern in ALLOWED_SKIPS):
            reasons.append(f"{report.nodeid}: {reason}")
    return reasons
