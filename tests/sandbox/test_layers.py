"""An image's key is what went into it: with the same it is found again, with another it is another."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from memcoder.config import Recipe
from memcoder.history.repository import Repository
from memcoder.sandbox.buildbox import build_variables, kept_variables
from memcoder.sandbox.layers import NOTES, Layers, environment_labels, named, notes_label, notes_of
from memcoder.sandbox.recipes import Plan, Project, detect
from tests.helpers import GitRepo

BASE = SimpleNamespace(id="sha256:base", attrs={"Config": {"Env": ["PATH=/base/bin", "LANG=C", "KEPT=1"]}})


def layers(repo: GitRepo, base: object = BASE, recipe: Recipe | None = None) -> Layers:
    opened = Repository.open(repo.path)
    head = opened.head()
    return named(Layers(detect(Project.at(opened, head), recipe or Recipe()), "base", base), opened, head)


def test_the_environment_is_the_same_until_a_manifest_a_lock_file_the_recipe_or_the_base_changes(
    tmp_path: Path,
) -> None:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("One", {"package.json": "{}", "package-lock.json": "{}", "a.js": ""})
    first = layers(repo)
    repo.commit("Two", {"a.js": "x = 1\n"})
    second = layers(repo)
    assert second.environment == first.environment
    assert second.repository != first.repository
    repo.commit("Three", {"package-lock.json": '{"a": 1}'})
    others = [
        layers(repo),
        layers(repo, recipe=Recipe(install=("make",))),
        layers(repo, recipe=Recipe(packages=("x",))),
    ]
    others.append(layers(repo, SimpleNamespace(id="sha256:other", attrs=BASE.attrs)))
    assert len({one.environment for one in [first, *others]}) == 5


def test_with_other_sources_of_extensions_a_python_environment_is_another(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("One", {"setup.py": "", "fast.pyx": "", "slow.py": ""})
    first = layers(repo)
    repo.commit("Two", {"slow.py": "x = 1\n"})
    assert layers(repo).environment == first.environment
    repo.commit("Three", {"fast.pyx": "x = 1\n"})
    assert layers(repo).environment != first.environment


@pytest.mark.parametrize(("requires", "environments"), [("setuptools-scm[toml]>=6", 2), ("setuptools", 1)])
def test_a_project_that_counts_its_version_from_tags_has_an_environment_a_release(
    tmp_path: Path, requires: str, environments: int
) -> None:
    repo = GitRepo(tmp_path / "repo")
    found = []
    manifest = f"[build-system]\nrequires = ['{requires}']\n[project]"
    for release in ("1.0", "", "2.0"):
        repo.commit(f"Release {release}", {"pyproject.toml": manifest, "a.py": release})
        if release:
            repo.git("tag", release)
        found.append(layers(repo).environment)
    assert found[0] == found[1]
    assert len(set(found)) == environments


def test_where_nothing_is_compiled_in_place_the_environment_stays(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("One", {"package.json": "{}", "a.js": "", "b.js": "", "native.c": ""})
    first = layers(repo)
    repo.commit("Two", {"native.c": "int x;\n"})
    assert layers(repo).environment == first.environment


def test_without_a_base_there_is_no_name(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    repo.commit("One", {"a.txt": ""})
    assert layers(repo, None).repository is None


def test_an_environment_without_steps_belongs_to_every_repository(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        repo = GitRepo(tmp_path / name)
        repo.commit(name, {"a.txt": name})
        found.append(layers(repo))
        labels = environment_labels(found[-1], Repository.open(repo.path), "0" * 40)
        assert not any(name in value for value in labels.values())
    assert found[0].environment == found[1].environment
    assert found[0].repository != found[1].repository


def test_the_image_keeps_the_plan_s_variables_but_ours_win() -> None:
    plan = Plan(environment=(("PATH", "/a:$PATH"), ("PATH", "/b:$PATH"), ("X", "y"), ("HOME", "/root")))
    kept = kept_variables(Layers(plan, "base", BASE))
    assert kept["PATH"] == "/opt/venv/bin:/b:/a:/base/bin"
    assert (kept["X"], kept["HOME"]) == ("y", "/home/agent")


def test_the_ca_bundle_is_told_to_every_installer_and_no_key_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "decoy")
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "https://registry.example")
    told = build_variables(b"bundle")
    installers = {"PIP_CERT", "NODE_EXTRA_CA_CERTS", "CARGO_HTTP_CAINFO", "SSL_CERT_FILE", "GIT_SSL_CAINFO"}
    assert installers <= set(told)
    assert told["NPM_CONFIG_REGISTRY"] == "https://registry.example"
    assert "decoy" not in told.values()
    assert not installers & set(build_variables(b""))


def test_notes_come_back_whatever_is_in_them() -> None:
    notes = ['a "quoted"\nLABEL evil=1', "ü"]
    assert notes_of({NOTES: notes_label(notes)}) == notes
    assert "\n" not in notes_label(notes)
    for broken in ("", "%%%", "bm8="):
        assert notes_of({NOTES: broken}) == []
