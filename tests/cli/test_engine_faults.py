"""`memcoder solve` whose engine stops in mid-run: a clear message, exit code 5, and a run that goes on afterwards."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from memcoder.sandbox.engine import OWNER
from memcoder.sandbox.owner import machine
from tests.cli.test_interruption import SECONDS, Workplace
from tests.engine import Relay, relay

pytestmark = pytest.mark.docker


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    with relay(tmp_path) as found:
        monkeypatch.setenv("DOCKER_HOST", found.address)
        yield found


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path / "place", "--sandbox", "docker")


def containers(process: int) -> int:
    import docker

    client = docker.from_env()
    owner = f"{OWNER}={machine()}:{process}"
    found = client.containers.list(all=True, filters={"label": owner}, ignore_removed=True)
    client.close()
    return len(found)


def test_an_engine_that_stops_in_mid_run_and_comes_back(place: Workplace, engine: Relay) -> None:
    with place.start() as process:
        while process.poll() is None and not place.once_written(4)():
            time.sleep(0.002)
        engine.cut()
        out, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 5, said
    assert "memcoder: the Docker engine failed while" in said
    assert "is it still running? `memcoder doctor`" in said
    assert "Traceback" not in said + out

    code, said = place.sitting()
    assert code == 3, said
    assert "no Docker engine answers" in said

    engine.restore()
    assert containers(process.pid) == 1, "it could not be removed without the engine"
    code, said = place.sitting()
    assert code == 0, said
    assert said.startswith("continuing run ")
    assert containers(process.pid) == 0
    run = place.ended()
    assert run.verdict is not None
    assert (run.verdict.status, run.verdict.sandbox, run.usage.calls) == ("verified", "docker", 3)
