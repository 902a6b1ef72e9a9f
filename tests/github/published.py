"""GitHub's published description of the endpoints that are used: makes answers that fit it, and checks both sides."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parent / "openapi.json").read_text())
FORMATS = {"date-time": "2026-01-01T00:00:00Z", "uri": "https://example.org/", "email": "a@example.org"}
LONG = ("ref", "branch", "path")
"""Parameters of a path that may hold slashes."""
NOTHING = object()


def find_endpoint(method: str, path: str) -> tuple[str, dict[str, str]] | None:
    """The path's template and its parameters; the most exact one. None where the description has none."""
    for template in sorted(DOCUMENT["paths"], key=lambda each: each.count("{")):
        if method.lower() not in DOCUMENT["paths"][template]:
            continue
        if found := re.fullmatch(_pattern(template), path):
            return template, found.groupdict()
    return None


@cache
def _pattern(template: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: f"(?P<{name[1]}>{'.+' if name[1] in LONG else '[^/]+'})", template)


def check_request(template: str, method: str, body: Any) -> None:
    """Raises AssertionError where a request is not as the description has it; unknown fields are errors too."""
    wanted = DOCUMENT["paths"][template][method.lower()].get("requestBody")
    if wanted is None:
        assert body is None, f"{method} {template} takes no body"
        return
    schema = wanted["content"]["application/json"]["schema"]
    _check(schema, body, f"{method} {template}")
    known = set(_resolved(schema).get("properties", {}))
    assert not known or set(body) <= known, f"{method} {template}: {set(body) - known}"


def answer(template: str, method: str, status: int, value: Any) -> Any:
    """An answer that fits the description: what it requires, with the fields of `value`."""
    response = _resolved(DOCUMENT["paths"][template][method.lower()]["responses"][str(status)])
    content = response.get("content")
    if not content:
        return None
    schema = content["application/json"]["schema"]
    made = fill(schema, value)
    _check(schema, made, f"{method} {template} → {status}")
    return made


def fill(schema: dict[str, Any], value: Any = NOTHING) -> Any:
    """A value of a schema, as small as it allows, with what is given in it."""
    schema = _resolved(schema)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return fill(schema[word][_choice(schema[word], value)], value)
    if "allOf" in schema:
        schema = {**schema, **_joined(schema["allOf"])}
    if isinstance(value, list) and "items" in schema:
        return [fill(schema["items"], each) for each in value]
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        names = [*schema.get("required", ()), *value]
        return {name: fill(properties.get(name, {}), value.get(name, NOTHING)) for name in dict.fromkeys(names)}
    return _smallest(schema) if value is NOTHING else value


def _smallest(schema: dict[str, Any]) -> Any:
    kinds = schema.get("type", "object")
    if isinstance(kinds, list) and "null" in kinds:
        return None
    if "enum" in schema:
        return schema["enum"][0]
    match kinds[0] if isinstance(kinds, list) else kinds:
        case "object":
            return fill(schema, {})
        case "array":
            return []
        case "string":
            return FORMATS.get(schema.get("format", ""), "text")
        case "boolean":
            return False
    return 1


def _choice(schemas: list[dict[str, Any]], value: Any) -> int:
    """The first of several schemas that takes the value."""
    kind = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", type(None): "null"}
    for at, schema in enumerate(schemas):
        kinds = _resolved(schema).get("type", "object")
        if kind.get(type(value)) in (kinds if isinstance(kinds, list) else [kinds]):
            return at
    return 0


def _joined(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {"properties": {}, "required": []}
    for schema in map(_resolved, schemas):
        made["properties"] |= schema.get("properties", {})
        made["required"] += schema.get("required", [])
    return made


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        section, name = node["$ref"].removeprefix("#/components/").split("/", 1)
        node = DOCUMENT["components"][section][name]
    return node


def _check(schema: dict[str, Any], value: Any, what: str) -> None:
    whole = {**schema, "components": DOCUMENT["components"]}
    errors = [f"{error.json_path}: {error.message[:200]}" for error in Draft202012Validator(whole).iter_errors(value)]
    assert not errors, f"{what} is not as GitHub describes it: {errors[:5]}"
