"""The arm `mini`: mini-swe-agent's own agent, parsing, templates and environments, with a scripted model."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from memcoder import Environment
from memcoder_eval.minisweagent import configuration
from memcoder_eval.overhead.bare import options, run
from memcoder_eval.overhead.memcoder_arm import TASK
from memcoder_eval.overhead.step import Step, reply


@contextmanager
def mini(environment: Environment, folder: Path, steps: int) -> Iterator[Step]:
    """What its loop does in each round: a step, then its trajectory is saved.

    Its `run` cannot be stopped between rounds, so the round is written out here; its templates and settings are those
    of its bundled text configuration, and it begins with the two messages that its `run` begins with.
    """
    given = configuration(folder / "mini")
    from minisweagent.agents.default import DefaultAgent
    from minisweagent.models.litellm_textbased_model import LitellmTextbasedModel

    make: Any = LitellmTextbasedModel  # it has no types of its own
    model = Scripted(make(model_name="scripted", **given["model"]))
    with _environment(environment, folder, given["environment"]["env"]) as own:
        unlimited = {"step_limit": 0, "cost_limit": 0.0, "output_path": folder / "mini.traj.json"}
        agent: Any = DefaultAgent(model, own, **(given["agent"] | unlimited))
        agent.extra_template_vars = {"task": TASK}
        for role in ("system", "instance"):
            text = agent._render_template(getattr(agent.config, f"{role}_template"))
            agent.add_messages(model.format_message(role="user" if role == "instance" else role, content=text))

        def one() -> None:
            agent.step()
            agent.save(agent.config.output_path)

        yield one


class Scripted:
    """Its text-based model with a script for a server: its own code parses the answer and renders observations.

    What litellm would add to a call is in no arm.
    """

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._reply = reply("mswea_bash_command")

    def query(self, messages: list[dict[str, str]], **kwargs: Any) -> dict[str, Any]:
        """The next message, as its own `query` makes it, without the provider's whole response."""
        message = SimpleNamespace(content=self._reply)
        response = SimpleNamespace(choices=[SimpleNamespace(message=message, finish_reason="stop")])
        extra = {"actions": self._inner._parse_actions(response), "cost": 0.0, "timestamp": time.time()}
        return {"role": "assistant", "content": self._reply, "extra": extra}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


@contextmanager
def _environment(environment: Environment, folder: Path, variables: dict[str, str]) -> Iterator[Any]:
    """Its own environment for this machine, or for a container of the environment's image."""
    if not environment.image:
        from minisweagent.environments.local import LocalEnvironment

        yield LocalEnvironment(cwd=str(folder), env=variables)
        return
    from minisweagent.environments.docker import DockerEnvironment

    run("docker", "version")  # it uses the command line
    own = DockerEnvironment(image=environment.image, env=variables, run_args=options(), container_timeout="1h")
    try:
        yield own
    finally:
        run("docker", "rm", "--force", own.container_id or "")
        own.container_id = None
