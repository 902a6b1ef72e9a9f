"""Go: the modules of go.mod, downloaded once."""

import shlex

from memcoder.sandbox.recipes.plan import Plan, Step, Tool
from memcoder.sandbox.recipes.project import Project

MANIFESTS = ("go.mod",)
TOOLS = (Tool(program="go", packages=("golang-go gcc libc6-dev",)),)
ENVIRONMENT = (
    ("GOMODCACHE", "/opt/go/mod"),
    ("GOCACHE", "/tmp/go-build"),  # noqa: S108 - inside the container; the home folder there is small
)


def plan(project: Project) -> Plan:
    """The tool chain and the modules; vendored modules need no download."""
    vendored = "vendor/modules.txt" in project.names
    command = f"cd {shlex.quote(project.place)} && mkdir -p /opt/go && go mod download && chmod -R a+rX /opt/go"
    step = Step(command=command, because=project.full("go.mod"))
    return Plan(
        kinds=("go",),
        tools=TOOLS,
        steps=() if vendored else (step,),
        environment=ENVIRONMENT,
        files=project.present("go.mod", "go.sum", "go.work"),
    )
