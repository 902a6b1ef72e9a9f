"""What a Python project's tests need, as requirement specifiers: extras, dependency groups, Poetry's groups, tox."""

import ast
import configparser
import re
import tomllib
from typing import Any

from memcoder.sandbox.recipes.project import Project

TEST_NAMES = ("test", "tests", "testing", "unittest", "pytest")
DEVELOPMENT_NAMES = ("dev", "develop", "development")
"""Looked at where there is none of the former: these bring linters and documentation tools along."""
SPECIFIER = re.compile(r"[A-Za-z0-9][^\n]*")
CONDITIONAL = re.compile(r"^[\w{},.!-]+:\s+")
"""`py39: requirement` of tox."""


def requirement_lines(project: Project, path: str) -> list[str]:
    """The specifiers of a requirement file, without its options."""
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in project.read(path).splitlines())
    return [line for line in lines if SPECIFIER.fullmatch(line) and not line.endswith("\\")]


def package_tests(project: Project, with_tox: bool) -> dict[str, list[str]]:
    """Specifiers of what tests need, by the file that names them; tox only where nothing else does."""
    found = {
        "pyproject.toml": _pyproject(project.read("pyproject.toml")),
        "setup.cfg": _chosen(_setup_cfg(project.read("setup.cfg"))),
        "setup.py": _chosen(_setup_py(project.read("setup.py"))),
    }
    if with_tox and not any(found.values()):
        found["tox.ini"] = _tox(project.read("tox.ini"))
    return {path: lines for path, lines in found.items() if lines}


def _chosen(groups: dict[str, list[str]]) -> list[str]:
    """The specifiers of the test groups; of the development groups where there is no test group."""
    for names in (TEST_NAMES, DEVELOPMENT_NAMES):
        lines = [line for name, group in groups.items() if _plain(name) in names for line in group]
        if lines:
            return [line for line in dict.fromkeys(lines) if SPECIFIER.fullmatch(line)]
    return []


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _pyproject(text: str) -> list[str]:
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return []
    groups = _table(data, "dependency-groups")
    merged = {name: _group(groups, name) for name in groups}
    for name, lines in _table(data, "project", "optional-dependencies").items():
        merged[name] = merged.get(name, []) + _strings(lines)
    for name in _table(data, "tool", "poetry", "group"):
        dependencies = _table(data, "tool", "poetry", "group", name, "dependencies")
        merged[name] = merged.get(name, []) + _poetry(dependencies)
    merged["dev"] = merged.get("dev", []) + _poetry(_table(data, "tool", "poetry", "dev-dependencies"))
    return _chosen(merged)


def _table(data: Any, *keys: str) -> dict[str, Any]:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def _strings(value: Any) -> list[str]:
    return [line for line in value if isinstance(line, str)] if isinstance(value, list) else []


def _group(groups: dict[str, Any], name: str, seen: frozenset[str] = frozenset()) -> list[str]:
    """A dependency group with those that it includes (PEP 735)."""
    entries = groups.get(name)
    lines = _strings(entries)
    for entry in entries if isinstance(entries, list) else []:
        inner = str(entry.get("include-group", "")) if isinstance(entry, dict) else ""
        if inner and inner not in seen:
            lines += _group(groups, inner, seen | {name, inner})
    return lines


def _poetry(dependencies: dict[str, Any]) -> list[str]:
    """Poetry's `^1.2` and `~1.2` as the least version they take; other constraints as they are, tables by name."""
    lines = []
    for name, constraint in dependencies.items():
        text = constraint if isinstance(constraint, str) else ""
        version = re.fullmatch(r"[\^~]?(\d[\w.]*)", text)
        exact = version and text[0].isdigit()
        bound = f"{'==' if exact else '>='}{version[1]}" if version else text if text[:1] in "<>=!" else ""
        if name != "python":
            lines.append(name + bound)
    return lines


def _setup_cfg(text: str) -> dict[str, list[str]]:
    parser = _ini(text)
    section = "options.extras_require"
    return {name: _lines(value) for name, value in parser.items(section)} if parser.has_section(section) else {}


def _tox(text: str) -> list[str]:
    value = _ini(text).get("testenv", "deps", fallback="")
    return [line for line in _lines(value) if SPECIFIER.fullmatch(line) and not CONDITIONAL.match(line)]


def _ini(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return configparser.ConfigParser(interpolation=None)
    return parser


def _lines(value: str) -> list[str]:
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in value.splitlines())
    return [line for line in lines if line and "{" not in line]


def _setup_py(text: str) -> dict[str, list[str]]:
    """`extras_require` and `tests_require` of a setup.py, which is read and not run: literals, or names of such."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return {}
    named = _constants(tree)
    found: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in ("extras_require", "tests_require"):
            value = _literal(named.get(node.value.id, node.value) if isinstance(node.value, ast.Name) else node.value)
            if isinstance(value, dict):
                found |= {str(name): _strings(lines) for name, lines in value.items()}
            else:
                found["tests"] = found.get("tests", []) + _strings(value)
    return found


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """What the names of a module are given at its top level, the first of each."""
    found: dict[str, ast.expr] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, node.value)
    return found


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError):
        return None
