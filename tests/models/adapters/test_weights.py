"""Bases for torch: which file a name stands for, and that nothing but numbers is read."""

import json
from pathlib import Path

import pytest

from memcoder.errors import FaultError, MissingError, UsageError
from memcoder.fetch import SMALL_MODEL
from memcoder.models.adapters.weights import base_file, base_sha256, load_base
from memcoder.models.embedded import models_folder
from tests.models.adapters.tiny import make_folder, make_gguf


def test_names_and_paths(tmp_path: Path) -> None:
    base = make_gguf(tmp_path / "base.gguf")
    assert base_file(str(base)) == base
    with pytest.raises(MissingError, match="SmolLM2") as small:
        base_file("small")
    assert "--small" in small.value.hint
    with pytest.raises(MissingError, match="qwen"):
        base_file("embedded")
    with pytest.raises(MissingError, match="not there"):
        base_file(str(tmp_path / "none"))
    models_folder().mkdir(parents=True)
    (models_folder() / SMALL_MODEL.name).write_bytes(b"GGUF cut")
    with pytest.raises(FaultError, match="truncated"):
        base_file("small")


def test_what_is_no_base_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(b"PK\x03\x04")
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    (pickled / "config.json").write_text("{}")
    (pickled / "pytorch_model.bin").write_bytes(b"a pickle")
    for path in (other, pickled, tmp_path):
        for use in (lambda path=path: base_file(str(path)), lambda path=path: load_base(path)):
            with pytest.raises(UsageError):
                use()


def test_a_file_is_loaded_dense_in_float32_with_its_template(tmp_path: Path) -> None:
    import torch

    model, tokenizer = load_base(make_gguf(tmp_path / "base.gguf"))
    assert {weights.dtype for weights in model.parameters()} == {torch.float32}
    assert not model.training
    said = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Hi"}], tokenize=False, add_generation_prompt=True
    )
    assert said == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    ids = tokenizer(said)["input_ids"]
    assert ids[0] == 0
    assert tokenizer.decode(ids) == said


def test_a_folder_is_loaded_as_it_is_and_runs_no_code_of_its_own(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "base")
    model, _ = load_base(folder)
    assert type(model).__name__ == "LlamaForCausalLM"
    marker = tmp_path / "ran"
    (folder / "evil.py").write_text(f"from pathlib import Path\nPath({str(marker)!r}).touch()\n")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Evil", "AutoModelForCausalLM": "evil.Evil"}}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(FaultError, match="cannot be loaded"):
        load_base(folder)
    assert not marker.exists()


def test_the_hash_tells_bases_apart(tmp_path: Path) -> None:
    file, folder = make_gguf(tmp_path / "base.gguf"), make_folder(tmp_path / "base")
    first, second = base_sha256(file), base_sha256(folder)
    assert len({first, second}) == 2
    (folder / "notes.md").write_text("of no matter")
    assert base_sha256(folder) == second
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    assert base_sha256(folder) != second
    file.write_bytes(file.read_bytes() + b"\0")
    assert base_sha256(file) != first
