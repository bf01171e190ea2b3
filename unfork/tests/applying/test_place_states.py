"""One small case for each way a patch can meet a tree."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from unfork.applying import place_series
from unfork.model import State


def lines(*names: str) -> bytes:
    return "".join(f"{name}\n" for name in names).encode()


def numbered(first: int, last: int) -> list[str]:
    return [f"line number {n}" for n in range(first, last + 1)]


TEXT = numbered(1, 20)
EDITED = [*TEXT[:9], "a new line of ours", *TEXT[9:]]
WITHOUT = [*TEXT[:9], *TEXT[10:]]
ONCE = ["def one():", "    begin()", "    finish()", "", *TEXT, "def two():", "    begin()", "    finish()"]


@dataclass(frozen=True)
class Case:
    before: Mapping[str, bytes]
    after: Mapping[str, bytes]
    target: Mapping[str, bytes]
    state: State
    says: str = ""  # to be found in the details
    present: float | None = None
    options: tuple[str, ...] = field(default=())
    based: bool = False  # whether the upstream has the files the patch was made on


CASES = {
    "applies where it says": Case(
        {"f": lines(*TEXT)}, {"f": lines(*EDITED)}, {"f": lines(*TEXT)}, State.CLEAN, present=0.0
    ),
    "applies further down": Case(
        {"f": lines(*TEXT)}, {"f": lines(*EDITED)}, {"f": lines("top", "of", "file", *TEXT)},
        State.OFFSET, "f: 1 hunk at other line numbers (+3)", 0.0,
    ),
    "applies with one line of context": Case(
        {"f": lines(*TEXT)}, {"f": lines(*EDITED)},
        {"f": lines(*TEXT[:7], "changed here", *TEXT[8:10], "and here", *TEXT[11:])},
        State.FUZZY, "f: 1 hunk only with less context", 0.0,
    ),
    "another change at the same place": Case(
        {"f": lines(*TEXT), "g": b"g\n"}, {"f": lines(*TEXT[:9], "ours", *TEXT[10:]), "g": b"g\n"},
        {"f": lines(*TEXT[:9], "theirs", *TEXT[10:]), "g": b"g\n"},
        State.CONFLICT, "f: does not apply at line 7 (1 of 1 hunk)",
    ),
    "already there": Case(
        {"f": lines(*TEXT)}, {"f": lines(*EDITED)}, {"f": lines(*EDITED)}, State.ABSORBED, "", 1.0
    ),
    "already there, further down": Case(
        {"f": lines(*TEXT)}, {"f": lines(*EDITED)}, {"f": lines("top", *EDITED)}, State.ABSORBED, "+1", 1.0
    ),
    "removal already made": Case(
        {"f": lines(*TEXT)}, {"f": lines(*WITHOUT)}, {"f": lines(*WITHOUT)}, State.ABSORBED
    ),
    "removal that only brackets could prove": Case(
        {"f": lines("{", "", "a telling line", "}", "")}, {"f": lines("{", "", "}", "")},
        {"f": lines("{", "", "}", "")}, State.CONFLICT, "too common to prove",
    ),
    "the same lines elsewhere do not make it absorbed": Case(
        {"f": lines(*ONCE)}, {"f": lines(*ONCE[:-1], "    extra()", ONCE[-1])},
        {"f": lines(*ONCE[:2], "    extra()", *ONCE[2:])}, State.OFFSET, "", 1.0,
    ),
    "there, and lines around edited since": Case(
        {"f": lines(*TEXT)}, {"f": lines(*EDITED)}, {"f": lines(*EDITED[:7], "x", *EDITED[8:])},
        State.CONFLICT, "f: does not apply at line 7 (1 of 1 hunk)", 1.0,
    ),
    "there, and lines around edited since, base known": Case(
        {"f": lines(*TEXT)}, {"f": lines(*EDITED)}, {"f": lines(*EDITED[:7], "x", *EDITED[8:])},
        State.ABSORBED, "three-way merge leaves the target as it is", 1.0, based=True,
    ),
    "only brackets, base known": Case(
        {"f": lines("{", "", "a telling line", "}", "")}, {"f": lines("{", "", "}", "")},
        {"f": lines("{", "", "}", "")}, State.ABSORBED, based=True,
    ),
    "context gone, base unknown": Case(
        {"f": lines(*TEXT)}, {"f": lines(*EDITED)}, {"f": lines(*TEXT[:8], *TEXT[9:10], "x", *TEXT[11:])},
        State.CONFLICT,
    ),
    "placed by three-way merge": Case(
        {"f": lines(*TEXT)}, {"f": lines(*TEXT[:8], "ours", *TEXT[9:12], "and ours", *TEXT[13:])},
        {"f": lines(*TEXT[:10], "theirs, in between", *TEXT[11:])},
        State.FUZZY, "f: by three-way merge", 0.0, based=True,
    ),
    "three-way merge conflicts": Case(
        {"f": lines(*TEXT)}, {"f": lines(*TEXT[:9], "ours", *TEXT[10:])},
        {"f": lines(*TEXT[:9], "theirs", *TEXT[10:])}, State.CONFLICT, based=True,
    ),
    "new file": Case({"g": b"g\n"}, {"g": b"g\n", "f": b"new\n"}, {"g": b"g\n"}, State.CLEAN),
    "new file that is there": Case(
        {"g": b"g\n"}, {"g": b"g\n", "f": b"new line\n"}, {"g": b"g\n", "f": b"new line\n"}, State.ABSORBED
    ),
    "new file, another content": Case(
        {"g": b"g\n"}, {"g": b"g\n", "f": b"new\n"}, {"g": b"g\n", "f": b"other\n"},
        State.CONFLICT, "f: already exists in the target",
    ),
    "new empty file that is there": Case(
        {"g": b"g\n"}, {"g": b"g\n", "f": b""}, {"g": b"g\n", "f": b""}, State.ABSORBED
    ),
    "new file below a file": Case(
        {"g": b"g\n"}, {"g": b"g\n", "d/f": b"new\n"}, {"g": b"g\n", "d": b"file\n"},
        State.CONFLICT, "d is no directory in the target",
    ),
    "new file below a symlink": Case(
        {"g": b"g\n"}, {"g": b"g\n", "d/f": b"new\n"}, {"g": b"g\n", "d@": b"elsewhere"},
        State.CONFLICT, "d is no directory in the target",
    ),
    "new file where a directory is": Case(
        {"g": b"g\n"}, {"g": b"g\n", "d": b"new\n"}, {"g": b"g\n", "d/f": b"file\n"},
        State.CONFLICT, "d: is a directory in the target",
    ),
    "file becomes directory": Case(
        {"d": b"file\n"}, {"d/f": b"quite another content\n"}, {"d": b"file\n"}, State.CLEAN
    ),
    "file gone": Case(
        {"f": lines(*TEXT)}, {"f": lines(*EDITED)}, {"g": b"g\n"},
        State.OBSOLETE, "f: gone from the target", 0.0,
    ),
    "one of two files gone": Case(
        {"f": lines(*TEXT), "g": b"g\n"}, {"f": lines(*EDITED), "g": b"h\n"}, {"g": b"g\n"},
        State.CONFLICT, "f: does not exist in the target",
    ),
    "file moved": Case(
        {"a/name.py": lines(*TEXT)}, {"a/name.py": lines(*EDITED)}, {"b/name.py": lines("top", *TEXT)},
        State.CONFLICT, "perhaps moved to b/name.py",
    ),
    "file of the same name with other content": Case(
        {"a/name.py": lines(*TEXT)}, {"a/name.py": lines(*EDITED)}, {"b/name.py": b"nothing of it\n"},
        State.OBSOLETE,
    ),
    "file renamed with its content": Case(
        {"a/name.py": lines(*TEXT)}, {"a/name.py": lines(*EDITED)}, {"b/other.py": lines(*TEXT)},
        State.CONFLICT, "perhaps moved to b/other.py",
    ),
    "deletion": Case({"f": b"f\n", "g": b"g\n"}, {"g": b"g\n"}, {"f": b"f\n", "g": b"g\n"}, State.CLEAN),
    "deletion of a file that is gone": Case(
        {"f": b"f\n", "g": b"g\n"}, {"g": b"g\n"}, {"g": b"g\n"}, State.ABSORBED
    ),
    "rename": Case({"f": lines(*TEXT)}, {"h": lines(*TEXT)}, {"f": lines(*TEXT)}, State.CLEAN),
    "rename already made": Case(
        {"f": lines(*TEXT)}, {"h": lines(*TEXT)}, {"h": lines(*TEXT)}, State.ABSORBED
    ),
    "rename to a name that is taken": Case(
        {"f": lines(*TEXT)}, {"h": lines(*TEXT)}, {"f": lines(*TEXT), "h": b"other\n"},
        State.CONFLICT, "h: already exists in the target",
    ),
    "mode": Case({"f": b"f\n"}, {"f*": b"f\n"}, {"f": b"f\n"}, State.CLEAN),
    "mode already set": Case({"f": b"f\n"}, {"f*": b"f\n"}, {"f*": b"f\n"}, State.ABSORBED),
    "content there, mode not": Case(
        {"f": lines(*TEXT)}, {"f*": lines(*EDITED)}, {"f": lines(*EDITED)}, State.CONFLICT,
    ),
    "content there, mode not, merged": Case(
        {"f": lines(*TEXT)}, {"f*": lines(*EDITED)}, {"f": lines(*EDITED)}, State.FUZZY, based=True
    ),
    "symlink": Case({"l@": b"here"}, {"l@": b"there"}, {"l@": b"here"}, State.CLEAN),
    "symlink already set": Case({"l@": b"here"}, {"l@": b"there"}, {"l@": b"there"}, State.ABSORBED),
    "symlink became a file": Case({"l@": b"here"}, {"l@": b"there"}, {"l": b"here"}, State.CONFLICT),
    "binary": Case({"b": b"\0old" * 9}, {"b": b"\0new" * 9}, {"b": b"\0old" * 9}, State.CLEAN),
    "binary already there": Case(
        {"b": b"\0old" * 9}, {"b": b"\0new" * 9}, {"b": b"\0new" * 9}, State.ABSORBED
    ),
    "binary on another content": Case(
        {"b": b"\0old" * 9}, {"b": b"\0new" * 9}, {"b": b"\0xyz" * 9}, State.CONFLICT, "b"
    ),
    "binary without data": Case(
        {"b": b"\0old" * 9}, {"b": b"\0new" * 9}, {"b": b"\0old" * 9},
        State.UNKNOWN, "b: the patch lacks the binary data", options=("--no-data",),
    ),
    "binary without data, already there": Case(
        {"b": b"\0old" * 9}, {"b": b"\0new" * 9}, {"b": b"\0new" * 9}, State.ABSORBED, options=("--no-data",)
    ),
    "carriage returns": Case(
        {"f": lines(*TEXT).replace(b"\n", b"\r\n")}, {"f": lines(*EDITED).replace(b"\n", b"\r\n")},
        {"f": lines(*TEXT).replace(b"\n", b"\r\n")}, State.CLEAN,
    ),
    "no line end at the end": Case(
        {"f": b"one\ntwo"}, {"f": b"one\ntwo\nthree"}, {"f": b"one\ntwo"}, State.CLEAN
    ),
    "no line end at the end, there": Case(
        {"f": b"line one\nline two"}, {"f": b"line one\nline two\nline three"},
        {"f": b"line one\nline two\nline three"}, State.ABSORBED,
    ),
    "odd names": Case(
        {'a "b"\tc\n': lines(*TEXT), "caf\udce9 =>": lines(*TEXT)},
        {'a "b"\tc\n': lines(*EDITED), "caf\udce9 =>": lines(*EDITED)},
        {'a "b"\tc\n': lines("top", *TEXT), "caf\udce9 =>": lines("top", *TEXT)},
        State.OFFSET, r'a "b"\tc\n: 1 hunk at other line numbers (+1)',
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_state(name: str, upstream: Any, downstream: Any, cache: Path) -> None:
    case = CASES[name]
    patch = downstream.patch(case.before, case.after, *case.options)
    if case.based:
        upstream.commit(case.before)
    target = upstream.commit(case.target)
    (placed,) = place_series(upstream.repository, target, [patch], cache=cache)
    assert placed.alone is case.state, placed.details
    assert placed.in_series is case.state
    assert case.says in "\n".join(placed.details)
    if case.present is not None:
        assert placed.present == case.present
