"""The embedded model's server: `python -m memcoder.models.server`, a child of one memcoder process.

It reads one JSON line from standard input (model file, adapter, key, slots, context, port), prints its address as one
JSON line, and ends when its standard input closes, which also happens when its parent is killed.
"""

import json
import os
import sys
from typing import Any


def main() -> None:
    """Serve until standard input ends."""
    wanted = json.loads(sys.stdin.readline())
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # llama.cpp prints its log to standard output
    server = start_server(**wanted)
    out.write(json.dumps({"address": server.listening_address}) + "\n")
    out.flush()
    while sys.stdin.read(4096):
        pass
    os._exit(0)  # the server's own threads would keep the process alive


def start_server(
    model: str, key: str, slots: int, context: int, port: int, threads: int, alias: str = "", adapter: str = ""
) -> Any:
    """A llama.cpp server on the loopback address. `context` is tokens a slot, `adapter` a GGUF file of one.

    It drafts what it goes on with from what it read and wrote (prompt lookup), and checks drafts as it reads: answers
    are what they would be but for rounding, and what they copy, as whole functions do, comes about twice as fast.
    """
    import xllamacpp
    from xllamacpp import common_speculative_type

    params = xllamacpp.CommonParams()
    params.model.path = model
    if alias:
        params.model_alias = {alias}
    if adapter:
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(adapter, 1.0)]
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.api_keys = [key] if key else []
    params.n_parallel = slots
    params.n_ctx = context * slots
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.speculative.types = [common_speculative_type.COMMON_SPECULATIVE_TYPE_NGRAM_MOD]
    params.verbosity = 1
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
