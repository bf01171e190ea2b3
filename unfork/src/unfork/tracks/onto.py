"""One patch onto the files as they are: what it changes, how it fitted, and what conflicts."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from unfork.git import Repository
from unfork.model import ChangeKind, FileChange, Patch
from unfork.model.carrying import How
from unfork.series import canonical_diff, left_out
from unfork.tracks.files import REGULAR, SUBMODULE, File, Files
from unfork.tracks.merging import Merger
from unfork.tracks.preimages import Preimages, after, new_content
from unfork.tracks.rejected import with_rejected
from unfork.tracks.text import Fit, holds_new, place_hunks
from unfork.tracks.trimming import Trimmed


@dataclass(frozen=True, slots=True)
class Conflict:
    """A file that needs a person."""

    path: str  # where it is on the target, or would be
    change: FileChange  # of the patch
    why: str  # in words
    base: File | None = None  # what the patch was made on; None: not known, or there was none
    ours: File | None = None  # what the target has
    theirs: File | None = None  # what the patch makes of the base
    shown: File | None = None  # what a person finds in the worktree


@dataclass(slots=True)
class Onto:
    """A patch on its way."""

    changes: dict[str, File | None] = field(default_factory=dict)
    ways: set[How] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)

    @property
    def how(self) -> How:
        """The most daring way that was needed."""
        daring = (How.STRUCTURAL, How.LESS_CONTEXT, How.NEAREST, How.MERGED)
        return next((way for way in daring if way in self.ways), How.STRAIGHT)


class Applier:
    """Puts patches onto files. ``moved`` are the files that upstream renamed since the base."""

    def __init__(self, files: Files, preimages: Preimages, merger: Merger, moved: "Moves") -> None:
        self._files = files
        self._preimages = preimages
        self._merger = merger
        self._moved = moved

    def apply(self, place: int, patch: Patch, trimmed: Trimmed | None = None) -> Onto:
        """What the patch at ``place`` of the series makes of the files as they are; nothing is changed."""
        done = Onto()
        taken = {(c.old_path, c.new_path): c for c in trimmed.taken.files} if trimmed else {}
        rest = trimmed.rest if trimmed else patch
        for change in left_out(rest):
            if change.binary:
                there = self._now(done, change.path)
                why = "the patch lacks the binary data"
                done.conflicts.append(Conflict(change.path, change, why, ours=there, shown=there))
        lacking = {id(change) for change in left_out(rest)}
        for change in rest.files:
            if id(change) not in lacking:
                self._one(done, place, change, taken.get((change.old_path, change.new_path)))
        return done

    def _now(self, done: Onto, path: str) -> File | None:
        return done.changes[path] if path in done.changes else self._files.get(path)

    def _one(self, done: Onto, place: int, change: FileChange, taken: FileChange | None) -> None:
        if change.kind is ChangeKind.ADD:
            self._add(done, change)
            return
        path, old = self._old(done, change)
        if change.kind is ChangeKind.DELETE:
            self._delete(done, place, change, path, old)
            return
        if old is None:
            base = self._preimages.of(place, change)
            theirs = after(change, base) if base else None
            why = "the target has no such file"
            done.conflicts.append(Conflict(path, change, why, base=base, theirs=theirs, shown=theirs or base))
            return
        if change.binary:
            new = self._binary(change, old)
        else:
            new = self._modify(done, place, change, taken, path, old)
        if new is None:
            if change.binary:
                said = "a binary file that is another one than the patch was made on"
                done.conflicts.append(Conflict(path, change, said, ours=old, shown=old))
            return
        self._put(done, change, path, new)

    def _old(self, done: Onto, change: FileChange) -> tuple[str, File | None]:
        """Where the file of a change is, and what it is."""
        path = change.old_path or change.path
        old = self._now(done, path)
        if old is None and (other := self._moved.to(path)) is not None:
            found = self._now(done, other)
            if found is not None:
                done.notes.append(f"{path} is {other} on the target")
                return other, found
        return path, old

    def _put(self, done: Onto, change: FileChange, path: str, new: File) -> None:
        to = path
        if change.kind in (ChangeKind.RENAME, ChangeKind.COPY) and change.new_path is not None:
            to = change.new_path
            there = self._now(done, to)
            if there is not None and there != new:
                why = "the target has a file of the new name"
                done.conflicts.append(Conflict(to, change, why, ours=there, theirs=new, shown=there))
                return
            if change.kind is ChangeKind.RENAME:
                done.changes[path] = None
        done.changes[to] = new

    def _add(self, done: Onto, change: FileChange) -> None:
        path = change.path
        if change.binary:
            made = self._binary(change, None)
            if made is None:
                done.conflicts.append(Conflict(path, change, "git cannot make this binary file"))
                return
            new = made
        else:
            new = File(change.new_mode or REGULAR, new_content(change))
        there = self._now(done, path)
        if there == new:
            return
        if there is None:
            removed = [gone for gone, file in done.changes.items() if file is None]
            blocked = self._files.in_the_way(path, removed)
            if blocked is None:
                done.changes[path] = new
                done.ways.add(How.STRAIGHT)
                return
            done.conflicts.append(Conflict(path, change, blocked, theirs=new))
            return
        merged = self._merger.merge(there.data, b"", new.data)
        shown = File(there.mode, merged.data)
        why = "the target has another file of this name"
        done.conflicts.append(Conflict(path, change, why, ours=there, theirs=new, shown=shown))

    def _delete(self, done: Onto, place: int, change: FileChange, path: str, old: File | None) -> None:
        if old is None:
            return
        rest = place_hunks(old.data, change.hunks, strict=False)
        if change.hunks and not rest.failed and not rest.data:
            done.changes[path] = None
            return
        base = self._preimages.of(place, change)
        if base is not None and base.data == old.data:
            done.changes[path] = None
            return
        why = "the patch removes a file that is another one on the target"
        done.conflicts.append(Conflict(path, change, why, base=base, ours=old, shown=old))

    def _modify(
        self, done: Onto, place: int, change: FileChange, taken: FileChange | None, path: str, old: File
    ) -> File | None:
        """The new file; ``None`` when it conflicts, which is then noted."""
        changes_mode = change.old_mode != change.new_mode and change.new_mode is not None
        mode = change.new_mode if changes_mode and change.new_mode else old.mode
        placed = place_hunks(old.data, change.hunks, strict=True)
        if not placed.failed:
            done.ways.add(How.STRAIGHT)
            return File(mode, placed.data)
        base, theirs = self._both(place, change, taken)
        if base is None or theirs is None or SUBMODULE in (mode, base.mode):
            return self._loosely(done, change, path, old, mode)
        merged = self._merger.merge(old.data, base.data, theirs.data)
        if not merged.conflicts:
            done.ways.add(How.MERGED)
            return File(mode, merged.data)
        structural = self._merger.structural(path, old.data, base.data, theirs.data)
        if structural is not None:
            done.ways.add(How.STRUCTURAL)
            done.notes.append(f"{path}: mergiraf resolved a conflict, look at it")
            return File(mode, structural)
        many = f"{merged.conflicts} place{'s' if merged.conflicts > 1 else ''}"
        why = f"both the target and the patch changed it in {many}"
        done.conflicts.append(
            Conflict(path, change, why, base=base, ours=old, theirs=theirs, shown=File(mode, merged.data))
        )
        return None

    def _both(
        self, place: int, change: FileChange, taken: FileChange | None
    ) -> tuple[File | None, File | None]:
        """What the change was made on, with what upstream has of it, and what the change makes of that."""
        base = self._preimages.of(place, change)
        if base is not None and taken is not None:
            base = after(taken, base)
        return base, after(replace(change, kind=ChangeKind.MODIFY), base) if base is not None else None

    def _loosely(self, done: Onto, change: FileChange, path: str, old: File, mode: str) -> File | None:
        """Without a base: hunks where they fit best."""
        placed = place_hunks(old.data, change.hunks, strict=False)
        there = [at for at in placed.failed if holds_new(old.data, change.hunks[at])]
        failed = [at for at in placed.failed if at not in there]
        for fit, how, said in _SAID:
            if fit in placed.fits:
                done.ways.add(how)
                done.notes.append(f"{path}: {said}")
        if there:
            done.notes.append(f"{path}: {len(there)} of {len(change.hunks)} hunks are there already")
        if not failed:
            return File(mode, placed.data)
        text = with_rejected(placed.data, [change.hunks[at] for at in failed])
        why = (
            f"{len(failed)} of {len(change.hunks)} hunks fit nowhere, and what they were made on is not known"
        )
        done.conflicts.append(Conflict(path, change, why, ours=old, shown=File(mode, text)))
        return None

    def _binary(self, change: FileChange, old: File | None) -> File | None:
        """A binary file as ``git apply`` makes it, in a folder of its own."""
        patch = Patch(name="", id="", subject="", files=(change,))
        with tempfile.TemporaryDirectory(prefix="unfork-binary-") as folder:
            place = Path(folder) / change.path
            if old is not None:
                place = Path(folder) / (change.old_path or change.path)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(old.data)
                place.chmod(0o755 if old.mode == "100755" else 0o644)
            done = Repository(Path(folder)).try_run("apply", "-", stdin=canonical_diff(patch))
            made = Path(folder) / (change.new_path or change.path)
            if done.code or not made.is_file():
                return None
            mode = change.new_mode or (old.mode if old else REGULAR)
            return File(mode, made.read_bytes())


_SAID = (
    (Fit.NEAREST, How.NEAREST, "a hunk fits in several places, the one nearest to its line number was taken"),
    (Fit.LESS, How.LESS_CONTEXT, "a hunk fits with one line of context only"),
)


class Moves:
    """Files that upstream renamed between two revisions; asked only when one is missed."""

    def __init__(self, repository: Repository, base: str, target: str) -> None:
        self._repository, self._base, self._target = repository, base, target
        self._found: Mapping[str, str] | None = None

    def to(self, path: str) -> str | None:
        """Where a file of the base is on the target."""
        if self._found is None:
            self._found = dict(self._read())
        return self._found.get(path)

    def _read(self) -> Iterator[tuple[str, str]]:
        out = self._repository.run(
            "diff-tree",
            "-r",
            "-z",
            "-M",
            "-l2000",
            "--diff-filter=R",
            "--name-status",
            self._base,
            self._target,
        )
        parts = out.decode("utf-8", "surrogateescape").split("\0")
        for at in range(0, len(parts) - 2, 3):
            yield parts[at + 1], parts[at + 2]
