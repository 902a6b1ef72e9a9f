"""All that fit looks at, in one record."""

from collections.abc import Iterable, Mapping

from memcoder.history.blobs import BlobReader
from memcoder.history.repository import Repository
from memcoder.memory.conventions.paths import Layout, layout_of
from memcoder.memory.conventions.tools import Tool, tools
from memcoder.records import Finding, Fit, Memory
from memcoder.sandbox.base import Sandbox
from memcoder.verify.fit.customs import custom_findings
from memcoder.verify.fit.layout import layout_findings
from memcoder.verify.fit.patched import Patched
from memcoder.verify.fit.public_names import public_name_findings
from memcoder.verify.fit.repeats import repeat_findings
from memcoder.verify.fit.rewritten import rewritten_findings
from memcoder.verify.fit.tools import tool_findings


def assess(
    repo: Repository,
    base: str,
    changed: Mapping[str, bytes | None],
    policies: Iterable[Memory] = (),
    sandbox: Sandbox | None = None,
) -> Fit:
    """How a patch fits a project as of its base commit.

    `changed` is path → whole new content (None: deleted). `policies` are the conventions of the whole project as of the
    base; without them nothing counted is said. `sandbox`, at the base commit, is where the project's tools run, on
    copies of the changed files; it is reset before and after. Without one they are named as not verified.
    """
    patched = Patched.of(repo, base, changed)
    tree = repo.tree(base)
    layout = layout_of(tree)
    with BlobReader(repo.path) as blobs:
        setup = tools(tree, lambda path: blobs.read(tree[path]) if path in tree else None)
    findings: list[Finding] = [
        *custom_findings(patched, policies, layout),
        *_by_tools(patched, setup, sandbox, layout),
        *layout_findings(patched, layout),
        *rewritten_findings(patched, layout),
        *repeat_findings(patched, layout),
        *public_name_findings(patched, layout),
    ]
    return Fit(findings=tuple(findings))


def _by_tools(patched: Patched, setup: list[Tool], sandbox: Sandbox | None, layout: Layout) -> list[Finding]:
    if sandbox is None:
        return list(tool_findings(patched, setup, None, layout))
    sandbox.reset()
    for file in patched.files:
        if file.new is not None:
            sandbox.write(file.path, patched.changed[file.path] or b"")
    found = list(tool_findings(patched, setup, sandbox, layout))
    sandbox.reset()
    return found
