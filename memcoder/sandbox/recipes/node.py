"""JavaScript and TypeScript: npm, yarn or pnpm, as the lock file says."""

import json
import re
import shlex

from memcoder.sandbox.recipes.plan import ROOT, Plan, Step, Tool
from memcoder.sandbox.recipes.project import Project

MANIFESTS = ("package.json",)
TOOLS = (Tool(program="npm", packages=("nodejs npm",)),)
MANAGER = re.compile(r"(yarn|pnpm)@(\d+(?:\.\d+){0,2})")
"""`packageManager` of package.json, as Corepack defines it."""
LOCKS = ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml")
WHERE = "/node_modules"
"""Node looks for modules in every folder up to the root, so they need not lie in the repository, whose reset would
remove them."""
MOVE = f"""\
rm -rf {WHERE} && if [ -d node_modules ]; then mv node_modules {WHERE}; else mkdir {WHERE}; fi
find {WHERE} -maxdepth 2 -type l | while read -r link; do
  to=$(readlink "$link")
  case $to in ../*) case $(dirname "$link") in {WHERE}) base=$PWD/node_modules ;; *) base=$PWD/node_modules/x ;; esac
    real=$(readlink -m "$base/$to")
    case $real in "$PWD"/node_modules/*) ;; {ROOT}/*) ln -sfn "$real" "$link" ;; esac ;;
  esac
done"""
"""Links to the repository's own packages (workspaces) are made absolute; those between modules stay as they are."""


def plan(project: Project) -> Plan:
    """The tool chain and the packages of the nearest package.json."""
    lock = next((name for name in LOCKS if name in project.names), "")
    command = f"cd {shlex.quote(project.place)} && {_install(project, lock)} && {{ {MOVE}\n}}"
    step = Step(command=command, because=project.full(lock or "package.json"))
    return Plan(
        kinds=("node",),
        tools=TOOLS,
        steps=(step,),
        environment=(("PATH", f"{WHERE}/.bin:$PATH"),),
        files=project.present("package.json", *LOCKS, ".npmrc", ".yarnrc", ".yarnrc.yml", "pnpm-workspace.yaml"),
    )


def _install(project: Project, lock: str) -> str:
    if lock == "pnpm-lock.yaml":
        return f"npx --yes {_manager(project, 'pnpm', _pnpm(project))} install --frozen-lockfile"
    if lock == "yarn.lock":
        if "__metadata:" in project.read(lock):  # Yarn 2 and later
            run = f"YARN_NODE_LINKER=node-modules YARN_ENABLE_GLOBAL_CACHE=true npx --yes {_berry(project)}"
            return f"{run} install --immutable"
        return f"npx --yes {_manager(project, 'yarn', '1')} install --frozen-lockfile --non-interactive"
    return "npm ci --no-audit --no-fund" if lock else "npm install --no-audit --no-fund --no-package-lock"


def _manager(project: Project, name: str, version: str) -> str:
    """The package manager of that name, in the version that package.json pins or the lock file's format needs."""
    match = MANAGER.match(_pinned(project))
    return f"{name}@{match[2]}" if match and match[1] == name else f"{name}@{version}"


def _berry(project: Project) -> str:
    match = MANAGER.match(_pinned(project))
    return f"@yarnpkg/cli-dist@{match[2] if match and match[1] == 'yarn' else '4'}"


def _pinned(project: Project) -> str:
    try:
        manifest = json.loads(project.read("package.json"))
    except (ValueError, RecursionError):
        return ""
    return str(manifest.get("packageManager", "")) if isinstance(manifest, dict) else ""


def _pnpm(project: Project) -> str:
    """The release that writes the lock file's format: 5 of pnpm 7, 6 of pnpm 8, 9 of pnpm 9 and later."""
    match = re.search(r"^lockfileVersion:\s*'?(\d+)", project.read("pnpm-lock.yaml"), re.MULTILINE)
    return {"5": "7", "6": "8"}.get(match[1] if match else "", "9")
