"""Serving an adapter: llama.cpp with the base's GGUF file and the converted adapter, or the command for vLLM."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from memcoder.config import ADAPTER, EMBEDDED, Settings
from memcoder.errors import FaultError, MissingError, UsageError
from memcoder.models.adapters.content import CONFIGURATION
from memcoder.models.adapters.convert import convert
from memcoder.models.adapters.header import read_header
from memcoder.models.adapters.registry import Registry
from memcoder.models.adapters.weights import PINNED, base_file, base_sha256, check_base
from memcoder.models.base import Listen, Say
from memcoder.models.embedded import FIM, EmbeddedModel, ServerProcess, check_engine
from memcoder.records import Adapter

PROMOTED = "promoted"
"""Stands for the adapter that is promoted for the whole of the repository that is worked on."""
ORIGINALS = {"small": "HuggingFaceTB/SmolLM2-135M-Instruct", EMBEDDED: "Qwen/Qwen2.5-Coder-1.5B-Instruct"}
"""Pinned base → the model on the Hugging Face hub whose weights it quantises."""
RANKS = (8, 16, 32, 64, 128, 256, 512)
"""What vLLM takes as --max-lora-rank."""
INFILLING = frozenset({EMBEDDED})
"""Pinned bases that fill in the middle."""


def pinned_name(name: str, registry: Registry, repository: str | None = None) -> str:
    """`adapter:NAME` with the full id in place of a beginning, an alias or `promoted`.

    An alias moves and an id does not, so this is the name to keep. `promoted` needs the repository's key. Raises
    UsageError where the name stands for no adapter.
    """
    wanted = name.removeprefix(ADAPTER)
    if wanted == PROMOTED:
        if repository is None:
            raise UsageError(f"{name} needs a repository", "name an adapter: memcoder adapter list")
        adapter = registry.promoted(repository[:12])
        if adapter is None:
            raise UsageError("no adapter is promoted for this repository", "see them with: memcoder adapter list")
        return ADAPTER + adapter.id
    return ADAPTER + registry.resolve(wanted)


def open_adapter(
    name: str, settings: Settings, *, say: Say | None = None, listen: Listen | None = None
) -> EmbeddedModel:
    """The model `adapter:NAME`, behind a server of its own that ends with it.

    Raises what `pinned_name`, `Registry.get`, `base_of` and `convert` raise, and FaultError where llama.cpp does not
    take the adapter.
    """
    registry = Registry.open()
    adapter, weights = registry.get(pinned_name(name, registry).removeprefix(ADAPTER))
    base = base_of(adapter, settings.model_path)
    for line in differences(adapter, base):
        (say or _mute)(line)
    with Converted(weights, base) as converted:
        return EmbeddedModel(
            base,
            ADAPTER + adapter.id,
            adapter=converted,
            fim=FIM if pinned_base(adapter) in INFILLING else None,
            say=say,
            listen=listen,
        )


def serve(adapter: Adapter, weights: Path, base: Path, port: int = 0) -> ServerProcess:
    """llama.cpp's server with the adapter on the base; it lists the model as `adapter:ID`. The caller closes it."""
    with Converted(weights, base) as converted:
        return ServerProcess(base, port, adapter=converted, alias=ADAPTER + adapter.id)


class Converted:
    """The adapter as a GGUF file for as long as the block lasts: llama.cpp reads all of it when it starts."""

    def __init__(self, weights: Path, base: Path) -> None:
        self._weights, self._base = weights, base
        self._folder = tempfile.TemporaryDirectory(prefix="memcoder-adapter-")

    def __enter__(self) -> Path:
        try:
            check_engine()
            return convert(self._weights, self._base, Path(self._folder.name) / "adapter.gguf")
        except BaseException:
            self._folder.cleanup()
            raise

    def __exit__(self, *error: object) -> None:
        self._folder.cleanup()


def pinned_base(adapter: Adapter) -> str | None:
    """`small` or `embedded`, where it was trained on that file."""
    return next((name for name, pinned in PINNED.items() if pinned.sha256 == adapter.base_sha256), None)


