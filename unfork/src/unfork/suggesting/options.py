"""New configuration options: the names in added lines that define one (oslo.config's form)."""

import re
from collections.abc import Sequence

from unfork.git import Repository

# Only where options are usually defined: a look at all diffs would cost as much as the index.
_GLOBS = (":(glob)**/conf/**", ":(glob)**/*opts*.py", ":(glob)**/config*.py", ":(glob)**/options.py")
_WHERE = re.compile(r"(?:^|/)(?:conf/.*|[^/]*opts[^/]*|config[^/]*|options)\.py$")
_DEFINED = re.compile(r"\b[A-Za-z]*Opt\(\s*(?:name\s*=\s*)?['\"]([A-Za-z][\w.-]{1,60})['\"]")
_OPEN = re.compile(r"Opt\(\s*$")
_DIFF = (
    "diff-tree", "--stdin", "--root", "-r", "-p", "-U0", "-M", "--no-color", "--no-ext-diff",
    "--no-textconv", "--format=%x01%H", "--", *_GLOBS,
)  # fmt: skip


def defines_options(path: str) -> bool:
    """Whether a file of this name usually defines options; ``new_options`` looks at no other."""
    return bool(_WHERE.search(path))


def new_options(repository: Repository, shas: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """By commit the options it defines; not one that the same change takes away (moved, reworded)."""
    if not shas:
        return {}
    found: dict[str, tuple[str, ...]] = {}
    sha = ""
    changed = _Changed()
    with repository.stream(*_DIFF, stdin=("\n".join(shas) + "\n").encode()) as out:
        for raw in out:
            if raw[:1] == b"+" and raw[:4] != b"+++ ":
                changed.added.append(raw[1:].decode("utf-8", "replace"))
            elif raw[:1] == b"-" and raw[:4] != b"--- ":
                changed.removed.append(raw[1:].decode("utf-8", "replace"))
            elif raw[:2] == b"@@":
                changed.end_hunk()
            elif raw[:1] == b"\x01":
                if names := changed.names():
                    found[sha] = names
                sha, changed = raw[1:].decode().strip(), _Changed()
    if names := changed.names():
        found[sha] = names
    return found


class _Changed:
    """The options in the lines a commit adds and removes."""

    def __init__(self) -> None:
        self.added: list[str] = []  # lines of the hunk that is read
        self.removed: list[str] = []
        self._new: dict[str, None] = {}  # in order
        self._old: set[str] = set()

    def end_hunk(self) -> None:
        self._new.update(dict.fromkeys(_DEFINED.findall(_closed(self.added))))
        self._old.update(_DEFINED.findall(_closed(self.removed)))
        self.added, self.removed = [], []

    def names(self) -> tuple[str, ...]:
        """What is new with the commit."""
        self.end_hunk()
        return tuple(name for name in self._new if name not in self._old)


def _closed(lines: list[str]) -> str:
    """The lines as one text. Where options follow each other git may show "name, call(" for an
    added "call(name,": the end belongs before the beginning."""
    text = "".join(lines)
    return text + lines[0] if lines and _OPEN.search(lines[-1]) else text
