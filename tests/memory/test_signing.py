import os
import subprocess
import sys

import pytest

from memcoder.config import home
from memcoder.errors import UsageError
from memcoder.memory.signing import key_mark, sign, verify


def test_signs_under_a_key_that_only_the_user_reads() -> None:
    signature = sign("body")
    assert verify("body", signature)
    assert not verify("Body", signature)
    assert not verify("body", "")
    assert (home() / "key").stat().st_mode & 0o777 == 0o600


def test_another_key_does_not_vouch(monkeypatch: pytest.MonkeyPatch) -> None:
    signature, mark = sign("body"), key_mark()
    monkeypatch.setenv("MEMCODER_MEMORY_KEY", "a key from somewhere else")
    assert not verify("body", signature)
    assert key_mark() != mark
    monkeypatch.setenv("MEMCODER_MEMORY_KEY", "short")
    with pytest.raises(UsageError, match="shorter"):
        sign("body")


def test_a_key_that_others_can_read_is_refused() -> None:
    sign("body")
    (home() / "key").chmod(0o644)
    os.utime(home() / "key", ns=(1, 1))
    with pytest.raises(UsageError, match="read by others"):
        sign("body")


def test_processes_that_start_together_share_one_key() -> None:
    code = "from memcoder.memory.signing import sign; print(sign('x'))"
    children = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(4)]
    assert len({child.communicate()[0] for child in children}) == 1
    assert [path.name for path in home().iterdir()] == ["key"]
