"""A plan: how an environment image is built, and which files say so."""

from pydantic import BaseModel, ConfigDict

ROOT = "/repository"
"""Where an attempt, and a build, finds the repository."""


class Step(BaseModel):
    """One shell command of a build, run as root in the build's container, with the repository at ROOT."""

    model_config = ConfigDict(frozen=True)

    command: str
    because: str
    """The file that asks for it."""
    needed: bool = True
    """False: where it fails, that is said, what else the same file asks for is left out, and the build goes on."""


class Tool(BaseModel):
    """A program that steps need, and the Debian packages that bring it where the base lacks it."""

    model_config = ConfigDict(frozen=True)

    program: str
    packages: tuple[str, ...]
    """The first set that the distribution has is installed; a set is words, e.g. `nodejs npm`."""


class Plan(BaseModel):
    """What goes on a base image to make the project's environment."""

    model_config = ConfigDict(frozen=True)

    kinds: tuple[str, ...] = ()
    """`recipe`, `devcontainer`, `dockerfile`, `python`, `node`, `go`, `rust`: what said something, in order."""
    base: str | None = None
    """The base image that the project asks for."""
    packages: tuple[str, ...] = ()
    """Debian packages."""
    tools: tuple[Tool, ...] = ()
    steps: tuple[Step, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    """Variables that the image keeps; a later one of the same name wins. `$PATH` in PATH is the base's own."""
    files: tuple[str, ...] = ()
    """The files whose content the plan rests on: with another content it is another environment."""
    notes: tuple[str, ...] = ()
    """What was seen and is not followed, for the reader."""

    def then(self, other: "Plan") -> "Plan":
        """This plan and then the other."""
        return Plan(
            kinds=self.kinds + other.kinds,
            base=self.base or other.base,
            packages=self.packages + other.packages,
            tools=self.tools + other.tools,
            steps=self.steps + other.steps,
            environment=self.environment + other.environment,
            files=tuple(dict.fromkeys(self.files + other.files)),
            notes=self.notes + other.notes,
        )

    def optional(self) -> "Plan":
        """The same plan, none of whose steps must succeed."""
        return self.model_copy(
            update={"steps": tuple(step.model_copy(update={"needed": False}) for step in self.steps)}
        )
