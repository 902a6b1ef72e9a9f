"""Which runner a project uses, how it is called, and how a given command is asked for a report."""

import json

import pytest

from memcoder.verify.runners import RUNNERS, detect
from memcoder.verify.runners.base import Project
from memcoder.verify.runners.javascript import by_script

REPORT = "/repository/.memcoder-tests.json"
JEST = f"--json --outputFile={REPORT}"
VITEST = f"--reporter=default --reporter=json --outputFile.json={REPORT}"
NODE = (
    "--test-reporter=spec --test-reporter-destination=stdout "
    '--test-reporter=junit --test-reporter-destination="$MEMCODER_JUNIT"'
)
DJANGO_MANAGE = "import django\n"


def of(files: dict[str, str]) -> Project:
    return Project(frozenset(files), lambda path: files.get(path, ""))


def package(**table: object) -> str:
    return json.dumps(table)


CASES: list[tuple[str, dict[str, str], str]] = [
    ("pytest", {"tests/test_a.py": "", "a.py": ""}, "python -m pytest -q tests/test_a.py"),
    ("pytest", {"conftest.py": "", "a.py": ""}, ""),
    ("pytest", {"tests/test_a.py": "", "tox.ini": "python -m unittest\npytest"}, "python -m pytest -q tests/test_a.py"),
    ("unittest", {"tests/test_a.py": "", "tox.ini": "python -m unittest"}, "python -m unittest tests/test_a.py"),
    (
        "django's runtests",
        {"tests/runtests.py": "", "django/__init__.py": "", "tests/admin/test_a.py": "", "tests/admin/tests.py": ""},
        "python tests/runtests.py --settings=test_sqlite --parallel 1 admin.test_a admin.tests",
    ),
    (
        "manage.py test",
        {"site/manage.py": DJANGO_MANAGE, "site/cart/tests.py": ""},
        "cd site && python manage.py test --noinput cart.tests",
    ),
    (
        "pytest",
        {"manage.py": DJANGO_MANAGE, "cart/tests.py": "", "pytest.ini": "DJANGO_SETTINGS_MODULE = a"},
        "python -m pytest -q cart/tests.py",
    ),
    (
        "jest",
        {"package.json": package(devDependencies={"jest": "30"}), "src/a.test.tsx": ""},
        "npx --no-install jest --ci --runTestsByPath src/a.test.tsx",
    ),
    (
        "vitest",
        {"package.json": package(devDependencies={"vitest": "4", "jest": "30"}), "__tests__/a.js": ""},
        "npx --no-install vitest run __tests__/a.js",
    ),
    (
        "jest",
        {
            "package.json": package(devDependencies={"vitest": "4", "jest": "30"}, scripts={"test": "jest --ci"}),
            "a.spec.mjs": "",
        },
        "npx --no-install jest --ci --runTestsByPath a.spec.mjs",
    ),
    (
        "node --test",
        {
            "package.json": package(devDependencies={"jest": "30"}, scripts={"test": "node --test && npm run lint"}),
            "tests/a.test.js": "",
        },
        "node --test tests/a.test.js",
    ),
    ("go test", {"go.mod": "", "money/a_test.go": "", "money/b_test.go": "", "c_test.go": ""}, "go test . ./money"),
    (
        "cargo test",
        {"Cargo.toml": "", "src/lib.rs": "", "tests/cart.rs": "", "tests/big/main.rs": "", "tests/common/mod.rs": ""},
        "cargo test --no-fail-fast --lib --bins --test big --test cart",
    ),
    (
        "go test",
        {"go.mod": "", "a_test.go": "", "b_test.go": "", "package.json": package(devDependencies={"jest": "30"})},
        "go test .",
    ),
]


@pytest.mark.parametrize(
    ("name", "files", "selection"), CASES, ids=[f"{case[0]}-{at}" for at, case in enumerate(CASES)]
)
def test_the_runner_is_the_one_that_the_files_speak_of(name: str, files: dict[str, str], selection: str) -> None:
    found = detect(of(files))
    assert found is not None
    assert found.name == name
    paths = found.test_files(of(files))
    assert not paths or found.select(of(files), paths) == selection


@pytest.mark.parametrize("manifest", ["", "[]", "3", '{"scripts": 3}', '{"scripts": {"test": []}}', "[" * 100_000])
def test_a_strange_package_json_is_no_package(manifest: str) -> None:
    assert detect(of({"package.json": manifest, "a.js": ""})) is None


def test_names_of_files_are_quoted_for_the_shell() -> None:
    hostile = "tests/test_$(touch owned).py"
    found = detect(of({hostile: ""}))
    assert found is not None
    assert found.select(of({hostile: ""}), [hostile]) == f"python -m pytest -q '{hostile}'"


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("npx jest", f"npx jest {JEST}"),
        ("cd web && CI=1 npx --no-install jest -t cart", f"cd web && CI=1 npx --no-install jest {JEST} -t cart"),
        ("node_modules/.bin/vitest run --dir src", f"node_modules/.bin/vitest run {VITEST} --dir src"),
        ("jest --json --outputFile=mine.json", "jest --json --outputFile=mine.json"),
        ("npm run jest", "npm run jest"),
        ("node --test tests/", f"node --test {NODE} tests/"),
        (
            "cd web && node --no-warnings --test && echo done",
            f"cd web && node --no-warnings --test {NODE} && echo done",
        ),
        ("node --test --test-reporter=tap", "node --test --test-reporter=tap"),
        ("node --test-only", "node --test-only"),
        ("go test ./... -run Total", "go test -json ./... -run Total"),
        ("go test -json ./...", "go test -json ./..."),
        ("cargo test -- total", "cargo test --no-fail-fast -- total"),
        ("python -m unittest tests.test_a", "python -m unittest -v tests.test_a"),
        ("python -m unittest discover -s tests", "python -m unittest discover -v -s tests"),
        ("python -m unittest -v", "python -m unittest -v"),
        ("./tests/runtests.py admin", "./tests/runtests.py -v 2 admin"),
        ("python manage.py test --verbosity 1", "python manage.py test --verbosity 1"),
        ("python -m pytest -q", "python -m pytest -q"),
        ("make test", "make test"),
    ],
)
def test_a_given_command_is_asked_for_each_test_where_it_is_plain_what_it_calls(given: str, asked: str) -> None:
    command = given
    for runner in RUNNERS:
        command = runner.ask(command, REPORT)
    assert command == asked


@pytest.mark.parametrize(
    ("given", "script", "asked"),
    [
        ("npm test", "jest", f"npm test -- {JEST}"),
        ("npm test -- -t cart", "jest", f"npm test -- {JEST} -t cart"),
        ("yarn test", "vitest run", f"yarn test -- {VITEST}"),
        ("npm test", "eslint . && NODE_ENV=test jest", f"npm test -- {JEST}"),
        ("npm test", "jest && eslint .", "npm test"),
        ("npm test", "node run.js", "npm test"),
        ("npm publish", "jest", "npm publish"),
    ],
)
def test_npm_test_is_asked_by_what_its_script_calls(given: str, script: str, asked: str) -> None:
    assert by_script(given, package(scripts={"test": script}), REPORT) == asked
