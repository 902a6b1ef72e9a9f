"""What llama.cpp says with a converted adapter is what transformers and peft say with the one it was made from."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from memcoder.errors import FaultError, UsageError
from memcoder.models.adapters.convert import convert
from memcoder.models.adapters.header import read_header
from memcoder.models.adapters.weights import load_base
from memcoder.models.embedded import ServerProcess
from tests.models.adapters.tiny import adapter_of, fake_adapter, make_gguf

PROMPT = list(range(20, 60))


def served(base: Path, adapter: Path | None) -> list[float]:
    """Log-probability of each token after PROMPT, as llama.cpp has it."""
    server = ServerProcess(base, adapter=adapter)
    try:
        answer = httpx.post(
            f"{server.address}/completion",
            json={"prompt": PROMPT, "n_predict": 1, "n_probs": 1000, "temperature": 0.0},
            headers={"Authorization": f"Bearer {server.key}"},
            timeout=60,
        )
    finally:
        server.close()
    rows = answer.json()["completion_probabilities"][0]["top_logprobs"]
    found = {row["id"]: float(row["logprob"]) for row in rows}
    return [found[token] for token in range(len(found))]


def computed(model: Any) -> list[float]:
    """The same by torch."""
    import torch

    with torch.no_grad():
        logits = model(torch.tensor([PROMPT])).logits[0, -1]
    return [float(value) for value in torch.log_softmax(logits, -1)]


def apart(one: list[float], other: list[float]) -> float:
    """The greatest distance."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(
    ("architecture", "options"),
    [("llama", {}), ("qwen2", {"use_rslora": True, "r": 2}), ("llama", {"target_modules": ["q_proj", "k_proj"]})],
    ids=["llama", "qwen2-rslora", "llama-queries-and-keys"],
)
def test_llama_cpp_and_peft_agree(tmp_path: Path, architecture: str, options: dict[str, Any]) -> None:
    base = make_gguf(tmp_path / "base.gguf", architecture)
    model, _ = load_base(base)
    bare = computed(model)
    assert apart(served(base, None), bare) < 0.01, "the bases are one"
    with_adapter = computed(adapter_of(model, tmp_path / "adapter", **options))
    assert apart(with_adapter, bare) > 0.5, "it changes what is said"
    converted = convert(tmp_path / "adapter", base, tmp_path / "adapter.gguf")
    assert apart(served(base, converted), with_adapter) < 0.01
    header = read_header(converted)
    assert (header["general.type"], header["adapter.type"]) == ("adapter", "lora")
    assert header["general.architecture"] == architecture


def test_rows_left_in_their_order_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = make_gguf(tmp_path / "base.gguf")
    model, _ = load_base(base)
    wanted = computed(adapter_of(model, tmp_path / "adapter", target_modules=["q_proj", "k_proj"]))
    monkeypatch.setitem(convert.__globals__["PERMUTED"], "llama", False)
    converted = convert(tmp_path / "adapter", base, tmp_path / "adapter.gguf")
    assert apart(served(base, converted), wanted) > 0.1


@pytest.mark.parametrize(
    "option",
    [
        {"use_dora": True},
        {"bias": "all"},
        {"modules_to_save": ["lm_head"]},
        {"rank_pattern": {"q_proj": 2}},
        {"alpha_pattern": {"q_proj": 2}},
        {"trainable_token_indices": [1]},
    ],
    ids=lambda option: next(iter(option)),
)
def test_what_llama_cpp_cannot_apply_is_refused(tmp_path: Path, option: dict[str, Any]) -> None:
    base = make_gguf(tmp_path / "base.gguf")
    with pytest.raises(UsageError, match=next(iter(option))):
        convert(fake_adapter(tmp_path / "adapter", lora_alpha=8, **option), base, tmp_path / "adapter.gguf")
    assert not (tmp_path / "adapter.gguf").exists()


def test_weights_that_are_none_and_layers_that_are_not_there_are_said(tmp_path: Path) -> None:
    import numpy
    from safetensors.numpy import save_file

    base = make_gguf(tmp_path / "base.gguf")
    weights = fake_adapter(tmp_path / "adapter", lora_alpha=8)
    with pytest.raises(FaultError, match="cannot be read"):
        convert(weights, base, tmp_path / "adapter.gguf")
    for name, said in (
        ("base_model.model.model.layers.9.self_attn.q_proj.lora_A.weight", "no layer"),
        ("base_model.model.model.embed_tokens.lora_embedding_A", "no low-rank factor"),
        ("model.layers.0.self_attn.q_proj.lora_A.weight", "no low-rank factor"),
    ):
        save_file({name: numpy.zeros((4, 64), "float32")}, weights / "adapter_model.safetensors")
        with pytest.raises(UsageError, match=said):
            convert(weights, base, tmp_path / "adapter.gguf")


def test_a_base_of_an_unknown_kind_and_one_that_is_cut_off_are_refused(tmp_path: Path) -> None:
    import gguf

    writer = gguf.GGUFWriter(tmp_path / "other.gguf", "rwkv6")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    weights = fake_adapter(tmp_path / "adapter")
    with pytest.raises(UsageError, match="rwkv6"):
        convert(weights, tmp_path / "other.gguf", tmp_path / "adapter.gguf")
    whole = (tmp_path / "other.gguf").read_bytes()
    for cut, said in (
        (b"", "no GGUF"),
        (b"GGML" + whole[4:], "no GGUF"),
        (whole[:30], "cannot be read"),
        (whole[:9], "read"),
    ):
        (tmp_path / "cut.gguf").write_bytes(cut)
        with pytest.raises(UsageError, match=said):
            convert(weights, tmp_path / "cut.gguf", tmp_path / "adapter.gguf")
    hostile = whole[:16] + (2**60).to_bytes(8, "little") + whole[24:]
    (tmp_path / "hostile.gguf").write_bytes(hostile)
    with pytest.raises(UsageError, match="fields"):
        read_header(tmp_path / "hostile.gguf")


def test_the_header_is_what_ggufs_own_reader_finds(tmp_path: Path) -> None:
    import gguf

    base = make_gguf(tmp_path / "base.gguf", "qwen2")
    fields = gguf.GGUFReader(base).fields
    plain = {
        key: field.contents()
        for key, field in fields.items()
        if field.types[0] != gguf.GGUFValueType.ARRAY and not key.startswith("GGUF.")
    }
    assert json.loads(json.dumps(read_header(base))) == json.loads(json.dumps(plain))
