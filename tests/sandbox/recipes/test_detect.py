"""Which files decide how an environment is built; nothing runs here."""

from memcoder.config import Recipe
from memcoder.sandbox.recipes import Plan, Project, detect

PYPROJECT = '[project]\nname = "x"\n'


def plan(files: dict[str, str], **recipe: object) -> Plan:
    return detect(Project.of(files), Recipe.model_validate(recipe))


def commands(found: Plan) -> str:
    return "\n".join(step.command for step in found.steps)


def test_a_project_that_says_nothing_needs_nothing() -> None:
    assert plan({"README.md": "x"}) == Plan()


def test_a_recipe_goes_before_everything_else() -> None:
    found = plan({"pyproject.toml": PYPROJECT, "Dockerfile": "FROM python:3.12\n"}, install=["make deps"])
    assert found.kinds == ("recipe",)
    assert found.base is None
    assert commands(found).endswith("make deps")


def test_packages_of_a_recipe_are_added_to_what_the_project_is() -> None:
    found = plan({"pyproject.toml": PYPROJECT}, packages=["libpq-dev"])
    assert (found.packages, found.kinds) == (("libpq-dev",), ("python",))


def test_the_manifest_nearest_to_the_root_decides_and_fixtures_do_not() -> None:
    found = plan(
        {"back/setup.py": "", "back/a.py": "", "back/deep/x/setup.py": "", "a/b/c/go.mod": "", "a/b/c/x.go": ""}
    )
    assert found.kinds == ("python",)
    assert "cd /repository/back &&" in commands(found)


def test_a_second_language_is_installed_as_far_as_it_can_and_a_minor_one_is_not() -> None:
    files = {
        "setup.py": "",
        "package.json": "{}",
        **{f"{n}.py": "" for n in range(6)},
        **{f"{n}.js": "" for n in range(4)},
    }
    found = plan(files)
    assert found.kinds == ("python", "node")
    assert [step.needed for step in found.steps] == [True, False]
    minor = plan(files | {f"more/{n}.py": "" for n in range(60)})
    assert minor.kinds == ("python",)
    assert "node is left out" in minor.notes[0]


def test_what_go_and_rust_download_stays_where_a_reset_does_not_reach() -> None:
    go = plan({"go.mod": "module x\n", "go.sum": ""})
    assert "go mod download" in commands(go)
    assert dict(go.environment)["GOMODCACHE"].startswith("/opt/")
    assert not plan({"go.mod": "", "vendor/modules.txt": ""}).steps
    rust = plan({"Cargo.toml": "", "Cargo.lock": ""})
    assert "cargo fetch --quiet --locked" in commands(rust)
    assert dict(rust.environment)["CARGO_NET_OFFLINE"] == "true"


def test_the_lock_file_chooses_the_package_manager_and_is_part_of_the_key() -> None:
    for lock, text, command in (
        ("package-lock.json", "{}", "npm ci "),
        ("yarn.lock", "# yarn lockfile v1\n", "npx --yes yarn@1 install --frozen-lockfile"),
        ("yarn.lock", "__metadata:\n  version: 8\n", "npx --yes @yarnpkg/cli-dist@4 install --immutable"),
        ("pnpm-lock.yaml", "lockfileVersion: '6.0'\n", "npx --yes pnpm@8 install --frozen-lockfile"),
        ("pnpm-lock.yaml", "lockfileVersion: '9.0'\n", "npx --yes pnpm@9 install --frozen-lockfile"),
    ):
        found = plan({"package.json": "{}", lock: text})
        assert command in commands(found)
        assert lock in found.files
    pinned = plan(
        {"package.json": '{"packageManager": "pnpm@9.1.4+sha512.ab"}', "pnpm-lock.yaml": "lockfileVersion: '9.0'"}
    )
    assert "pnpm@9.1.4 install" in commands(pinned)
    odd = plan({"package.json": '{"packageManager": "pnpm@9; id"}', "pnpm-lock.yaml": ""})
    assert "id" not in commands(odd).split()
    assert "npm install" in commands(plan({"package.json": "[broken"}))
