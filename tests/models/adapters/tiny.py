"""A tiny random Llama with a tokenizer of its own, and adapters for it, as transformers and peft write them."""

import json
from pathlib import Path
from typing import Any

from memcoder.records import Adapter

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
WORDS = ["the parser reads a header", "a total is rounded to cents", "tests stand under tests/ as tests/test_x.py"]


def make_base(folder: Path, *, qwen: bool = False) -> Path:
    """A Hugging Face folder: hidden size 32, two layers, four heads over two of keys; llama's or qwen2's kind."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

    tokenizer = _tokenizer()
    tokenizer.save_pretrained(folder)
    sizes: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 512,
        "tie_word_embeddings": True,
        "bos_token_id": 0,
        "eos_token_id": 1,
    }
    torch.manual_seed(7)
    model = Qwen2ForCausalLM(Qwen2Config(**sizes)) if qwen else LlamaForCausalLM(LlamaConfig(**sizes))
    model.save_pretrained(folder)
    return folder


def make_adapter(base: Path, folder: Path, *, seed: int = 0, strength: float = 0.2, **lora: Any) -> Path:
    """A peft folder of random weights for a base, over all linear layers, big enough to change what the base says."""
    from transformers import AutoModelForCausalLM

    return adapter_of(AutoModelForCausalLM.from_pretrained(base), folder, seed=seed, strength=strength, **lora)


def adapter_of(model: Any, folder: Path, *, seed: int = 0, strength: float = 0.2, **lora: Any) -> Path:
    """As `make_adapter`, for a model that is loaded."""
    import torch
    from peft import LoraConfig, get_peft_model

    options = {"r": 4, "lora_alpha": 8, "target_modules": "all-linear", "task_type": "CAUSAL_LM"} | lora
    wrapped = get_peft_model(model, LoraConfig(**options))
    torch.manual_seed(seed)
    for name, weights in wrapped.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(weights, std=strength)
    wrapped.save_pretrained(folder)
    return folder


def fake_adapter(folder: Path, content: str = "x", **configuration: Any) -> Path:
    """The two files with a content that nobody loads: for what is done with files alone."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "adapter_model.safetensors").write_bytes(content.encode())
    (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "r": 4, **configuration}))
    return folder


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
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<|im_start|>", eos_token="<|im_end|>", chat_template=TEMPLATE
    )
