"""The one door to language models."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from memcoder.config import EMBEDDED, Settings
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
    from memcoder.models.hosted import HostedModel

    return HostedModel(
        name,
        base_url=settings.model_url,
        context=settings.model_context,
        tools=settings.model_tools,
        say=say,
        listen=listen,
    )
