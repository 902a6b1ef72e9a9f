"""Files that appear whole or not at all, readable by their owner alone."""

import os
import tempfile
from pathlib import Path

DRAFT = ".draft-"
"""How the names of files begin that are being written."""


def write_whole(path: Path, data: bytes, draft: str = DRAFT) -> None:
    """Put `data` at `path` in one step: a reader sees the old file or the new one, and a crash leaves one of them.

    The folder must exist. Raises OSError, and then leaves nothing behind.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=draft)  # mkstemp gives mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
