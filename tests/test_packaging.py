"""Wheel, sdist and editable install: each built and used in a fresh environment, offline."""

import email
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TRY = """\
import memcoder, memcoder_eval.repair, memcoder.prompts
print(memcoder.__file__)
print(memcoder.prompts.folders()[0])
print(memcoder.prompts.render("system"))
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, the wheel built from the sdist as an index would have it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT))
    return folder


def run(*command: str, cwd: Path | None = None) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PIP_"))}
    result = subprocess.run(
        command, cwd=cwd, env=environment | {"PIP_NO_INDEX": "1"}, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return result.stdout


def fresh_environment(folder: Path) -> Path:
    """A new environment's Python, which sees this one's libraries but not this one's memcoder."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    ours = Path(next(path for path in sys.path if path.endswith("site-packages")))
    theirs = Path(run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    for entry in ours.iterdir():
        wanted = "memcoder" not in entry.name and not entry.name.startswith(("pip", "_virtualenv", "__pycache__"))
        if wanted and not (theirs / entry.name).exists():
            (theirs / entry.name).symlink_to(entry)
    return python


def use(python: Path, where: Path) -> list[str]:
    """Run the command and the imports away from the checkout; gives the lines that TRY prints."""
    help_text = run(str(python.with_name("memcoder")), "--help", cwd=where)
    assert "Resolve an issue" in help_text
    return run(str(python), "-c", TRY, cwd=where).splitlines()


def install(python: Path, *what: str) -> None:
    run(str(python), "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", *what)


def test_wheel(built: Path, tmp_path: Path) -> None:
    python = fresh_environment(tmp_path / "venv")
    install(python, str(next(built.glob("*.whl"))))
    lines = use(python, tmp_path)
    assert lines[0].startswith(str(tmp_path / "venv"))
    assert lines[1].endswith("memcoder/_prompts")


def test_sdist(built: Path, tmp_path: Path) -> None:
    python = fresh_environment(tmp_path / "venv")
    install(python, str(next(built.glob("*.tar.gz"))))
    assert use(python, tmp_path)[1].endswith("memcoder/_prompts")


def test_editable(tmp_path: Path) -> None:
    python = fresh_environment(tmp_path / "venv")
    install(python, "-e", str(ROOT))
    lines = use(python, tmp_path)
    assert lines[0] == str(ROOT / "memcoder" / "__init__.py")
    assert lines[1] == str(ROOT / "prompts")


def test_what_the_wheel_holds(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = wheel.namelist()
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        facts = email.message_from_string(wheel.read(metadata).decode())
    for prompt in (ROOT / "prompts").glob("*.j2"):
        assert f"memcoder/_prompts/{prompt.name}" in names
    assert {"memcoder/py.typed", "memcoder_eval/__init__.py"} <= set(names)
    tops = {name.split("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {"memcoder", "memcoder_eval"}
    assert (facts["Name"], facts["License-Expression"]) == ("memcoder-agent", "Apache-2.0")
    assert facts["Requires-Python"] == ">=3.11"
    assert {"local", "mcp", "train", "eval", "dev"} <= set(facts.get_all("Provides-Extra") or [])
    litellm = next(line for line in facts.get_all("Requires-Dist") or [] if line.startswith("litellm"))
    assert "!=1.82.7" in litellm
    assert "!=1.82.8" in litellm


def test_what_the_sdist_holds(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"LICENSE", "README.md", "CHANGELOG.md", "Makefile", "scripts/setup", "tests/conftest.py"} <= names
    assert not [name for name in names if name.startswith((".venv", ".git/", "results"))]
