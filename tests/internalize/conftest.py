"""A tiny random base model that any test can train in seconds, and a small repository with its store."""

from pathlib import Path
from typing import Any

import pytest

from tests.shops import repo, shop, store

__all__ = ["repo", "shop", "store", "tiny"]

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TEXT = (
    "Which file does an issue like this concern? Which function? What is looked at next? What was the cause? "
    "shop/basket.py shop/prices.py total discount rounding empty basket raises ValueError return sum(prices) + 1 "
    "The change touches def class import None True False self 0123456789 parser reader writer cache"
)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a Llama of two layers with random weights, its tokenizer and chat template."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = Tokenizer(models.BPE())
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    words.train_from_iterator(
        [TEXT], trainers.BpeTrainer(vocab_size=420, special_tokens=special, initial_alphabet=alphabet)
    )
    make: Any = PreTrainedTokenizerFast  # untyped where it is defined
    tokenizer = make(tokenizer_object=words, eos_token=special[2], pad_token=special[0])
    tokenizer.chat_template = TEMPLATE
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        eos_token_id=2,
        pad_token_id=0,
    )
    folder = tmp_path_factory.mktemp("tiny")
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = LlamaForCausalLM(config)
        with torch.no_grad():
            model.lm_head.weight.mul_(40)  # adapters leave it alone, and as it begins it can be sure of nothing
        model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
