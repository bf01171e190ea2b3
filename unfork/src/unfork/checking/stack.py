"""What a failure's text says: its last line, and the files of the worktree that it names."""

import re
from pathlib import Path

# Python's traceback, pytest's short form, compilers and most others: a path with an extension, then a line.
_FILE = re.compile(r"""(?:File ")?([\w./+~-]{1,300}\.[A-Za-z]{1,5})(?:", line \d+|:\d+)""")
_MOST = 40
_LONG = 300


def last_line(text: str) -> str:
    """The last line that says something: in a traceback the error itself."""
    lines = [line.strip() for line in text[-20_000:].splitlines()]
    # testtools frames its texts: "Traceback: {{{" and "}}}".
    said = next((line for line in reversed(lines) if line.strip("}{-=_ ")), "")
    return "".join(each if each.isprintable() else " " for each in said)[:_LONG]


def files_named(text: str, root: Path) -> tuple[str, ...]:
    """Files below ``root`` that a text names with a line, as paths from there, innermost frame first."""
    found: dict[str, None] = {}
    for name in reversed(_FILE.findall(text[-200_000:])):
        path = Path(name)
        if path.is_absolute():
            if not path.is_relative_to(root):
                continue
            path = path.relative_to(root)
        if ".." in path.parts or "site-packages" in path.parts:
            continue
        if (root / path).is_file():
            found[path.as_posix()] = None
            if len(found) >= _MOST:
                break
    return tuple(found)
