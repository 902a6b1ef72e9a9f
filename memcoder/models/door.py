"""The one door to language models."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from memcoder.config import ADAPTER, EMBEDDED, Settings
from memcoder.errors import UsageError
from memcoder.models.base import LanguageModel, Listen, Progress, Say

SCRIPTED = "scripted:"


@contextmanager
def open_model(
    settings: Settings, progress: Progress | None = None, *, say: Say | None = None, listen: Listen | None = None
) -> Iterator[LanguageModel]:
    """The model that the settings name, closed at the end of the block.

    `say` is told of what is tried again or left out of a prompt; with `listen`, single answers are streamed.
    Raises UsageError where none was chosen, and MissingError where the embedded model's file or engine is missing.
    """
    model = _open(settings, progress, say, listen)
    try:
        yield model
    finally:
        model.close()


def runs_here(name: str | None) -> bool:
    """Whether a model of this name is served on this machine by memcoder itself: small, and one question at a time."""
    return bool(name) and (name == EMBEDDED or str(name).startswith(ADAPTER))


def settled(settings: Settings, repository: str | None = None) -> Settings:
    """The settings with a model's name that stays what it is: the id of an adapter for its alias, which may move.

    `repository` is the key of the one that is worked on, for `adapter:promoted`. Raises UsageError where an adapter's
    name stands for none.
    """
    if not (settings.model or "").startswith(ADAPTER):
        return settings
    from memcoder.models.adapters.registry import Registry
    from memcoder.models.adapters.serving import pinned_name

    name = pinned_name(str(settings.model), Registry.open(), repository)
    return settings.model_copy(update={"model": name})


def _open(settings: Settings, progress: Progress | None, say: Say | None, listen: Listen | None) -> LanguageModel:
    name = settings.model
    if not name:
        raise UsageError("no model was chosen", "run `memcoder init`, or give --model embedded")
    if name.startswith(SCRIPTED):
        from memcoder.models.scripted import ScriptedModel

        return ScriptedModel(Path(name.removeprefix(SCRIPTED)), listen=listen)
    if name == EMBEDDED:
        from memcoder.models.embedded import start

        return start(settings, progress, say=say, listen=listen)
    if name.startswith(ADAPTER):
        from memcoder.models.adapters.serving import open_adapter

        return open_adapter(name, settings, say=say, listen=listen)
    from memcoder.models.hosted import HostedModel

    return HostedModel(
        name,
        base_url=settings.model_url,
        context=settings.model_context,
        tools=settings.model_tools,
        say=say,
        listen=listen,
    )
