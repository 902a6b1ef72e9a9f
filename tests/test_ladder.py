"""Imports go down the ladder of docs/design.md only, late imports included."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXPORTS_ONLY = [ROOT / "memcoder" / "github", ROOT / "memcoder" / "mcp", ROOT / "eval" / "memcoder_eval"]


def test_imports_go_down_the_ladder() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


def test_the_ladder_sees_late_imports(tmp_path: Path) -> None:
    room = tmp_path / "memcoder" / "history"
    room.mkdir(parents=True)
    (tmp_path / "memcoder" / "__init__.py").touch()
    (tmp_path / "memcoder" / "cli.py").touch()
    (room / "__init__.py").write_text("def late() -> None:\n    import memcoder.cli\n")
    (tmp_path / ".importlinter").write_text(
        "[importlinter]\nroot_package = memcoder\n[importlinter:contract:1]\nname = ladder\ntype = layers\n"
        "layers =\n    memcoder.cli\n    memcoder.history\n"
    )
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tmp_path)}
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 1, result.stdout + result.stderr


@pytest.mark.parametrize("folder", EXPORTS_ONLY, ids=lambda folder: folder.name)
def test_other_doors_use_the_public_api_alone(folder: Path) -> None:
    import memcoder

    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("memcoder"):
                continue
            inside = (node.module or "").replace("memcoder.", "").startswith(folder.name)
            if (node.module or "").split(".")[0] == "memcoder" and not inside:
                assert node.module == "memcoder", f"{file}: from {node.module} import …"
                assert {name.name for name in node.names} <= set(memcoder.__all__), file
