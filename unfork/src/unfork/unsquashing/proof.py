"""Proof that the parts of a squash, one after another, make the very tree that the squash makes.

Where the tree below the squash is known it is used. Else one is made that has the squash's own old lines
at the places it names, and between them lines that occur nowhere else.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from unfork.applying.sandbox import FAST, Sandbox, sandbox
from unfork.applying.slots import fill_index
from unfork.errors import InputError
from unfork.git import Repository, TreeEntry
from unfork.model import ChangeKind, FileChange, Hunk, Patch
from unfork.series import canonical_diff, left_out, plain_lines

_APPLY = ("--cached", "--verbose", "--whitespace=nowarn")
_NO_CONTEXT = "--unidiff-zero"
_MOVED = re.compile(r"^Hunk #\d+ succeeded at .*\boffset\b", re.MULTILINE)
_LAST = 2_000_000  # the largest line number for which a file is made; no source file has so many


def prove(
    patch: Patch, parts: Sequence[Patch], *, where: str, tree: Mapping[str, TreeEntry] | None = None,
    lender: Repository | None = None,
) -> str:  # fmt: skip
    """The name of the tree that both make.

    ``tree`` and ``lender`` are the files below the squash and the repository that holds them. Raises
    ``InputError`` when the squash does not apply there, and ``AssertionError`` when the parts make
    another tree: that is a mistake of ours, and nothing may be written.
    """
    if tree is None:  # what is no text is not in the patch: such a file goes to one part as it is
        if _binary([patch]) != _binary(parts):
            raise AssertionError(f"the parts of {patch.name} have other binary files than the patch")
        patch, parts = _text(patch), [_text(part) for part in parts]
    whole = canonical_diff(patch)
    with sandbox(*([lender] if lender else [])) as box:
        git = box.index()
        below = _real(box, git, patch, tree) if tree is not None else _made(git, patch, where)
        options: tuple[str, ...] = _APPLY
        problem = _applied(git, whole, options)
        if problem:
            options = (*_APPLY, _NO_CONTEXT)
            problem = _applied(git, whole, options) and problem
        if problem:
            raise InputError(
                f"the patch does not apply at the lines it names: {problem}",
                where=where,
                hint="refresh it first, so that its line numbers and context are right",
            )
        wanted = git.text("write-tree")
        git.run("read-tree", below)
        for number, part in enumerate(parts, 1):
            # git itself looks for a removal without context one line off, and says so.
            problem = _applied(git, canonical_diff(part), options, moved=options != _APPLY)
            if problem:
                raise AssertionError(f"part {number} of {len(parts)} does not apply: {problem}")
        found = git.text("write-tree")
    if found != wanted or _unsaid([patch]) != _unsaid(parts):
        raise AssertionError(f"the parts of {patch.name} make another tree than the patch")
    return found


def _applied(git: Repository, diff: bytes, options: Sequence[str], *, moved: bool = True) -> str:
    """What is wrong when a diff is applied; nothing: it is in the index. Unless ``moved``, hunks must
    apply exactly where they say."""
    if not diff:
        return ""
    done = git.try_run("apply", *options, "-", stdin=diff, config=FAST)
    if done.code:
        lines = (line.removeprefix("error: ") for line in done.err.splitlines() if line.startswith("error: "))
        return next(lines, f"git apply ended with {done.code}")
    found = None if moved else _MOVED.search(done.err)
    return found[0] if found else ""


def _binary(patches: Sequence[Patch]) -> list[FileChange]:
    found = [change for patch in patches for change in patch.files if change.binary]
    return sorted(found, key=lambda change: change.path)


def _text(patch: Patch) -> Patch:
    return replace(patch, files=tuple(change for change in patch.files if not change.binary))


def _unsaid(patches: Sequence[Patch]) -> list[FileChange]:
    """What git cannot apply for want of data; it is handed on as it is."""
    found = [change for patch in patches for change in left_out(patch)]
    return sorted(found, key=lambda change: change.path)


def _real(box: Sandbox, git: Repository, patch: Patch, tree: Mapping[str, TreeEntry]) -> str:
    names = {name for change in patch.files for name in (change.old_path, change.new_path) if name}
    entries = [(name, tree[name]) for name in sorted(names & tree.keys())]
    box.bring(entry.sha for _, entry in entries if entry.mode != "160000")
    fill_index(git, entries)
    return git.text("write-tree")


def _made(git: Repository, patch: Patch, where: str) -> str:
    """A tree that the patch applies to, made of its own lines."""
    before: dict[str, FileChange] = {}  # a file that is copied twice is there once
    for change in patch.files:
        if change.old_path is not None and not change.binary:
            before.setdefault(change.old_path, _before(change, change.old_path, where))
    diff = canonical_diff(Patch("below", "", "", files=tuple(before.values())))
    if diff:
        git.run("apply", *_APPLY, "-", stdin=diff, config=FAST)
    return git.text("write-tree")


def _before(change: FileChange, path: str, where: str) -> FileChange:
    """A new file with the old lines of a change at their places."""
    lines: list[bytes] = []
    for hunk in change.hunks:
        first = hunk.old_start if hunk.old_count else hunk.old_start + 1
        if not len(lines) < first <= _LAST:
            raise InputError(
                f"the hunk at line {hunk.old_start} of {path} cannot stand where it says",
                where=where,
                hint="refresh the patch first, so that its line numbers are right",
            )
        lines += [b"+unfork %d\n" % number for number in range(len(lines) + 1, first)]
        was_old = False
        for line in plain_lines(hunk.header, hunk.lines):
            if line[:1] == b"\\" and was_old:
                lines[-1] += line  # the mark belongs to the line before it
            elif line[:1] != b"\\":
                was_old = line[:1] != b"+"
                if was_old:
                    lines.append(b"+" + line[1:])
    mode = change.old_mode or change.new_mode
    made = Hunk(b"@@ @@\n", 0, 0, 1, len(lines), tuple(lines))
    return FileChange(ChangeKind.ADD, None, path, (), hunks=(made,) if lines else (), new_mode=mode)
