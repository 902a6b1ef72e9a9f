"""Whether Chroma's files can be opened: one that is damaged may end the whole process, not only raise (Chroma 1.5.9).

The self-check before the first dense query. What the graph's files looked like after they were last used is kept
beside them; files that look otherwise (a crash in the middle of a write, a damaged disk, another tool) are opened
by a child process first, which alone dies of them. Usually that costs a few `stat` calls.
"""

import json
import subprocess
import sys
from pathlib import Path

from memcoder.errors import FaultError

SEAL = "seal.json"
WRITTEN = "index_metadata.pickle"
"""Only where this is does Chroma read the other files of a segment; before, it makes them anew from its log."""
SECONDS = 120.0
HINT = "`memcoder mine` makes them anew"
PROBE = """
import sys
import chromadb
from chromadb.config import Settings
client = chromadb.PersistentClient(path=sys.argv[1], settings=Settings(anonymized_telemetry=False))
for collection in client.list_collections():
    held = client.get_collection(collection.name, embedding_function=None)
    if count := held.count():
        every = held.get(include=["embeddings"])["embeddings"]
        assert len(every) == count, f"{len(every)} of {count} vectors"
        held.query(query_embeddings=every[:1], n_results=count)
"""
"""Every vector is read, and the graph is walked."""


def looks_whole(chroma: Path) -> bool:
    """Whether nothing is missing as far as a few `stat` calls tell: for a mine that has nothing to do otherwise."""
    try:
        with open(chroma / "chroma.sqlite3", "rb") as file:
            head = file.read(100)
            size = file.seek(0, 2)
    except OSError:
        return False
    page, pages = int.from_bytes(head[16:18], "big"), int.from_bytes(head[28:32], "big")
    page = 65536 if page == 1 else page
    return head[:16] == b"SQLite format 3\0" and 0 < page * pages <= size and _looks(chroma) == _sealed(chroma)


def require_sound(chroma: Path) -> None:
    """Raises FaultError where the files in Chroma's folder cannot be used; the caller holds their lock."""
    sealed, looks = _sealed(chroma), _looks(chroma)
    if sealed == looks:
        return
    if missing := sorted(set(sealed) - set(looks)):
        raise FaultError(f"the vectors in {chroma} are damaged ({missing[0]} is missing)", HINT)
    command = [sys.executable, "-c", PROBE, str(chroma)]
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=SECONDS, check=False)
        reason = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2] or f"exit {done.returncode}"
    except subprocess.TimeoutExpired:
        reason = f"no answer in {SECONDS:.0f} s"
    else:
        if done.returncode == 0:
            seal(chroma)
            return
    raise FaultError(f"the vectors in {chroma} are damaged ({reason[:150]})", HINT)


def seal(chroma: Path) -> None:
    """Keep what the files look like now, after they were used without trouble; the caller holds their lock."""
    looks = _looks(chroma)
    if looks != _sealed(chroma):
        draft = chroma / f"{SEAL}.partial"
        draft.write_text(json.dumps(looks))
        draft.replace(chroma / SEAL)


def _looks(chroma: Path) -> dict[str, list[int]]:
    """Size and time of change (ns) of every file of the segments that Chroma reads."""
    folders = [path.parent for path in sorted(chroma.glob(f"*/{WRITTEN}"))]
    files = [(path, path.stat()) for folder in folders for path in sorted(folder.iterdir())]
    return {f"{path.parent.name}/{path.name}": [state.st_size, state.st_mtime_ns] for path, state in files}


def _sealed(chroma: Path) -> dict[str, list[int]]:
    try:
        found = json.loads((chroma / SEAL).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
