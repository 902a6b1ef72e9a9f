"""An adapter as a model: by the door, on its base, under its full id."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from memcoder.agent.strategies import choose_strategy
from memcoder.config import Settings
from memcoder.errors import FaultError, MissingError, UsageError
from memcoder.fetch import EMBEDDED_MODEL, SMALL_MODEL
from memcoder.models.adapters import serving
from memcoder.models.adapters.registry import Registry
from memcoder.models.adapters.weights import base_sha256, load_base
from memcoder.models.base import Sampling
from memcoder.models.door import open_model, runs_here, settled
from memcoder.models.embedded import EmbeddedModel
from memcoder.records import Adapter
from tests.models.adapters.tiny import adapter_of, fake_adapter, make_gguf, manifest, weights_for
from tests.small import small_model_at_home

REPOSITORY = "0123456789abcdef"
QUESTION = [{"role": "user", "content": "Where is a total rounded?"}]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return make_gguf(tmp_path / "base.gguf")


@pytest.fixture
def adapter(base: Path, tmp_path: Path) -> Adapter:
    weights = weights_for(base, tmp_path / "made")
    return Registry.open().put(weights, manifest(base=base.name, base_sha256=base_sha256(base)))


@pytest.fixture
def small() -> Path:
    return small_model_at_home()


def test_the_door_opens_it_by_beginning_and_alias_under_its_full_id(base: Path, adapter: Adapter) -> None:
    registry = Registry.open()
    registry.promote(adapter.id)
    said: list[str] = []
    for name in (adapter.id[:5], adapter.alias):
        with open_model(Settings(model=f"adapter:{name}", model_path=base), say=said.append) as model:
            assert model.name == f"adapter:{adapter.id}"
            assert (model.can_infill, model.can_prefill, model.can_call_tools) == (False, True, False)
            assert model.price(1, 1) == 0.0
            reply = model.chat(QUESTION, Sampling(max_tokens=4))
            assert reply.usage.tokens_out <= 4
            with pytest.raises(UsageError, match="fill in the middle"):
                model.infill("a", "b", 1, Sampling())
    assert said == [], "float32 is served as it was trained on"


def test_what_is_listed_is_the_immutable_name_and_nothing_is_left_over(
    base: Path, adapter: Adapter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    server = serving.serve(adapter, Registry.open().get(adapter.id)[1], base)
    try:
        assert not list((tmp_path / "temporary").iterdir())
        headers = {"Authorization": f"Bearer {server.key}"}
        listed = httpx.get(f"{server.address}/v1/models", headers=headers).json()
        assert [model["id"] for model in listed["data"]] == [f"adapter:{adapter.id}"]
        assert httpx.get(f"{server.address}/lora-adapters").status_code == 401
        (loaded,) = httpx.get(f"{server.address}/lora-adapters", headers=headers).json()
        assert loaded["scale"] == 1.0
        assert "127.0.0.1" in server.address
    finally:
        server.close()


def test_an_adapter_that_does_not_fit_the_base_is_a_fault_that_names_the_log(base: Path, tmp_path: Path) -> None:
    other = make_gguf(tmp_path / "other.gguf", "qwen2")
    weights = weights_for(other, tmp_path / "made", width=32)
    adapter = Registry.open().put(weights, manifest(base_sha256=base_sha256(base)))
    with (
        pytest.raises(FaultError, match="did not start") as caught,
        open_model(Settings(model=f"adapter:{adapter.id}", model_path=base)),
    ):
        pass
    assert "server.log" in caught.value.hint


def test_altered_weights_are_not_served(base: Path, adapter: Adapter) -> None:
    file = Registry.open().folder / adapter.id / "adapter_model.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"\x01")
    with (
        pytest.raises(FaultError, match="altered"),
        open_model(Settings(model=f"adapter:{adapter.id}", model_path=base)),
    ):
        pass


def test_the_base_is_the_pinned_one_or_the_very_file_that_was_given(
    base: Path, adapter: Adapter, tmp_path: Path
) -> None:
    assert serving.base_of(adapter, base) == base
    with pytest.raises(MissingError, match="does not bring along") as missing:
        serving.base_of(adapter)
    assert "--base" in missing.value.hint
    with pytest.raises(UsageError, match="is not what"):
        serving.base_of(adapter, make_gguf(tmp_path / "other.gguf", "qwen2"))
    with pytest.raises(MissingError, match="no file"):
        serving.base_of(adapter, tmp_path)
    on_small = manifest(base=SMALL_MODEL.name, base_sha256=SMALL_MODEL.sha256)
    with pytest.raises(MissingError, match="SmolLM2"):
        serving.base_of(on_small, base)


def test_other_weights_than_those_of_the_training_are_said(base: Path, adapter: Adapter, tmp_path: Path) -> None:
    assert serving.differences(adapter, base) == []
    (line,) = serving.differences(adapter, make_gguf(tmp_path / "other.gguf", "qwen2"))
    assert "other.gguf" in line
    assert "base.gguf" in line


def test_the_settled_name_is_what_an_alias_stands_for_now(adapter: Adapter, base: Path, tmp_path: Path) -> None:
    registry = Registry.open()
    with pytest.raises(UsageError, match="no adapter is promoted"):
        settled(Settings(model="adapter:promoted"), REPOSITORY)
    registry.promote(adapter.id)
    full = f"adapter:{adapter.id}"
    for name in (full, f"adapter:{adapter.id[:6]}", f"adapter:{adapter.alias}", "adapter:promoted"):
        assert settled(Settings(model=name), REPOSITORY).model == full
    with pytest.raises(UsageError, match="needs a repository"):
        settled(Settings(model="adapter:promoted"))
    with pytest.raises(UsageError, match="no adapter is promoted"):
        settled(Settings(model="adapter:promoted"), "f" * 16)
    for name in ("adapter:", "adapter:../x", "adapter:/etc/passwd"):
        with pytest.raises(UsageError, match="no adapter"):
            settled(Settings(model=name))
    for plain in (Settings(), Settings(model="embedded"), Settings(model="openai/adapter:x")):
        assert settled(plain) is plain


def test_it_is_led_as_a_small_model_that_runs_here() -> None:
    assert runs_here("adapter:x")
    assert runs_here("embedded")
    assert not runs_here("openai/x")
    assert not runs_here(None)
    assert choose_strategy(Settings(model="adapter:x"), None) == ("staged", "an adapter's base is small")


def test_vllm_gets_the_folders_under_immutable_names(tmp_path: Path) -> None:
    registry = Registry.open()
    known = {"base": SMALL_MODEL.name, "base_sha256": SMALL_MODEL.sha256}
    adapters = [
        registry.get(registry.put(fake_adapter(tmp_path / str(rank), r=rank), manifest(**known)).id) for rank in (4, 24)
    ]
    command = serving.vllm_command(adapters, port=8001)
    assert command[:3] == ["vllm", "serve", "HuggingFaceTB/SmolLM2-135M-Instruct"]
    at = command.index("--lora-modules")
    assert [json.loads(module) for module in command[at + 1 :]] == [
        {"name": f"adapter:{one.id}", "path": str(folder), "base_model_name": "HuggingFaceTB/SmolLM2-135M-Instruct"}
        for one, folder in adapters
    ]
    options = dict(pairwise(command))
    assert (options["--max-lora-rank"], options["--max-loras"]) == ("32", "2")
    assert (options["--host"], options["--port"]) == ("127.0.0.1", "8001")
    assert serving.vllm_command(adapters, "/models/base")[2] == "/models/base"


def test_vllm_is_not_told_what_it_cannot_serve(tmp_path: Path) -> None:
    registry = Registry.open()

    def kept(rank: int, base: str) -> tuple[Adapter, Path]:
        made = fake_adapter(tmp_path / f"{rank}-{base[:4]}", f"{rank}{base}", r=rank)
        return registry.get(registry.put(made, manifest(base_sha256=base)).id)

    with pytest.raises(UsageError, match="several bases"):
        serving.vllm_command([kept(4, SMALL_MODEL.sha256), kept(4, EMBEDDED_MODEL.sha256)])
    with pytest.raises(UsageError, match="not known"):
        serving.vllm_command([kept(4, "0" * 64)])
    with pytest.raises(FaultError, match="rank"):
        serving.vllm_command([kept(1024, SMALL_MODEL.sha256)])


def test_an_adapter_on_the_small_model_answers_otherwise_than_its_base(small: Path, tmp_path: Path) -> None:
    """The whole way: put, promote, open by its alias, ask."""
    registry = Registry.open()
    weights = weights_for(small, tmp_path / "made", strength=0.05)
    adapter = registry.put(weights, manifest(base=small.name, base_sha256=SMALL_MODEL.sha256))
    registry.promote(adapter.id)
    how, said = Sampling(max_tokens=8), list[str]()
    with open_model(Settings(model=f"adapter:{adapter.alias}"), say=said.append) as model:
        assert isinstance(model, EmbeddedModel)
        assert model.name == f"adapter:{adapter.id}"
        with_adapter = model.chat(QUESTION, how).text
        assert without(model, "lora") == without(model, "lora"), "the same question, the same answer"
        base_alone = without(model, "scale 0")
    assert with_adapter != base_alone
    (line,) = said
    assert "Q4_1" in line
    bare = EmbeddedModel(small)
    try:
        assert bare.chat(QUESTION, how).text == base_alone, "the adapter is all that differs"
    finally:
        bare.close()


def without(model: EmbeddedModel, how: str) -> str:
    """The answer of the server with the adapter, or with its scale at 0."""
    body: dict[str, Any] = {"messages": QUESTION, "max_tokens": 8, "temperature": 0.0, "seed": 0}
    if how == "scale 0":
        body["lora"] = [{"id": 0, "scale": 0.0}]
    headers = {"Authorization": f"Bearer {model._server.key}"}
    answer = httpx.post(f"{model._server.address}/v1/chat/completions", json=body, headers=headers, timeout=60)
    return str(answer.json()["choices"][0]["message"]["content"])


@pytest.mark.slow
def test_the_small_model_served_agrees_with_peft_within_its_quantisation(small: Path, tmp_path: Path) -> None:
    """llama.cpp computes with 4 bit weights and 8 bit activations, torch in float32."""
    import torch

    base, tokenizer = load_base(small)
    text = tokenizer.apply_chat_template(QUESTION, tokenize=False, add_generation_prompt=True)
    prompt = tokenizer(text)["input_ids"]

    def computed(model: Any) -> Any:
        with torch.no_grad():
            return torch.log_softmax(model(torch.tensor([prompt])).logits[0, -1], -1)

    bare = computed(base)
    trained = computed(adapter_of(base, tmp_path / "made", r=8, lora_alpha=16, strength=0.06))
    adapter = Registry.open().put(tmp_path / "made", manifest(base=small.name, base_sha256=SMALL_MODEL.sha256))
    server = serving.serve(adapter, Registry.open().get(adapter.id)[1], small)
    try:
        headers = {"Authorization": f"Bearer {server.key}"}
        tokens = httpx.post(
            f"{server.address}/tokenize", json={"content": text, "parse_special": True}, headers=headers
        ).json()["tokens"]
        assert tokens == prompt, "both read the same tokens"
        found = {}
        for scale in (1.0, 0.0):
            body = {"prompt": prompt, "n_predict": 1, "n_probs": 20, "lora": [{"id": 0, "scale": scale}]}
            answer = httpx.post(f"{server.address}/completion", json=body, headers=headers, timeout=120).json()
            found[scale] = answer["completion_probabilities"][0]["top_logprobs"]
    finally:
        server.close()
    distances = {
        name: max(abs(row["logprob"] - float(wanted[row["id"]])) for row in rows[:10])
        for name, rows, wanted in (
            ("with", found[1.0], trained),
            ("base", found[0.0], bare),
            ("crossed", found[1.0], bare),
        )
    }
    print(distances)
    assert distances["base"] < 0.5
    assert distances["with"] < 0.75
    assert distances["crossed"] > 2 * distances["with"], "what is served is the adapter"
