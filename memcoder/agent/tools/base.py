"""What a tool is, and what comes of calling one."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from memcoder.errors import UsageError
from memcoder.models.base import Tool as Description
from memcoder.prompts import unbroken


class Arguments(BaseModel):
    """Base of what tools are called with. Models are given its JSON schema; names that it does not know are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


A = TypeVar("A", bound=Arguments)


@dataclass(frozen=True)
class Observation:
    """What the model is told of a call; untrusted text in it stands in data blocks."""

    text: str
    failed: bool = False
    ends: bool = False
    """Whether the model's work is over."""
    tried: str = ""
    """The diff that was handed in."""
    memories: tuple[str, ...] = ()
    """Ids of the memories that it shows."""


class Tool(ABC, Generic[A]):
    """One thing that a model may do."""

    name: ClassVar[str]
    help: ClassVar[str]
    """What it does, in a sentence or two for the model."""
    example: ClassVar[str]
    """A call in the text protocol."""
    body: ClassVar[str] = ""
    """The argument that the lines of a block of the text protocol fill."""
    changes: ClassVar[bool] = False
    """Whether a call may change the sandbox."""
    arguments: type[A]

    @abstractmethod
    def run(self, arguments: A) -> Observation:
        """Do it. Raises UsageError, which the model is told, for what may not be done."""

    def replayed(self, observation: Observation) -> None:
        """Take note of a call that an earlier sitting made."""

    def read(self, options: Mapping[str, str], body: str) -> dict[str, Any]:
        """The arguments of a call in the text protocol. Raises UsageError, which the model is told."""
        given = dict(options)
        return given | {self.body: body} if self.body else given


class Toolbox:
    """The tools of one run by their names."""

    def __init__(self, tools: Iterable[Tool[Any]]) -> None:
        self.tools = {tool.name: tool for tool in tools}

    @cached_property
    def descriptions(self) -> list[Description]:
        """The tools as providers want them described."""
        return [
            {
                "type": "function",
                "function": {"name": tool.name, "description": tool.help, "parameters": schema_of(tool.arguments)},
            }
            for tool in self.tools.values()
        ]

    def run(self, name: str, given: Mapping[str, Any]) -> Observation:
        """Call a tool; what is wrong with its arguments is what the model observes."""
        tool = self.tools[name]
        try:
            arguments = tool.arguments.model_validate({key: _unbroken(value) for key, value in given.items()})
            return tool.run(arguments)
        except ValidationError as error:
            return Observation(f"{name} was not called: {_problems(error)}.", failed=True)
        except UsageError as error:
            problem = f"{name}: {error.message.removesuffix('.')}."
            return Observation("\n".join(filter(None, (problem, error.hint))), failed=True)


def schema_of(arguments: type[Arguments]) -> dict[str, Any]:
    """The JSON schema of a tool's arguments, without the titles that pydantic makes of their names."""
    schema = arguments.model_json_schema()
    properties = {
        key: {name: value for name, value in each.items() if name != "title"}
        for key, each in schema.get("properties", {}).items()
    }
    return {"type": "object", "properties": properties, "required": schema.get("required", [])}


def _problems(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, each['loc'])) or 'arguments'}: {each['msg']}" for each in found[:5])


def _unbroken(value: Any) -> Any:
    return unbroken(value) if isinstance(value, str) else value
