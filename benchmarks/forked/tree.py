"""Files as lists of line objects, so that a place is found again however much is changed around it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


class Line:
    """One line; two lines of the same text are two lines."""

    __slots__ = ("locked", "reserved", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.locked = False  # upstream leaves it alone: a change is still to land here
        self.reserved = False  # a carried patch changes this place


@dataclass(slots=True, eq=False)
class Edit:
    """One change of consecutive lines of a file, or a new file (no anchor)."""

    path: str  # in the base
    anchor: Line | None  # the line before, which stays
    old: list[Line]
    new: list[str]
    home: str = ""  # where upstream has that place now

    @property
    def size(self) -> int:
        """Changed lines that are not blank."""
        return sum(bool(line.text.strip()) for line in self.old) + sum(
            bool(text.strip()) for text in self.new
        )

    def lock(self, locked: bool) -> None:
        """Have upstream leave the place alone, or not any more."""
        for line in ([self.anchor] if self.anchor else []) + self.old:
            line.locked = locked


@dataclass(slots=True, eq=False)
class Landed:
    """An edit as it was made in one tree."""

    edit: Edit
    new: list[Line]

    def lock(self, locked: bool) -> None:
        """Have upstream leave it as it was made, or not any more."""
        for line in [*([self.edit.anchor] if self.edit.anchor else []), *self.new]:
            line.locked = locked


@dataclass(slots=True, eq=False)
class Tree:
    """Every file of one branch."""

    files: dict[str, list[Line]] = field(default_factory=dict)
    dirty: set[str] = field(default_factory=set)  # changed since ``taken``

    def copy(self) -> "Tree":
        """Another branch of the same lines."""
        return Tree({path: list(lines) for path, lines in self.files.items()})

    def texts(self, path: str) -> list[str]:
        """The file's lines as text."""
        return [line.text for line in self.files[path]]

    def data(self, path: str) -> bytes:
        """The file as git stores it."""
        return "".join(f"{line.text}\n" for line in self.files[path]).encode()

    def taken(self) -> dict[str, bytes | None]:
        """What changed since the last time; ``None``: the file is gone."""
        changed = {path: self.data(path) if path in self.files else None for path in sorted(self.dirty)}
        self.dirty.clear()
        return changed

    def put(self, path: str, at: int, count: int, new: Sequence[str]) -> list[Line]:
        """Replace lines by place."""
        made = [Line(text) for text in new]
        self.files[path][at : at + count] = made
        self.dirty.add(path)
        return made

    def apply(self, edit: Edit, path: str, new: Sequence[str] | None = None) -> Landed:
        """Make an edit here, with lines of its own or others."""
        texts = edit.new if new is None else new
        self.dirty.add(path)
        if edit.anchor is None:
            self.files[path] = made = [Line(text) for text in texts]
        else:
            at = self.files[path].index(edit.anchor) + 1
            made = self.put(path, at, len(edit.old), texts)
        return Landed(edit, made)

    def undo(self, landed: Landed) -> None:
        """Take an edit back; its lines must still stand together."""
        path = landed.edit.home  # where it is by now
        self.dirty.add(path)
        if landed.edit.anchor is None:
            del self.files[path]
            return
        lines = self.files[path]
        at = lines.index(landed.edit.anchor) + 1
        lines[at : at + len(landed.new)] = landed.edit.old

    def rename(self, old: str, new: str) -> None:
        """Give a file another name."""
        self.files[new] = self.files.pop(old)
        self.dirty |= {old, new}

    def free(self, path: str, at: int, count: int) -> bool:
        """Whether lines may be replaced here without touching a place that is waited for."""
        lines = self.files[path]
        before, after = lines[at - 1], lines[at + count] if at + count < len(lines) else None
        return not any_locked(lines[at : at + count]) and not (before.locked and after and after.locked)


def any_locked(lines: Iterable[Line]) -> bool:
    """Whether upstream must leave one of the lines alone."""
    return any(line.locked for line in lines)
