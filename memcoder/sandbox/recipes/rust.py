"""Rust: the crates of Cargo.lock, or of Cargo.toml, downloaded once."""

import shlex

from memcoder.sandbox.recipes.plan import Plan, Step, Tool
from memcoder.sandbox.recipes.project import Project

MANIFESTS = ("Cargo.toml",)
TOOLS = (Tool(program="cargo", packages=("cargo-web rustc-web", "cargo")),)
"""Debian's stable keeps a newer cargo beside its own, for browsers; the older one cannot read today's index."""
ENVIRONMENT = (("CARGO_HOME", "/opt/cargo"), ("CARGO_NET_OFFLINE", "true"))


def plan(project: Project) -> Plan:
    """The tool chain and the crates; attempts build offline."""
    locked = " --locked" if "Cargo.lock" in project.names else ""
    fetch = f"CARGO_NET_OFFLINE=false cargo fetch --quiet{locked}"
    command = f"cd {shlex.quote(project.place)} && mkdir -p /opt/cargo && {fetch} && chmod -R a+rX /opt/cargo"
    return Plan(
        kinds=("rust",),
        tools=TOOLS,
        steps=(Step(command=command, because=project.full("Cargo.toml")),),
        environment=ENVIRONMENT,
        files=project.present("Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml"),
    )
