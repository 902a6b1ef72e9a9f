"""The registry: what is kept stays as it is, aliases move whole, and what was altered is noticed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from memcoder.config import home
from memcoder.errors import FaultError, UsageError
from memcoder.models.adapters.content import content_id
from memcoder.models.adapters.registry import Registry
from tests.models.adapters.tiny import ALIAS, fake_adapter, kept, manifest


def test_what_is_put_is_got_by_its_content_a_beginning_and_its_alias(registry: Registry, tmp_path: Path) -> None:
    weights = fake_adapter(tmp_path / "made")
    (weights / "README.md").write_text("peft writes this too")
    (weights / "adapter_model.bin").write_bytes(b"a pickle")
    adapter = registry.put(weights, manifest(id="whatever"))
    assert adapter.id == content_id(weights)
    registry.promote(adapter.id)
    for name in (adapter.id, adapter.id[:6], ALIAS):
        assert registry.get(name)[0] == adapter
    folder = registry.get(adapter.id)[1]
    assert sorted(path.name for path in folder.iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
        "manifest.json",
    ]
    assert content_id(folder) == adapter.id
    assert registry.all() == [adapter]


def test_it_lies_under_the_home_by_default(tmp_path: Path) -> None:
    assert Registry.open().all() == []
    assert not (home() / "adapters").exists(), "looking makes nothing"
    adapter = Registry.open().put(fake_adapter(tmp_path / "made"), manifest())
    assert (home() / "adapters" / adapter.id).is_dir()


def test_other_content_or_configuration_has_another_name(tmp_path: Path) -> None:
    names = {
        content_id(fake_adapter(tmp_path / "a", "x")),
        content_id(fake_adapter(tmp_path / "b", "y")),
        content_id(fake_adapter(tmp_path / "c", "x", lora_alpha=3)),
    }
    assert len(names) == 3
    assert content_id(fake_adapter(tmp_path / "d", "x")) in names


def test_putting_again_changes_nothing_and_another_verdict_is_refused(registry: Registry, tmp_path: Path) -> None:
    weights = fake_adapter(tmp_path / "made")
    first = registry.put(weights, manifest(created=5))
    assert registry.put(weights, manifest(created=9)) == first
    with pytest.raises(UsageError, match="another verdict"):
        registry.put(weights, manifest(verdict="refused"))
    with pytest.raises(UsageError, match="another area"):
        registry.put(weights, manifest(area="src"))
    assert registry.all() == [first]


@pytest.mark.parametrize("name", ["", "../made", "/etc/passwd", "..", ".", "aliases", ".lock", "zzzz", "0", "%2e%2e"])
def test_names_lead_nowhere_but_into_the_registry(registry: Registry, tmp_path: Path, name: str) -> None:
    kept(registry, tmp_path, "x")
    fake_adapter(tmp_path / "made")
    for use in (registry.get, registry.promote):
        with pytest.raises(UsageError, match="no adapter"):
            use(name)
    assert registry.promoted(name) is None
    with pytest.raises(UsageError, match="nothing is promoted"):
        registry.rollback(name)
    assert registry.remove([name]) == []


@pytest.mark.parametrize("area", ["../x", "/etc", "a/../../b", "a\\b", "a//b", "a/", ".", "a\nb", "./a"])
def test_areas_that_lead_outside_are_refused(registry: Registry, tmp_path: Path, area: str) -> None:
    with pytest.raises(UsageError, match="no folder inside"):
        kept(registry, tmp_path, "x", area=area)
    assert registry.all() == []


@pytest.mark.parametrize("repository", ["", "../x", "a/b", "a.b", "é"])
def test_repositories_are_keys(registry: Registry, tmp_path: Path, repository: str) -> None:
    with pytest.raises(UsageError, match="no repository's key"):
        kept(registry, tmp_path, "x", repository=repository)


def test_an_area_has_an_alias_of_its_own(registry: Registry, tmp_path: Path) -> None:
    whole, area = kept(registry, tmp_path, "x"), kept(registry, tmp_path, "y", area="src/a name")
    registry.promote(whole)
    registry.promote(area)
    assert registry.get(ALIAS)[0].id == whole
    assert registry.get(f"{ALIAS}/src/a name")[0].id == area
    assert len(list((registry.folder / "aliases").glob("*.json"))) == 2


def test_a_beginning_of_several_is_said_so(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2):
        monkeypatch.setattr("memcoder.models.adapters.registry.content_id", lambda folder, n=number: f"abcd{n:012}")
        kept(registry, tmp_path, str(number))
    with pytest.raises(UsageError, match="2 adapters begin"):
        registry.get("abcd")
    assert registry.get("abcd000000000001")[0].id == "abcd000000000001"


@pytest.mark.parametrize("file", ["adapter_model.safetensors", "adapter_config.json", "manifest.json"])
def test_what_was_altered_is_named(registry: Registry, tmp_path: Path, file: str) -> None:
    name, other = kept(registry, tmp_path, "x"), kept(registry, tmp_path, "y")
    registry.promote(name)
    path = registry.folder / name / file
    path.write_text(path.read_text().replace("x", "z").replace("accepted", "refused").replace('"r"', '"R"'))
    for use in (lambda: registry.get(name), lambda: registry.promote(name), lambda: registry.promoted(ALIAS)):
        with pytest.raises(FaultError, match=f"adapter {name} was|adapter {name} were") as caught:
            use()
        assert f"prune {name}" in caught.value.hint
    assert registry.get(other)[0].id == other
    assert [adapter.id for adapter in registry.all()] == ([other] if file == "manifest.json" else [name, other])
    assert set(registry.broken()) == ({name} if file == "manifest.json" else set())


def test_weights_that_are_gone_and_another_ones_manifest_are_faults(registry: Registry, tmp_path: Path) -> None:
    first, second = kept(registry, tmp_path, "x"), kept(registry, tmp_path, "y")
    (registry.folder / first / "manifest.json").write_bytes((registry.folder / second / "manifest.json").read_bytes())
    with pytest.raises(FaultError, match=f"is that of {second}"):
        registry.get(first)
    (registry.folder / second / "adapter_model.safetensors").unlink()
    with pytest.raises(FaultError, match="cannot be read"):
        registry.get(second)


def test_a_manifest_signed_by_somebody_else_is_refused(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as somebody:
        somebody.setenv("MEMCODER_MEMORY_KEY", "somebody else's long key")
        name = kept(registry, tmp_path, "x")
        assert registry.get(name)[0].id == name
    with pytest.raises(FaultError, match="another key"):
        registry.get(name)


def test_an_alias_that_was_edited_or_moved_is_refused(registry: Registry, tmp_path: Path) -> None:
    good, area = kept(registry, tmp_path, "x"), kept(registry, tmp_path, "y", area="src")
    registry.promote(good)
    (first,) = (registry.folder / "aliases").glob("*.json")
    registry.promote(area)
    (second,) = set((registry.folder / "aliases").glob("*.json")) - {first}
    second.write_bytes(first.read_bytes())
    with pytest.raises(FaultError, match="another one's"):
        registry.promoted(f"{ALIAS}/src")
    whole = json.loads(first.read_text())
    whole["document"]["history"] = [area]
    first.write_text(json.dumps(whole))
    with pytest.raises(FaultError, match="alias"):
        registry.promoted(ALIAS)


def test_promotion_moves_on_and_rollback_back_several_times(registry: Registry, tmp_path: Path) -> None:
    a, b, c = (kept(registry, tmp_path, content) for content in "abc")
    assert registry.promoted(ALIAS) is None
    for name in (a, b, b, c):
        registry.promote(name)
    assert (registry.promoted(ALIAS) or manifest()).id == c
    back = [registry.rollback(ALIAS) for _ in range(3)]
    assert [adapter.id if adapter else None for adapter in back] == [b, a, None]
    assert registry.promoted(ALIAS) is None
    with pytest.raises(UsageError, match="nothing is promoted"):
        registry.rollback(ALIAS)


def test_what_the_gate_refused_is_promoted_by_force_alone(registry: Registry, tmp_path: Path) -> None:
    name = kept(registry, tmp_path, "x", verdict="refused", reasons=("forgets too much",))
    with pytest.raises(UsageError, match="forgets too much"):
        registry.promote(name)
    assert registry.promoted(ALIAS) is None
    assert registry.promote(name, force=True).id == name


def test_rollback_to_what_was_altered_changes_nothing(registry: Registry, tmp_path: Path) -> None:
    a, b = (kept(registry, tmp_path, content) for content in "ab")
    registry.promote(a)
    registry.promote(b)
    (registry.folder / a / "adapter_model.safetensors").write_bytes(b"other")
    with pytest.raises(FaultError, match=a):
        registry.rollback(ALIAS)
    assert (registry.promoted(ALIAS) or manifest()).id == b


def test_no_pickle_no_link_and_no_other_method_is_taken(registry: Registry, tmp_path: Path) -> None:
    pickle = fake_adapter(tmp_path / "pickle")
    (pickle / "adapter_model.safetensors").rename(pickle / "adapter_model.bin")
    link = fake_adapter(tmp_path / "link")
    (link / "adapter_model.safetensors").unlink()
    (link / "adapter_model.safetensors").symlink_to("/etc/hostname")
    other = fake_adapter(tmp_path / "other", peft_type="PROMPT_TUNING")
    torn = fake_adapter(tmp_path / "torn")
    (torn / "adapter_config.json").write_text("{")
    for weights in (pickle, link, other, torn, tmp_path / "none"):
        with pytest.raises(UsageError):
            registry.put(weights, manifest())
    assert registry.all() == []
    assert [path.name for path in registry.folder.iterdir() if path.name != ".lock"] == []


PUT = """
import sys, time
from pathlib import Path
from memcoder.models.adapters import registry
from memcoder.records import Adapter
def slow(source, target):
    (target / "adapter_model.safetensors").write_bytes(b"half")
    print("half", flush=True)
    time.sleep(60)
