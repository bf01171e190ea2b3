"""What each piece of a patch says: its names, what it defines, where it stands."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from posixpath import basename, dirname

from unfork.model import FileChange, Hunk, Patch
from unfork.series import plain_lines
from unfork.unsquashing.pieces import HEADER, Piece

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{2,}")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]{2,}")
# What a line of most languages brings into being: a function, a class, a value, an option, a key.
_DEFINES = re.compile(
    r"^\s*(?:(?:export|public|private|protected|static|async|pub)\s+)*"
    r"(?:def|class|func|function|fn|struct|enum|union|interface|type|trait|module|const|let|var|define|#\s*define)"
    r"\s+(?:\([^)]*\)\s*)?([A-Za-z_]\w{2,})"
    r"|^\s*(?:self\.)?([A-Za-z_]\w{2,})\s*(?:=(?!=)|:)"
    r"|Opt\(\s*['\"]([A-Za-z_]\w{2,})"
    r"|^\s*(?:from\s+\S+\s+)?import\s+(?:\S+\s+as\s+)?(?:\w+\.)*([A-Za-z_]\w{2,})\s*$"
)
_SCOPE = re.compile(r"^(\s*)(?:async\s+)?(?:def|class|func|function|fn|struct)\s+([A-Za-z_]\w*)")
_TEST = re.compile(r"(?:^|[/_.-])(?:tests?|testing|spec|fixtures?)(?:[/_.-]|$)", re.IGNORECASE)
_PROSE = re.compile(r"(?:^|/)(?:docs?|releasenotes|api-ref)/|\.(?:rst|md|txt)$", re.IGNORECASE)
_AFFIX = re.compile(r"^(?:test_?|unit_|fake_)+|(?:_?tests?|_spec)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """One piece as it is compared with others."""

    path: str
    hunk: int
    at: int  # line number in the new file, about
    size: int  # changed lines
    scope: str  # the function or class around it; empty: unknown
    names: Counter[str]  # identifiers of its changed lines
    gone: frozenset[str]  # identifiers only of lines it takes away
    come: frozenset[str]  # identifiers only of lines it adds
    defined: frozenset[str]  # names that its added lines bring into being
    words: frozenset[str]  # the words that names and prose are made of, lower case
    text: Counter[bytes]  # its changed lines with their sign, without white space
    stem: str  # its file's name without what makes it a test
    is_test: bool
    is_prose: bool
    is_new: bool  # the file comes with the patch


def read_pieces(patch: Patch, pieces: Sequence[Piece]) -> list[Said]:
    """What the pieces of a patch say, in their order."""
    return [_read(patch.files[piece.file], piece) for piece in pieces]


def identifiers_outside(patch: Patch) -> frozenset[str]:
    """The identifiers that were there before the patch, as far as its unchanged and removed lines show."""
    text = b"\n".join(
        line[1:]
        for change in patch.files
        for hunk in change.hunks
        for line in hunk.lines
        if line[:1] in (b" ", b"-")
    )
    return frozenset(_NAME.findall(text.decode("utf-8", "replace")))


def words_of(text: str) -> frozenset[str]:
    """The words of a text or of names, lower case: ``evacuateHost`` is two."""
    return frozenset(word.lower() for word in _WORDS.findall(text) if len(word) > 2)


def stem_of(path: str) -> str:
    """What a test has in common with what it tests: ``manager`` of ``tests/test_manager.py``."""
    name = basename(path).split(".")[0]
    if name in ("__init__", "index", "mod"):
        name = basename(dirname(path))
    return _AFFIX.sub("", name).lower()


def is_test(path: str) -> bool:
    """Whether a file's name calls it a test."""
    return bool(_TEST.search(path))


def _read(change: FileChange, piece: Piece) -> Said:
    lines: list[bytes] = []
    at, scope = 0, ""
    if piece.hunk != HEADER:
        hunk = change.hunks[piece.hunk]
        lines, before, at = _lines_of_piece(hunk, piece)
        scope = _scope(before, lines, hunk)
    removed = [line[1:].decode("utf-8", "replace") for line in lines if line[:1] == b"-"]
    added = [line[1:].decode("utf-8", "replace") for line in lines if line[:1] == b"+"]
    before_names, after_names = (Counter(_NAME.findall("\n".join(side))) for side in (removed, added))
    path = change.path
    defined = {name for line in added for found in _DEFINES.finditer(line) for name in found.groups() if name}
    return Said(
        path=path,
        hunk=piece.hunk,
        at=at,
        size=len(lines),
        scope=scope,
        names=before_names + after_names,
        gone=frozenset(before_names.keys() - after_names.keys()),
        come=frozenset(after_names.keys() - before_names.keys()),
        defined=frozenset(defined),
        words=words_of("\n".join(removed + added)),
        text=Counter(squeezed for line in lines if len(squeezed := b"".join(line.split())) > 4),
        stem=stem_of(path),
        is_test=is_test(path),
        is_prose=bool(_PROSE.search(path)),
        is_new=change.old_path is None,
    )


def _lines_of_piece(hunk: Hunk, piece: Piece) -> tuple[list[bytes], list[bytes], int]:
    """Its changed lines, the lines of the new file before them in the hunk, and where it stands there."""
    wanted = frozenset(piece.rows)
    mine: list[bytes] = []
    before: list[bytes] = []
    row, at = 0, hunk.new_start
    for line in plain_lines(hunk.header, hunk.lines):
        if line[:1] in (b"+", b"-"):
            if row in wanted:
                mine.append(line)
            elif mine:
                break
            elif line[:1] == b"+":
                before.append(line[1:])
            row += 1
        elif line[:1] != b"\\" and not mine:
            before.append(line[1:])
        elif mine and row > piece.rows[-1]:
            break
    return mine, before, at + len(before)


def _scope(before: Sequence[bytes], lines: Sequence[bytes], hunk: Hunk) -> str:
    """The name of the function or class around a piece, as far as its hunk shows."""
    texts = [line[1:].decode("utf-8", "replace") for line in lines]
    own = [len(text) - len(text.lstrip()) for text in texts if text.strip()]
    least = min(own, default=0)
    for line in reversed(before):
        found = _SCOPE.match(line.decode("utf-8", "replace"))
        if found and len(found[1]) < least:
            return found[2]
    section = hunk.section.decode("utf-8", "replace")
    named = _SCOPE.match(section)
    if least == 0:
        return ""
    return named[2] if named else section
