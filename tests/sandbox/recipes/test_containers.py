"""Devcontainers and Dockerfiles are read for what they know; what would reach past the build's container is not."""

import pytest

from memcoder.sandbox.recipes.containers import container_plan
from memcoder.sandbox.recipes.dockerfile import dockerfile_plan, why_not
from memcoder.sandbox.recipes.plan import Plan
from memcoder.sandbox.recipes.project import Project

WHOLE = """\
# syntax=docker/dockerfile:1
ARG VERSION=3.12
FROM python:${VERSION}-slim AS base
ENV APP=/srv/app \\
    PATH="/srv/bin:$PATH" HOME=/root GIT_DIR=/x
FROM node:20 AS unused
RUN npm ci
FROM base
WORKDIR $APP
COPY requirements.txt ./
# a comment in between
RUN --mount=type=cache,target=/root/.cache pip install \\
    -r requirements.txt
RUN ["make", "a b"]
COPY . .
USER nobody
CMD ["python"]
"""


def read(text: str) -> Plan:
    return dockerfile_plan(Project.of({"Dockerfile": text}), "Dockerfile")


def test_the_last_stage_and_those_it_stands_on_are_replayed() -> None:
    found = read(WHOLE)
    assert found.base == "python:3.12-slim"
    assert dict(found.environment) == {"APP": "/srv/app", "PATH": "/srv/bin:$PATH"}
    link, copy, pip, make = [step.command for step in found.steps]
    assert "ln -s /repository /srv/app" in link
    assert "cp -a /repository/requirements.txt /srv/app/requirements.txt" not in copy
    assert "cp -a /repository/requirements.txt /srv/app" in copy
    assert "cd /srv/app &&" in pip
    assert pip.endswith("-r requirements.txt")
    assert "--mount" not in pip
    assert make.endswith("make 'a b'")
    assert not any(step.needed for step in found.steps)


@pytest.mark.parametrize(
    "line",
    [
        "ADD http://169.254.169.254/latest/meta-data /x",
        "ADD git@github.com:a/b.git /x",
        "COPY --from=private/image /secret /x",
        "RUN --mount=type=secret,id=key cat /run/secrets/key",
        "RUN --mount=type=bind,from=private/image,target=/x cat /x",
        "RUN --mount=type=ssh ssh-add -l",
        "RUN <<END",
        "COPY . /etc",
        "COPY . /",
        "COPY . /opt/venv",
        "COPY . ../usr",
    ],
)
def test_what_reaches_past_the_build_s_container_is_left_out_and_said(line: str) -> None:
    found = read(f"FROM debian:12\nWORKDIR /srv\n{line}\n")
    assert found.steps == ()
    assert "left out" in found.notes[0]
    assert len(read(f"FROM debian:12\nWORKDIR /srv\n{line}\nCOPY . /srv/app\n").steps) == 1  # the control


@pytest.mark.parametrize(
    "image", ["python", "python:3.12", "docker.io/library/node:20", "mcr.microsoft.com/devcontainers/go:1"]
)
def test_well_known_public_images_may_be_a_base(image: str) -> None:
    assert why_not(image) == ""


@pytest.mark.parametrize(
    "image",
    [
        "",
        "company/private",
        "localhost:5000/python",
        "evil.example/python:3",
        "python@sha256:00",
        "secrets",
        "node:20-alpine",
        "memcoder-repository:0123",
        "mcr.microsoft.com/devcontainers/../x",
        "python:3;id",
    ],
)
def test_any_other_image_may_not(image: str) -> None:
    assert why_not(image)
    assert read(f"FROM {image}\nRUN true\n").base is None


def test_text_that_is_no_dockerfile_gives_a_note_and_no_error() -> None:
    for text in ("", "FROM", "RUN true", "FROM python:3\nENV 'x\nENV\nRUN [\nCOPY\nWORKDIR\nARG\n", "FROM $X\n", "\0"):
        assert read(text).kinds in ((), ("dockerfile",))


def test_a_devcontainer_goes_before_a_dockerfile_and_its_comments_are_none() -> None:
    text = """{
      // an editor's file
      "image": "mcr.microsoft.com/devcontainers/python:3", /* why */
      "onCreateCommand": ["make", "a b"],
      "postCreateCommand": {"one": "echo '// kept'", "two": "",},
    }"""
    found = container_plan(Project.of({".devcontainer/devcontainer.json": text, "Dockerfile": "FROM node:20\n"}))
    assert found.kinds == ("devcontainer",)
    assert found.base == "mcr.microsoft.com/devcontainers/python:3"
    assert [step.command for step in found.steps] == [
        "cd /repository && make 'a b'",
        "cd /repository && echo '// kept'",
    ]


def test_a_devcontainer_may_name_a_dockerfile_beside_it() -> None:
    files = {
        ".devcontainer/devcontainer.json": '{"build": {"dockerfile": "Dockerfile"}, "postCreateCommand": "make"}',
        ".devcontainer/Dockerfile": "FROM golang:1.22\nRUN one\n",
    }
    found = container_plan(Project.of(files))
    assert (found.base, len(found.steps)) == ("golang:1.22", 2)
    assert set(found.files) == set(files)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"dockerComposeFile": "x.yml"}', '{"image": 3}', '{"build": []}'])
def test_a_devcontainer_that_cannot_be_followed_is_a_note(text: str) -> None:
    found = container_plan(Project.of({".devcontainer.json": text}))
    assert (found.base, found.steps) == (None, ())
    assert "not followed" in found.notes[0]
