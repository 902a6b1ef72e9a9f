"""Histories written by `git fast-import`, which makes a thousand commits in a blink."""

from pathlib import Path

from tests.helpers import START, GitRepo


class Importer:
    """A stream for `git fast-import`; every commit is an hour later than the one before."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self.count = 0

    def commit(
        self,
        ref: str,
        message: str,
        files: dict[str, str],
        *,
        parents: tuple[str, ...] = (),
        notes: dict[str, str] | None = None,
    ) -> str:
        """A commit on a ref; `parents` are marks or ids, where it does not simply follow. Gives its mark."""
        self.count += 1
        mark = f":{self.count}"
        self._say(f"commit {ref}\nmark {mark}\ncommitter Test Author <author@example.org> {self._when()} +0000")
        self._data(message)
        if parents:
            self._say(f"from {parents[0]}")
        for other in parents[1:]:
            self._say(f"merge {other}")
        for path, content in files.items():
            self._say(f"M 100644 inline {path}")
            self._data(content)
        for commit, content in (notes or {}).items():
            self._say("N inline " + commit)
            self._data(content)
        self._say("")
        return mark

    def run(self, repo: GitRepo) -> dict[str, str]:
        """Write everything; the commits' ids by mark."""
        marks = repo.path / ".git" / "marks"
        arguments = ["fast-import", "--quiet", "--force", f"--export-marks={marks}"]
        if marks.exists():
            arguments.append(f"--import-marks={marks}")
        repo.git(*arguments, data=b"\n".join(self._lines) + b"\n")
        self._lines.clear()
        return dict(line.split() for line in Path(marks).read_text().splitlines())

    def _when(self) -> int:
        return START + 3600 * self.count

    def _say(self, line: str) -> None:
        self._lines.append(line.encode())

    def _data(self, text: str) -> None:
        raw = text.encode()
        self._lines.append(b"data %d\n%s" % (len(raw), raw))
