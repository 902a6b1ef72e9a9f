from pathlib import Path

import pytest

TEST = "from python_programs.{name} import {name}\n\n\ndef test_it():\n    assert {name}({given}) == {wanted}\n"


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """Two programs with tests, a helper, a program without a test, and the corrected files planted beside them."""
    root = tmp_path / "bench"
    files = {
        "python_programs/double.py": "def double(n):\n    return n + 2\n",
        "python_programs/half.py": "def half(n):\n    return n // 3\n",
        "python_programs/node.py": "class Node:\n    pass\n",
        "python_programs/half_test.py": "print('a driver, no test')\n",
        "python_testcases/test_double.py": TEST.format(name="double", given=3, wanted=6),
        "python_testcases/test_half.py": TEST.format(name="half", given=8, wanted=4),
        "python_testcases/load_testdata.py": "x = 1\n",
        "json_testcases/double.json": "[1]\n",
        "json_testcases/half.json": "[2]\n",
        "correct_python_programs/double.py": "def double(n):\n    return n * 2  # THE-ANSWER\n",
        "correct_java_programs/DOUBLE.java": "// THE-ANSWER\n",
        "conftest.py": "",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root
