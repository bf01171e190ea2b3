"""A proposal to take a patch apart, and what was made of one, as text and as JSON."""

from datetime import UTC, datetime

import msgspec

from unfork import __version__
from unfork.reports._safe import printable, valid
from unfork.reports._terminal import Paint, pad, widths
from unfork.reports._words import SHORT, plural
from unfork.unsquashing import Part, Proposal

UNSQUASH_SCHEMA = "unfork-unsquash/1"


class UnsquashPart(msgspec.Struct, frozen=True):
    """One part."""

    title: str
    origin: str  # what says that there is such a part: beside, upstream, listed, hunks, person
    name: str  # the patch beside it, or the hash of the commit; empty: none
    author: str | None
    date: str | None  # ISO 8601, UTC
    lines: int  # changed lines that go to it
    hunks: int  # hunks that go to it, whole or in part
    files: int
    file: str | None  # the patch that was written of it; null: none yet


class UnsquashDocument(msgspec.Struct, frozen=True, tag_field="schema", tag=UNSQUASH_SCHEMA):
    """What `unfork unsquash --json` writes."""

    unfork: str  # version of unfork that wrote this
    patch: str  # name in the series
    id: str  # of the change
    series: str  # as the user named it
    proposal: str | None  # the file it was written to, or read from
    parts: tuple[UnsquashPart, ...]  # in the order in which they are applied
    tree: str | None  # name of the tree that the patch and its parts make; null: only proposed
    folder: str | None  # where the parts were written
    warnings: tuple[str, ...] = ()


def document(
    proposal: Proposal, *, path: str | None, tree: str | None = None, files: tuple[str, ...] = (),
    folder: str | None = None, warnings: tuple[str, ...] = (),
) -> UnsquashDocument:  # fmt: skip
    """The document of a proposal, or of what was made of it."""
    names = files or (None,) * len(proposal.parts)
    return UnsquashDocument(
        unfork=__version__,
        patch=valid(proposal.patch),
        id=proposal.id,
        series=valid(proposal.series),
        proposal=None if path is None else valid(path),
        parts=tuple(_part(part, name) for part, name in zip(proposal.parts, names, strict=True)),
        tree=tree,
        folder=None if folder is None else valid(folder),
        warnings=tuple(valid(each) for each in warnings),
    )


def _part(part: Part, file: str | None) -> UnsquashPart:
    return UnsquashPart(
        title=valid(part.title),
        origin=str(part.origin),
        name=valid(part.name),
        author=valid(str(part.author)) if part.author else None,
        date=None if part.date is None else f"{datetime.fromtimestamp(part.date, UTC):%Y-%m-%dT%H:%M:%SZ}",
        lines=len(part.lines),
        hunks=len({(line.file, line.hunk) for line in part.lines}),
        files=len({line.file for line in part.lines}),
        file=file,
    )


def render_unsquash_json(result: UnsquashDocument) -> bytes:
    """The document, ending in a line end."""
    return msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n"


def render_unsquash(
    result: UnsquashDocument, *, on_tree: bool = False, color: bool = False, quiet: bool = False
) -> str:
    """One line a part, then what was written; ends in a line end."""
    paint = Paint(color=color)
    rows = [("#", "lines", "hunks", "files", "from", "title")]
    rows += [
        (str(number), str(each.lines), str(each.hunks), str(each.files), _source(each), printable(each.title))
        for number, each in enumerate(result.parts, 1)
    ]
    sizes = widths(rows)
    lines = ["  ".join(map(pad, row, sizes)).rstrip() for row in rows]
    lines[0] = paint(lines[0], "bold")
    if not quiet:
        lines += [f"# {line}" for line in _said(result, on_tree=on_tree)]
        lines += [f"# warning: {printable(each)}" for each in result.warnings]
    return "\n".join(lines) + "\n"


def _source(part: UnsquashPart) -> str:
    name = part.name[:SHORT] if part.origin == "upstream" else part.name
    return f"{part.origin} {printable(name)}".strip()


def _said(result: UnsquashDocument, *, on_tree: bool) -> list[str]:
    said = [f"{printable(result.patch)}: {plural(len(result.parts), 'part')}"]
    if result.tree is not None:
        where = "the tree below the patch" if on_tree else "a tree made of the patch's own context"
        said.append(
            f"in order, each applies on {where}; together they make the same tree, {result.tree[:SHORT]}"
        )
        said.append(f"written to {printable(result.folder)}" if result.folder else "nothing was written")
    elif result.proposal is not None:
        path = printable(result.proposal)
        said.append(f"written to {path}; edit it, then: unfork unsquash --apply {path}")
    else:
        said.append("nothing was written")
    return said