registry.copy_weights = slow
registry.Registry.open(Path(sys.argv[1])).put(Path(sys.argv[2]), Adapter.model_validate_json(sys.argv[3]))
"""


def test_a_put_that_is_killed_leaves_nothing_that_is_listed(registry: Registry, tmp_path: Path) -> None:
    weights = fake_adapter(tmp_path / "made")
    arguments = [str(registry.folder), str(weights), manifest().model_dump_json()]
    child = subprocess.Popen([sys.executable, "-c", PUT, *arguments], stdout=subprocess.PIPE)
    assert child.stdout
    assert child.stdout.readline() == b"half\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert registry.all() == []
    assert registry.ids() == []
    assert any(path.name.startswith(".draft-") for path in registry.folder.iterdir()), "it was killed in the middle"
    adapter = registry.put(weights, manifest())
    assert registry.get(adapter.id)[0] == adapter
    assert sorted(path.name for path in registry.folder.iterdir()) == sorted([".lock", adapter.id])


PROMOTE = """
import sys
from pathlib import Path
from memcoder.models.adapters.registry import Registry
registry = Registry.open(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for _ in range(5):
    for name in sys.argv[2:]:
        registry.promote(name)
"""


def test_two_processes_that_promote_lose_none_of_their_moves(registry: Registry, tmp_path: Path) -> None:
    a, b, c, d = (kept(registry, tmp_path, content) for content in "abcd")
    children = [
        subprocess.Popen(
            [sys.executable, "-c", PROMOTE, str(registry.folder), *names],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for names in ((a, b), (c, d))
    ]
    for child in children:
        assert child.stdout
        assert child.stdout.readline() == b"ready\n"
    for child in children:
        assert child.stdin
        child.stdin.write(b"\n")
        child.stdin.flush()
    while any(child.poll() is None for child in children):
        assert (registry.promoted(ALIAS) or manifest(id=a)).id in (a, b, c, d), "readers never see half a move"
        time.sleep(0.01)
    assert [child.wait() for child in children] == [0, 0]
    for child in children:
        child.communicate()
    history = registry.aliases.history(ALIAS)
    assert len(history) == 20
    assert [name for name in history if name in (a, b)] == [a, b] * 5


def test_a_full_disk_leaves_nothing(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = fake_adapter(tmp_path / "made")

    def full(handle: int) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            registry.put(weights, manifest())
    assert registry.ids() == []
    assert [path.name for path in registry.folder.iterdir()] == [".lock"]
    assert registry.put(weights, manifest()).id
