"""A Dockerfile as knowledge, never as a build: its FROM, ARG, ENV, WORKDIR, COPY and RUN, read and replayed.

A Dockerfile of a repository is untrusted, and the engine is no place for it: a build there may fetch addresses in the
host's own network (ADD), start from images that are private to the user and copy out of them (FROM, COPY --from),
and uses the user's registry logins. So its steps become steps of memcoder's own build container, which has none of
that, and its FROM counts only if it is a well-known public image.
"""

import copy
import json
import posixpath
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from memcoder.sandbox.recipes.plan import ROOT, Plan, Step
from memcoder.sandbox.recipes.project import Project

PUBLIC = re.compile(
    r"(?:docker\.io/)?(?:library/)?"
    r"(?:python|node|golang|rust|debian|ubuntu|buildpack-deps|ruby|openjdk|eclipse-temurin|maven|gradle|gcc|php)"
    r"(?::[\w][\w.-]{0,127})?|mcr\.microsoft\.com/(?:vscode/)?devcontainers/[a-z0-9-]+(?::[\w][\w.-]{0,127})?"
)
NO_APT = re.compile(r"alpine|nanoserver|windowsservercore|distroless")
VARIABLE = re.compile(r"\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))")
STAND_IN = re.compile(
    r"/(?!(?:bin|boot|dev|etc|lib\w*|proc|run|sbin|sys|usr|var|repository)(?:/|$)|root$|opt/venv)[\w./-]+"
)
SOURCES = re.compile(r"/(?:usr/src|usr/local/src|var/www)/[\w./-]+")
"""Folders that may become links to the repository: none that the system needs."""
KEPT_BY_US = frozenset({"HOME", "LANG", "PYTHONDONTWRITEBYTECODE", "LD_PRELOAD", "BASH_ENV", "ENV"})
"""Variables that a Dockerfile cannot set: ours, and those that would run something in every shell."""
FLAGS = re.compile(r"--(?:mount|network|security|chown|chmod|link|parents|exclude|platform|from)(?:=\S+)?\s+")


@dataclass
class _Stage:
    """What has been read so far of one stage."""

    because: str
    base: str = ""
    place: str = "/"
    variables: dict[str, str] = field(default_factory=dict)
    """ARG and ENV, to be put in for `$NAME`."""
    environment: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    """Folders to which the whole repository is copied: each becomes a link to it, before anything runs."""
    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def expand(self, text: str) -> str:
        return VARIABLE.sub(lambda m: self.variables.get(m[1] or m[3], m[2] or ""), text)

    def full(self, place: str) -> str:
        """A path of an instruction, from the root."""
        return posixpath.normpath(posixpath.join(self.place, place))

    def add(self, command: str) -> None:
        keep = " ".join(f"{name}={shlex.quote(value)}" for name, value in self.variables.items() if name != "PATH")
        where = shlex.quote(self.place)
        whole = f"mkdir -p {where} && cd {where} && {f'export {keep}; ' if keep else ''}{command}"
        self.steps.append(Step(command=whole, because=self.because, needed=False))

    def leave_out(self, instruction: str) -> None:
        self.notes.append(f"{self.because}: left out {instruction[:80]}")


def dockerfile_plan(project: Project, path: str) -> Plan:
    """The plan that a Dockerfile's last stage gives; without a base that may be used, only a note."""
    stage = _last_stage(project.read(path), project.full(path))
    plan = Plan(files=project.present(path))
    refused = why_not(stage.base)
    if refused:
        return plan.model_copy(update={"notes": (f"{stage.because} is not followed: {refused}",)})
    links = [
        f"mkdir -p {shlex.quote(posixpath.dirname(place))} && {{ [ -e {shlex.quote(place)} ] || "
        f"ln -s {ROOT} {shlex.quote(place)}; }}"
        for place in dict.fromkeys(stage.links)
    ]
    first = [Step(command=command, because=stage.because, needed=False) for command in links]
    return Plan(
        kinds=("dockerfile",),
        base=stage.base,
        steps=(*first, *stage.steps),
        environment=tuple(stage.environment.items()),
        files=plan.files,
        notes=tuple(stage.notes),
    )


