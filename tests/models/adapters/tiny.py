"""Tiny random bases with a tokenizer of their own, and adapters for them as peft writes them."""

import json
from pathlib import Path
from typing import Any

from memcoder.models.adapters.registry import Registry
from memcoder.records import Adapter

ALIAS = "0123456789ab"
"""Of the repository in `manifest`."""

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
HIDDEN, LAYERS, HEADS, HEADS_OF_KEYS = 64, 2, 4, 2
WORDS = ["the parser reads a header", "a total is rounded to cents", "tests stand under tests/ as tests/test_x.py"]


def make_folder(folder: Path) -> Path:
    """A base as a Hugging Face folder."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = _tokenizer()
    tokenizer.save_pretrained(str(folder))
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=HIDDEN,
        intermediate_size=2 * HIDDEN,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS_OF_KEYS,
        tie_word_embeddings=True,
    )
    LlamaForCausalLM(config).save_pretrained(str(folder))
    return folder


def make_gguf(path: Path, architecture: str = "llama") -> Path:
    """A base as a GGUF file in float32, as llama.cpp's converter would write it: `llama` or `qwen2`."""
    import gguf
    import numpy

    writer = gguf.GGUFWriter(path, architecture)
    writer.add_context_length(512)
    writer.add_block_count(LAYERS)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(2 * HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS_OF_KEYS)
    writer.add_rope_freq_base(10_000.0)
    writer.add_rope_dimension_count(HIDDEN // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    vocabulary = _add_tokenizer(writer, "smollm" if architecture == "llama" else "qwen2")
    dice = numpy.random.default_rng(7)

    def add(name: str, *shape: int, mean: float = 0.0) -> None:
        weights = (mean + 0.2 * dice.standard_normal(shape)).astype("float32")
        if name == "token_embd.weight":
            # marks and parts of characters are never what is likeliest: llama.cpp tells nothing of answers that end at
            # once, or in the middle of a character
            weights[[not token.isascii() or token.startswith("<|") for token in vocabulary]] = 0.0
        writer.add_tensor(name, weights)

    add("token_embd.weight", len(vocabulary), HIDDEN)
    add("output_norm.weight", HIDDEN, mean=1.0)
    of_keys = HIDDEN * HEADS_OF_KEYS // HEADS
    for block in range(LAYERS):
        for name in ("attn_norm", "ffn_norm"):
            add(f"blk.{block}.{name}.weight", HIDDEN, mean=1.0)
        for name, rows in (("attn_q", HIDDEN), ("attn_k", of_keys), ("attn_v", of_keys)):
            add(f"blk.{block}.{name}.weight", rows, HIDDEN)
            if architecture == "qwen2":
                add(f"blk.{block}.{name}.bias", rows)
        add(f"blk.{block}.attn_output.weight", HIDDEN, HIDDEN)
        for name in ("ffn_gate", "ffn_up"):
            add(f"blk.{block}.{name}.weight", 2 * HIDDEN, HIDDEN)
        add(f"blk.{block}.ffn_down.weight", HIDDEN, 2 * HIDDEN)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def adapter_of(model: Any, folder: Path, *, seed: int = 0, strength: float = 0.2, **lora: Any) -> Any:
    """The model with random low-rank weights over all linear layers, saved by peft in `folder`."""
    import torch
    from peft import LoraConfig, get_peft_model

    options: dict[str, Any] = {"r": 4, "lora_alpha": 8, "target_modules": "all-linear", "task_type": "CAUSAL_LM"}
    wrapped = get_peft_model(model, LoraConfig(**(options | lora)))
    torch.manual_seed(seed)
    for name, weights in wrapped.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(weights, std=strength)
    wrapped.save_pretrained(str(folder))
    return wrapped.eval()


def weights_for(base: Path, folder: Path, *, strength: float = 0.2, width: int | None = None) -> Path:
    """A peft folder for a GGUF base, without torch: random factors of rank 4 over queries and the feed-forward up.

    `width`: for a base that is so wide, whatever this one is.
    """
    import numpy
    from safetensors.numpy import save_file

    from memcoder.models.adapters.header import read_header

    header = read_header(base)
    kind = header["general.architecture"]
    wide, inner = width or header[f"{kind}.embedding_length"], header[f"{kind}.feed_forward_length"]
    dice, tensors = numpy.random.default_rng(3), {}
    for block in range(header[f"{kind}.block_count"]):
        for layer, rows in (("self_attn.q_proj", wide), ("mlp.up_proj", inner)):
            for side, shape in (("A", (4, wide)), ("B", (rows, 4))):
                name = f"base_model.model.model.layers.{block}.{layer}.lora_{side}.weight"
                tensors[name] = (strength * dice.standard_normal(shape)).astype("float32")
    fake_adapter(folder, lora_alpha=8)
    save_file(tensors, folder / "adapter_model.safetensors")
    return folder


def fake_adapter(folder: Path, content: str = "x", **configuration: Any) -> Path:
    """The two files with a content that nobody loads: for what is done with files alone."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "adapter_model.safetensors").write_bytes(content.encode())
    (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "r": 4, **configuration}))
    return folder


def kept(registry: Registry, tmp_path: Path, content: str, **fields: object) -> str:
    """The id of an adapter with this content that is in the registry."""
    return registry.put(fake_adapter(tmp_path / f"made-{content}", content), manifest(**fields)).id


def manifest(**fields: Any) -> Adapter:
    """One that the gate accepted."""
    known = {
        "id": "",
        "repository": "0123456789abcdef",
        "base": "tiny",
        "base_sha256": "0" * 64,
        "verdict": "accepted",
        "created": 1_700_000_000,
    }
    return Adapter.model_validate(known | fields)


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=["<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(WORDS, trainer)
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, bos_token="<|im_start|>", eos_token="<|im_end|>", chat_template=TEMPLATE
    )


def _add_tokenizer(writer: Any, kind: str) -> list[str]:
    import gguf

    whole = json.loads(_tokenizer().backend_tokenizer.to_str())
    tokens = sorted(whole["model"]["vocab"], key=whole["model"]["vocab"].get)
    control = {token["content"] for token in whole["added_tokens"]}
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(kind)
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.CONTROL if token in control else gguf.TokenType.NORMAL for token in tokens])
    writer.add_token_merges([" ".join(pair) for pair in whole["model"]["merges"]])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)
    return tokens
