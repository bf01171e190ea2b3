"""Write commits through one ``git fast-import``, each with only the files it changes."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from unfork.git import environment
from unfork.git_write import Workshop

BEGIN, STEP = 1_500_000_000, 7200  # first date and seconds between two commits


class Writer:
    """A new bare repository that is being filled."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mark = 0
        Workshop(path).create()
        command = ["git", "-C", str(path), "fast-import", "--quiet", "--done", "--date-format=raw"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment())
        assert process.stdin is not None  # noqa: S101 - for the type checker: we asked for pipes
        assert process.stdout is not None  # noqa: S101
        self._process, self._out, self._answers = process, process.stdin, process.stdout
        self._marks: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._out.write(b"done\n")
        self._out.close()
        if self._process.wait() and kind is None:
            raise RuntimeError("git fast-import ended with an error, its words are above")

    def commit(
        self, branch: str, parent: str | None, when: int, author: str, message: str,
        files: Mapping[str, bytes | None], merge: str | None = None,
    ) -> str:  # fmt: skip
        """One commit; its full hash. ``when`` counts steps from the first date; ``merge`` is a parent too."""
        self._mark += 1
        text = message.encode()
        date = BEGIN + STEP * when
        head = f"commit refs/heads/{branch}\nmark :{self._mark}\nauthor {author} {date} +0000\n"
        self._out.write(head.encode() + f"committer Up Stream <up@example.org> {date + 60} +0000\n".encode())
        self._out.write(b"data %d\n%s\n" % (len(text), text))
        if parent is not None:
            self._out.write(b"from :%d\n" % self._marks[parent])
        if merge is not None:
            self._out.write(b"merge :%d\n" % self._marks[merge])
        for path, data in files.items():
            if data is None:
                self._out.write(f"D {path}\n".encode())
            else:
                self._out.write(f"M 100644 inline {path}\n".encode() + b"data %d\n%s\n" % (len(data), data))
        self._out.write(f"\nget-mark :{self._mark}\n".encode())
        self._out.flush()
        sha = self._answers.readline().decode().strip()
        if not sha:
            raise RuntimeError("git fast-import ended early, its words are above")
        self._marks[sha] = self._mark
        return sha

    def tag(self, name: str, sha: str) -> None:
        """Name a commit a release."""
        self._out.write(f"reset refs/tags/{name}\nfrom :{self._marks[sha]}\n\n".encode())
