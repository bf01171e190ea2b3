"""What patches say of upstream in their headers, as a table and as JSON."""

from collections.abc import Sequence

import msgspec

from unfork import __version__
from unfork.model.header import PatchHeader
from unfork.reports._safe import printable
from unfork.reports._terminal import pad, shorten, widths
from unfork.reports._words import plural
from unfork.reports.json import to_json

HEADERS_SCHEMA = "unfork-headers/1"
_LONGEST = 60


class HeadersDocument(msgspec.Struct, frozen=True, tag_field="schema", tag=HEADERS_SCHEMA):
    """What `unfork headers list --json` writes."""

    unfork: str  # version of unfork that wrote this
    patches: tuple[PatchHeader, ...]


def render_headers(headers: Sequence[PatchHeader], *, quiet: bool = False) -> str:
    """A line for each thing a header says; then counts. Ends in a line end."""
    rows = [("PATCH", "FORM", "STANDING", "AS WRITTEN")]
    for header in headers:
        name = shorten(printable(header.patch), _LONGEST)
        rows += [(name, str(said.form), str(said.standing), printable(said.text)) for said in header.said]
        if not header.said:
            rows.append((name, "", "", ""))
    sizes = widths(rows)
    lines = ["  ".join(map(pad, row, sizes)).rstrip() for row in rows]
    if not quiet:
        silent = sum(not header.said for header in headers)
        wrong = sum(len(header.problems) for header in headers)
        lines.append(
            f"# {plural(len(headers), 'patch', 'patches')}: {silent} say nothing of upstream, "
            f"{plural(wrong, 'contradiction')}"
        )
    return "\n".join(lines) + "\n"


def render_headers_json(headers: Sequence[PatchHeader]) -> bytes:
    """The headers as an ``unfork-headers/1`` document."""
    return to_json(HeadersDocument(unfork=__version__, patches=tuple(headers)))