def base_of(adapter: Adapter, given: Path | None = None) -> Path:
    """The GGUF file to serve it on: a pinned base where it was trained on one, else `given`.

    For an adapter of the embedded model `given` may be a copy of its file. Raises MissingError where there is none,
    UsageError where `given` is no GGUF file or not what it was trained on.
    """
    name = pinned_base(adapter)
    if name is not None:
        return base_file(name, given if name == EMBEDDED else None)
    if given is None:
        raise MissingError(
            f"adapter {adapter.id} was trained on {adapter.base}, which memcoder does not bring along",
            "give its GGUF file: --base FILE to `memcoder adapter serve`, MEMCODER_MODEL_PATH elsewhere",
        )
    if base_sha256(given_base(given)) != adapter.base_sha256:
        raise UsageError(
            f"{given} is not what adapter {adapter.id} was trained on ({adapter.base})",
            "give that file, or serve it on another one with: memcoder adapter serve NAME --base FILE",
        )
    return given


def given_base(path: Path) -> Path:
    """A GGUF file that somebody names as the base. Raises MissingError or UsageError where it is none."""
    if not path.is_file():
        raise MissingError(f"{path} is not there, or no file", "llama.cpp wants the base as a GGUF file")
    check_base(path)
    return path


def differences(adapter: Adapter, base: Path) -> list[str]:
    """A line for each way in which the weights that are served are not those that it was trained on."""
    lines = []
    if base_sha256(base) != adapter.base_sha256:
        lines.append(f"served on {base.name}, but trained on {adapter.base}: the gate's scores do not hold for it")
    quantised = quantisation(base)
    if quantised:
        lines.append(
            f"trained on {adapter.base} as float32; llama.cpp computes with {quantised}, so answers may differ a little"
        )
    return lines


def quantisation(base: Path) -> str:
    """The kind of a GGUF file's weights, e.g. `Q4_1`; empty where they are float32."""
    number = int(read_header(base).get("general.file_type", -1))
    try:
        from gguf import LlamaFileType
    except ImportError:
        return f"file type {number}"
    try:
        name = LlamaFileType(number).name.removeprefix("MOSTLY_")
    except ValueError:
        return f"file type {number}"
    return "" if name == "ALL_F32" else name


def vllm_command(adapters: Sequence[tuple[Adapter, Path]], base: str | None = None, port: int = 8000) -> list[str]:
    """The arguments with which vLLM serves adapters of one base under their immutable names.

    `base` is a folder or a name on the Hugging Face hub; without it, the original of the pinned base. Raises UsageError
    where the adapters have several bases, or one that is not known.
    """
    if len({adapter.base_sha256 for adapter, _ in adapters}) != 1:
        raise UsageError("these adapters were trained on several bases", "serve those of one base together")
    base = base or ORIGINALS.get(pinned_base(adapters[0][0]) or "")
    if base is None:
        raise UsageError(f"the original of {adapters[0][0].base} is not known", "give it: --base FOLDER-OR-NAME")
    modules = [
        json.dumps({"name": ADAPTER + adapter.id, "path": str(folder), "base_model_name": base})
        for adapter, folder in adapters
    ]
    return [
        *("vllm", "serve", base, "--host", "127.0.0.1", "--port", str(port), "--enable-lora"),
        *("--max-lora-rank", str(_rank(adapters)), "--max-loras", str(len(adapters)), "--lora-modules", *modules),
    ]


def _rank(adapters: Sequence[tuple[Adapter, Path]]) -> int:
    wanted = max(int(json.loads((folder / CONFIGURATION).read_text(encoding="utf-8"))["r"]) for _, folder in adapters)
    for rank in RANKS:
        if wanted <= rank:
            return rank
    raise FaultError(f"vLLM takes adapters up to rank {RANKS[-1]}, and one has {wanted}", "train it with a lower rank")


def _mute(line: str) -> None: ...