def _last_stage(text: str, because: str) -> _Stage:
    stage = _Stage(because)
    defaults: dict[str, str] = {}
    stages: dict[str, _Stage] = {}
    for word, rest in _instructions(text):
        if word == "FROM":
            if not stage.base:
                defaults = stage.variables
            image, *name = _Stage("", variables=defaults).expand(FLAGS.sub("", rest)).split() or [""]
            stage = copy.deepcopy(stages.get(image.lower()) or _Stage(because, base=image))
            if len(name) == 2:
                stages[name[1].lower()] = stage
        else:
            _read(stage, word, rest, defaults)
    return stage


def why_not(image: str) -> str:
    """Why an image may not be a base; empty where it may."""
    if not PUBLIC.fullmatch(image):
        return f"its base {image[:100] or '(none)'!r} is not one of the well-known public images"
    return f"its base {image!r} has no apt-get" if NO_APT.search(image) else ""


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    """(WORD, rest) of each instruction, with continued lines joined and comments gone."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"[\\`][ \t]*\n", " ", "\n".join(lines))
    for line in joined.splitlines():
        word, _, rest = line.strip().partition(" ")
        if word:
            yield word.upper(), rest.strip()


def _read(stage: _Stage, word: str, rest: str, defaults: dict[str, str]) -> None:
    if word == "ARG":
        name, _, default = rest.partition("=")
        value = stage.expand(default.strip().strip("\"'")) or defaults.get(name.strip(), "")
        stage.variables.setdefault(name.strip(), value)
    elif word == "ENV":
        _environment(stage, rest)
    elif word == "WORKDIR":
        stage.place = stage.full(stage.expand(rest.strip("\"'")))
    elif word == "RUN":
        _run(stage, rest)
    elif word in ("COPY", "ADD"):
        _copy(stage, word, rest)


def _environment(stage: _Stage, rest: str) -> None:
    try:
        words = shlex.split(rest)
    except ValueError:
        return
    if not words:
        return
    pairs = [word.partition("=")[::2] for word in words] if "=" in words[0] else [(words[0], " ".join(words[1:]))]
    for name, value in pairs:
        if re.fullmatch(r"[A-Za-z_]\w*", name) and name not in KEPT_BY_US and not name.startswith("GIT_"):
            stage.variables.setdefault("PATH", "$PATH")
            stage.variables[name] = stage.environment[name] = stage.expand(value)


def _run(stage: _Stage, rest: str) -> None:
    if "<<" in rest or re.search(r"--mount=\S*type=(secret|ssh|bind)", rest):
        stage.leave_out(f"RUN {rest}")
        return
    command = FLAGS.sub("", rest) if rest.startswith("--") else rest
    if command.startswith("["):
        try:
            command = shlex.join(str(word) for word in json.loads(command))
        except (ValueError, TypeError, RecursionError):
            return
    stage.add(command)


def _copy(stage: _Stage, word: str, rest: str) -> None:
    """Files of the repository, to where they go; where it stands itself, they are there already."""
    if "--from" in rest or "://" in rest or "<<" in rest or rest.startswith("[") or "git@" in rest:
        stage.leave_out(f"{word} {rest}")
        return
    *sources, target = stage.expand(FLAGS.sub("", rest)).split() or [""]
    place = stage.full(target)
    if [source.strip("./") for source in sources] == [""]:
        if SOURCES.fullmatch(place) or STAND_IN.fullmatch(place):
            stage.links.append(place)
        else:
            stage.leave_out(f"{word} {rest}")
        return
    inside = " ".join(f"{ROOT}/{_pattern(source)}" for source in sources if ".." not in source)
    folder = place if target.endswith(("/", ".")) or len(sources) > 1 else posixpath.dirname(place)
    # files that would be copied onto themselves, through a link to the repository, are no fault
    stage.add(f"mkdir -p {shlex.quote(folder)} && {{ cp -a {inside} {shlex.quote(place)} 2>/dev/null || true; }}")


def _pattern(source: str) -> str:
    """A path with its wildcards alive and everything else quoted."""
    return re.sub(r"[^\w./*?\[\]-]", lambda match: f"\\{match[0]}", source.removeprefix("./").lstrip("/"))
