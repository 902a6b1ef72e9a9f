from memcoder.memory.conventions.tools import Tool, tools

FILES = {
    "pyproject.toml": '[tool.black]\nline-length = 99\n[tool.ruff.format]\nquote-style = "single"\n',
    "setup.cfg": "[flake8]\nmax-line-length = 88\n[metadata]\nname = x\n",
    ".editorconfig": "root = true\n[*]\nindent_style = space\nindent_size = 4\n",
    ".prettierrc": '{"printWidth": 90, "semi": false}',
    ".pre-commit-config.yaml": "repos:\n- repo: x\n  hooks:\n  - id: black\n  - id: codespell\n",
    "go.mod": "module x\n",
    "sub/rustfmt.toml": "max_width = 10\n",
}


def read(path: str) -> bytes | None:
    return FILES[path].encode() if path in FILES else None


def test_tools_with_the_settings_that_matter() -> None:
    found = {tool.name: tool for tool in tools(FILES, read)}
    assert found["black"] == Tool("black", ("pyproject.toml",), ("line-length = 99",))
    assert found["ruff"].settings == ("quote-style = single",)
    assert found["flake8"] == Tool("flake8", ("setup.cfg",), ("max-line-length = 88",))
    assert set(found["editorconfig"].settings) == {"indent_style = space", "indent_size = 4"}
    assert set(found["prettier"].settings) == {"printWidth = 90", "semi = False"}
    assert found["pre-commit"].settings == ("black", "codespell")
    assert set(found) == {"black", "ruff", "flake8", "editorconfig", "prettier", "pre-commit", "gofmt"}


def test_files_that_cannot_be_read_as_what_they_are_name_the_tool_alone() -> None:
    broken = {"ruff.toml": b"[[[", ".flake8": b"\xff\x00 no ini", ".prettierrc": b"{", "pyproject.toml": b"tool = 3"}
    found = tools(broken, broken.get)
    assert [(tool.name, tool.settings) for tool in found] == [("flake8", ()), ("prettier", ()), ("ruff", ())]
