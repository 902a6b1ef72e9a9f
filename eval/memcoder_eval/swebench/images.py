"""An instance's image: the one that its record names, else one built here from its recipe.

What is built stands on memcoder's own environment image and has what the benchmark's scripts expect: the repository at
its base commit in /testbed, and an `activate` that knows `conda activate`.
"""

import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

from memcoder import FaultError, MissingError, Repository, Settings, connect, engine_faults, labels, prepare_environment
from memcoder_eval.dataset import Instance, clone_of
from memcoder_eval.recipes import Ground, ground, is_known
from memcoder_eval.recipes.bases import settings_for
from memcoder_eval.snapshots import bare_snapshot
from memcoder_eval.stores import Report
from memcoder_eval.swebench.script import TESTBED, has_script

BUILT = "memcoder.instance"
"""Label of an instance's image: its id."""
SHIM = f"""set -e
rm -rf /repository && ln -s {TESTBED} /repository
mkdir -p /opt/miniconda3/bin
cat > /opt/miniconda3/bin/activate <<'END'
. /opt/venv/bin/activate
conda() {{ if [ "${{1:-}}" = activate ]; then . /opt/venv/bin/activate; fi; }}
END
"""
"""An editable install of the environment knows its project at /repository."""
LIMITS: dict[str, Any] = {
    "entrypoint": ["sleep"],
    "command": ["infinity"],
    "user": "0",
    "network_mode": "none",
    "use_config_proxy": False,
    "cap_drop": ["ALL"],
    "cap_add": ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETGID", "SETUID", "KILL"],
    "security_opt": ["no-new-privileges"],
    "mem_limit": "4g",
    "pids_limit": 2048,
    "init": True,
}
"""How a container is made in which an instance's code runs: no network, and root without its powers outside."""
_building = threading.Lock()


@dataclass(frozen=True)
class Image:
    """An image of an instance, ready to be graded in."""

    name: str
    ground: Ground
    origin: str
    """`local`, `pulled` or `built`."""
    base: str
    """What a built one stands on; empty for others."""


@contextmanager
def provided(instance: Instance, clones: Path | None, settings: Settings, report: Report) -> Iterator[Image]:
    """The instance's image; one that was built is removed at the end, its environment is kept.

    Raises MissingError where the instance cannot be run here, FaultError where the engine or a build fails.
    """
    needed = ground_of(instance)
    client = connect()
    try:
        if named := _named(client, str(instance.row.get("image") or ""), report):
            yield Image(str(instance.row["image"]), needed, named, "")
            return
        if instance.row.get("image") and not needed.install:  # what its publisher built is more than manifests say
            ground(instance.question.repo, instance.version)
        image = _build(client, instance, needed, clones, settings, report)
        try:
            yield image
        finally:
            with engine_faults("removing an image"):
                client.images.remove(image.name, force=True)
    finally:
        client.close()


def published(instance: Instance, report: Report) -> str:
    """The image that the record names, where it is here or can be pulled; else empty."""
    name = str(instance.row.get("image") or "")
    client = connect()
    try:
        return name if _named(client, name, report) else ""
    finally:
        client.close()


def ground_of(instance: Instance) -> Ground:
    """The recipe of the instance's version; a record with a script of its own needs none.

    Raises MissingError where nobody wrote one, or where the instance is known not to run here.
    """
    repo, version = instance.question.repo, instance.version
    if has_script(instance) and not is_known(repo, version):
        return Ground(())
    return ground(repo, version)


def _named(client: Any, name: str, report: Report) -> str:
    """Whether the image that a record names is `local` or was `pulled`; empty where it cannot be had."""
    from docker.errors import DockerException, ImageNotFound

    if not name:
        return ""
    with engine_faults("looking for an image"):
        try:
            client.images.get(name)
            return "local"
        except ImageNotFound:
            pass
    try:
        repository, _, tag = name.rpartition(":") if ":" in name.rpartition("/")[2] else (name, "", "latest")
        client.images.pull(repository, tag=tag)
    except DockerException as error:
        report(f"{name} cannot be pulled: {str(getattr(error, 'explanation', None) or error).strip()[:120]}")
        return ""
    return "pulled"


def _build(
    client: Any, instance: Instance, needed: Ground, clones: Path | None, settings: Settings, report: Report
) -> Image:
    """The environment of the recipe, and on it the repository at the base commit alone."""
    repo, commit = _clone(instance, clones), instance.question.base_commit
    own = settings_for(needed, settings)
    with _building:  # two instances of one version need one environment
        environment = prepare_environment(
            repo.path, commit, own, progress=lambda line: report(f"{instance.id}: {line}")
        )
    marks = labels() | {BUILT: instance.id}
    with engine_faults("building an instance's image"):
        container = client.containers.create(environment, labels=marks, **LIMITS)
        try:
            container.start()
            put_repository(container, repo, commit)
            for command in (SHIM, *(f"cd {TESTBED} && . /opt/venv/bin/activate && {one}" for one in needed.each)):
                _step(container, command)
            # without a name, it goes with the leftovers of this process should that be killed
            made = container.commit(changes=f"WORKDIR {TESTBED}")
        finally:
            container.remove(force=True, v=True)
    return Image(str(made.id), needed, "built", own.base_image or "")


def _clone(instance: Instance, clones: Path | None) -> Repository:
    clone = clone_of(clones, instance.question.repo) if clones else None
    if clone is None:
        raise MissingError(
            f"there is no clone of {instance.question.repo} in {clones or 'any folder'}",
            "clone it to DIR/owner__name.git and give --repos DIR",
        )
    return Repository.open(clone)


def put_repository(container: Any, repo: Repository, commit: str) -> None:
    """Put the base commit into /testbed, under its own id and without its past: tests need none."""

    def own(info: tarfile.TarInfo) -> tarfile.TarInfo:
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        return info

    with TemporaryDirectory(prefix="memcoder-testbed-") as name, TemporaryFile() as file:
        folder = Path(name) / "repository"
        bare_snapshot(repo, commit, folder)
        (folder / ".git" / "FETCH_HEAD").unlink(missing_ok=True)
        with tarfile.open(fileobj=file, mode="w") as archive:
            archive.add(folder, arcname=TESTBED[1:], filter=own)
        file.seek(0)
        container.put_archive("/", file)
    _step(container, f"cd {TESTBED} && git reset --quiet --hard {commit}")


def _step(container: Any, command: str) -> None:
    done = container.exec_run(["bash", "-c", command], user="0")
    if done.exit_code:
        said = done.output.decode(errors="replace").strip()[-600:]
        raise FaultError(
            f"building an instance's image failed at: {command.strip()[:200]}\n{said}", "correct the recipe"
        )
