"""What a test file imports, by the text of its import statements, and whether that is a given source file.

Test files of old projects and of other languages cannot be parsed by what is at hand, so patterns read them; what they
read is untrusted, so none of them may take time that grows with a file's square.
"""

import posixpath
import re
from collections.abc import Iterator

PYTHON = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]{0,2000}\)|[^\n#(]+)|import[ \t]+(\w[\w., \t]*))", re.M
)
SCRIPT = re.compile(r"(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\(|\bmock\s*\()\s*['\"]([^'\"\n]{1,300})['\"]")
GO = re.compile(r"^[ \t]*(?:import[ \t]+)?(?:[\w.]+[ \t]+)?\"([\w./-]+)\"", re.M)
RUST = re.compile(r"^[ \t]*(?:pub[ \t]+)?use[ \t]+([\w:]+)", re.M)
SCRIPT_ENDING = re.compile(r"(?:/index)?\.[cm]?[jt]sx?$")


def imports(test: str, text: str, source: str) -> bool:
    """Whether the test file `test` imports the source file `source`; `text` is what the test file says."""
    ending = source.rpartition(".")[2]
    if ending in ("py", "pyi"):
        return any(_ends_with(name, module_of(source)) for name in _python(test, text))
    if SCRIPT_ENDING.search(source):
        wanted = SCRIPT_ENDING.sub("", source)
        return any(SCRIPT_ENDING.sub("", path) in (wanted, f"{wanted}/index") for path in _scripts(test, text))
    folder = source.rpartition("/")[0]
    if ending == "go":
        return test.rpartition("/")[0] == folder or (
            bool(folder) and any(path.endswith(f"/{folder}") for path in GO.findall(text))
        )
    if ending == "rs":
        parts = [part for part in source.removesuffix(".rs").split("/") if part not in ("src", "mod", "lib", "crates")]
        return any(_ends_with(name.replace("::", "."), ".".join(parts[-1:])) for name in RUST.findall(text))
    return False


def _python(test: str, text: str) -> Iterator[str]:
    """Dotted names, those of relative imports from the repository's root."""
    for module, names, plain in PYTHON.findall(text):
        if plain:
            yield from (part.split()[0] for part in plain.split(",") if part.strip())
            continue
        module = _absolute(test, module)
        yield module
        yield from (f"{module}.{part.split()[0]}" for part in names.strip("() \t").split(",") if part.strip())


def _absolute(test: str, module: str) -> str:
    dots = len(module) - len(module.lstrip("."))
    if not dots:
        return module
    folders = test.split("/")[:-dots]
    return ".".join([*folders, module.lstrip(".")]).rstrip(".")


def _scripts(test: str, text: str) -> Iterator[str]:
    """Paths that are imported relatively, from the repository's root."""
    for path in SCRIPT.findall(text):
        if path.startswith("."):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(test), path))


def module_of(source: str) -> str:
    """A Python file's module, by its path without the folder of sources."""
    module = source.rpartition(".")[0].removesuffix("/__init__").replace("/", ".")
    return module.removeprefix("src.").removeprefix("lib.")


def _ends_with(name: str, module: str) -> bool:
    return bool(module) and (name == module or name.endswith(f".{module}"))
