"""Upstream repositories made in one git process, and the command line run as users run it."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

FIRST_DAY = 1_577_880_000  # 2020-01-01 12:00 UTC; each commit is a day younger than the one before
DAY = 86_400
Changes = Mapping[str | bytes, str | bytes | None]


class Made:
    """A bare repository that is filled through ``git fast-import``; a refusal fails the test."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.day = 0
        subprocess.run(["git", "init", "-q", "--bare", "-b", "master", str(path)], check=True)

    def git(self, *args: str, stdin: bytes = b"") -> str:
        """The output of one git call that must succeed."""
        done = subprocess.run(["git", "-C", str(self.path), *args], input=stdin, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    @contextmanager
    def writing(self) -> Iterator["Writer"]:
        """Commits and tags are in the repository when the block ends."""
        process = subprocess.Popen(
            [
                "git",
                "-C",
                str(self.path),
                "-c",
                "fastimport.unpackLimit=1",
                "fast-import",
                "--quiet",
                "--done",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdin is not None and process.stdout is not None
        try:
            yield Writer(self, process.stdin, process.stdout)
            process.stdin.write(b"done\n")
        finally:
            process.stdin.close()
            process.stdout.close()
            code = process.wait(timeout=60)
        assert code == 0

    def line(self, *subjects: str) -> list[str]:
        """Commits on master, each of which adds a file of its own."""
        with self.writing() as writer:
            return [writer.commit(each, {f"{each}.txt": f"{each} says this\n"}) for each in subjects]


def upstream_and_patches(folder: Path, patches: Path) -> Path:
    """An upstream below ``folder`` with releases 1.0.0 and 2.0.0, and two patches, one of which it took."""
    upstream = Made(folder / "upstream.git")
    body = "".join(f"line {n}\n" for n in range(40))
    with upstream.writing() as writer:
        writer.tag("1.0.0", writer.commit("Base", {"a.py": body, "b.py": body}))
        changed = {"a.py": body.replace("line 5\n", "line five\nmore\n")}
        taken = writer.commit("Count the volumes twice", changed)
        writer.tag("2.0.0", taken)
    patches.mkdir()
    mail = upstream.git("format-patch", "-1", "--stdout", taken) + "\n"
    (patches / "0001-taken.patch").write_text(mail)
    (patches / "0002-ours.patch").write_text(
        "From: A U Thor <author@example.com>\nSubject: Ours alone\n\n---\n"
        "diff --git a/b.py b/b.py\n--- a/b.py\n+++ b/b.py\n"
        "@@ -9,3 +9,3 @@\n line 8\n-line 9\n+line nine of ours alone\n line 10\n"
    )
    return upstream.path


class Writer:
    """One open ``git fast-import``."""

    def __init__(self, made: Made, to_git: IO[bytes], from_git: IO[bytes]) -> None:
        self._made = made
        self._to = to_git
        self._from = from_git
        self._marks: dict[str, int] = {}
        self._branches: dict[str, str] = {}

    def commit(
        self,
        message: str | bytes,
        changes: Changes | None = None,
        *,
        branch: str = "master",
        parents: tuple[str, ...] | None = None,
        author: str = "A U Thor <author@example.com>",
        mode: str = "100644",
    ) -> str:
        """Write a commit on top of its branch (or of ``parents``) and return its hash.

        ``changes`` gives files their content; ``None`` deletes one.
        """
        if parents is None:
            parents = (self._branches[branch],) if branch in self._branches else self._tip(branch)
        if isinstance(message, str):
            message = message.encode("utf-8", "surrogateescape")
        self._made.day += 1
        date = FIRST_DAY + self._made.day * DAY
        mark = len(self._marks) + 1
        if not parents:
            self._say(f"reset refs/heads/{branch}")
        self._say(f"commit refs/heads/{branch}\nmark :{mark}")
        self._say(f"author {author} {date} +0000\ncommitter C O Mitter <committer@example.com> {date} +0000")
        self._data(message)
        for number, parent in enumerate(parents):
            name = f":{self._marks[parent]}" if parent in self._marks else parent
            self._say(f"{'merge' if number else 'from'} {name}")
        for path, content in (changes or {}).items():
            quoted = b'"' + b"".join(b"\\%03o" % byte for byte in os.fsencode(path)) + b'"'
            if content is None:
                self._to.write(b"D " + quoted + b"\n")
            elif mode == "160000":
                self._to.write(b"M 160000 " + os.fsencode(content) + b" " + quoted + b"\n")
            else:
                self._to.write(b"M " + mode.encode() + b" inline " + quoted + b"\n")
                self._data(content.encode() if isinstance(content, str) else content)
        self._say(f"\nget-mark :{mark}")
        self._to.flush()
        sha = self._from.readline().decode().strip()
        assert sha, "git fast-import refused it"
        self._marks[sha] = mark
        self._branches[branch] = sha
        return sha

    def tag(self, name: str, sha: str, *, annotated: bool = True) -> None:
        """Write a tag."""
        at = f":{self._marks[sha]}" if sha in self._marks else sha
        if annotated:
            self._say(f"tag {name}\nfrom {at}\ntagger T <t@example.com> {FIRST_DAY} +0000")
            self._data(b"A tag\n")
        else:
            self._say(f"reset refs/tags/{name}\nfrom {at}\n")

    def _tip(self, branch: str) -> tuple[str, ...]:
        listed = self._made.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")
        return (listed,) if listed else ()

    def _say(self, text: str) -> None:
        self._to.write(text.encode() + b"\n")

    def _data(self, data: bytes) -> None:
        self._to.write(b"data %d\n" % len(data) + data + b"\n")


def unfork(*args: str | Path, cwd: Path | None = None, **env: str) -> tuple[int, str, str]:
    """``python -m unfork``: exit code, standard output, standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "unfork", *map(str, args)],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    return (
        done.returncode,
        done.stdout.decode("utf-8", "surrogateescape"),
        done.stderr.decode("utf-8", "surrogateescape"),
    )


def one_line(err: str) -> str:
    """The one line an error is, without the program's name before it."""
    assert err.count("\n") == 1, err
    assert err.startswith("unfork: error: "), err
    return err.removeprefix("unfork: error: ").rstrip("\n")


def leftovers(folder: Path) -> list[str]:
    """Names of unfinished files below a folder."""
    return sorted(path.name for path in folder.rglob("*") if path.name.endswith(".tmp"))


# -- source code that tells where it comes from ---------------------------------------------


def function(name: str, *more: str) -> str:
    """Lines that say where they come from, with ``more`` in the middle."""
    body = "".join(f"    {line}\n" for line in more)
    return (
        f"def {name}(agent, limit):\n"
        f'    """{name.capitalize()} at most so many of an agent\'s items."""\n'
        f"    {name}_seen = 0\n"
        f'    for item in agent.pending("{name}"):\n'
        f"        if {name}_seen >= limit:\n"
        f"            break\n"
        f"{body}"
        f'        {name}_seen += agent.apply("{name}", item)\n'
        f"    return {name}_seen\n\n\n"
    )


_CONFIRMED = (
    '    applied = agent.confirm("{0}", item, timeout=agent.{0}_timeout)',
    "    if not applied:",
    '        LOG.warning("{0} of %s was not confirmed", item.uuid)',
    "        agent.requeue_{0}(item)",
    "        continue",
)


def confirmed(name: str) -> str:
    """The function with a change of five lines."""
    return function(name, *(line.format(name) for line in _CONFIRMED))
