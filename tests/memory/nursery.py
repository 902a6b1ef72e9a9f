"""A process that has everything imported and forks a miner for each line that it reads: a start that costs nothing.

Reads `repository<TAB>store<TAB>file`, where the file gets the last progress told; answers with the miner's process id.
Then reads an empty line, and answers with the miner's exit status once it ended. Run as a script.
"""

import os
import sys
from pathlib import Path


def main() -> None:
    import chromadb  # noqa: F401 - imported once, here

    from memcoder.memory import mine, recall, stages, vectors  # noqa: F401

    mine.BATCH = stages.BATCH = vectors.BATCH = 5
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            work(*line.rstrip("\n").split("\t"))
        print(child, flush=True)
        sys.stdin.readline()  # until now the id is the miner's, even if it ended
        print(os.waitpid(child, 0)[1], flush=True)


def work(path: str, folder: str, reported: str) -> None:
    """Mine, writing down what was reached; never returns."""
    from memcoder.config import Settings
    from memcoder.history.repository import Repository
    from memcoder.memory.mine import mine
    from memcoder.memory.store import MemoryStore

    def progress(what: str, done: int, total: int) -> None:
        Path(f"{reported}.new").write_text(f"{what} {done}")
        os.replace(f"{reported}.new", reported)

    status = 1
    try:
        repo = Repository.open(path)
        with MemoryStore.open(Settings(embedder="hashing", store=Path(folder)), repo.key) as store:
            report = mine(repo, store, progress=progress)
        status = 0 if not any(report.pending.values()) else 2
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
