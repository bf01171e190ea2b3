"""What ``unfork series`` found, as text and JSON; ``docs/series.schema.json`` is made from the type here."""

import re

import msgspec

from unfork import __version__
from unfork.model.survey import Found, Survey
from unfork.reports._safe import printable
from unfork.reports._terminal import Paint, pad, widths
from unfork.reports._words import plural
from unfork.reports.json import to_json

SERIES_SCHEMA = "unfork-series/1"
_SHORT_HASH = 12
_HASH = re.compile(r"[0-9a-f]{40}")


class SeriesDocument(msgspec.Struct, frozen=True, tag_field="schema", tag=SERIES_SCHEMA):
    """What `unfork series --json` writes."""

    unfork: str  # version of unfork that wrote this
    survey: Survey


def render_survey_json(found: Survey) -> bytes:
    """A survey as an ``unfork-series/1`` document."""
    return to_json(SeriesDocument(unfork=__version__, survey=found))


def render_survey(found: Survey, *, color: bool = False, quiet: bool = False, patches: bool = False) -> str:
    """A row for each series, with ``patches`` the names below it, then what is in no series."""
    paint = Paint(color=color)
    rows = [("SERIES", "CARRIER", "PACKAGE", "BASE", "PATCHES")]
    rows += [
        (
            printable(each.path),
            each.carrier,
            printable(each.package or "-"),
            printable(_base(each)),
            str(len(each.patches)),
        )
        for each in found.series
    ]
    sizes = widths(rows)
    lines = []
    for at, row in enumerate(rows):
        line = "  ".join([*map(pad, row[:-1], sizes), row[-1].rjust(sizes[-1])])
        lines.append(paint(line, "bold") if at == 0 else line)
        if at and patches:
            lines += _names(found.series[at - 1])
    lines += [] if found.series else ["no series found"]
    lines += _problems(found, paint)
    if not quiet:
        lines += ["", _summary(found)]
    return "\n".join(lines) + "\n"


def _base(each: Found) -> str:
    return _HASH.sub(lambda found: found[0][:_SHORT_HASH], each.base or "-")


def _names(each: Found) -> list[str]:
    return [
        f"    {printable(patch.name)}" + (f"  {printable(patch.subject)}" if patch.subject else "")
        for patch in each.patches
    ]


def _problems(found: Survey, paint: Paint) -> list[str]:
    lines = []
    for each in found.series:
        lines += [
            f"{paint('missing:', 'red')} {printable(each.path)} names {printable(name)}"
            for name in each.missing
        ]
        lines += [
            f"{paint('unreadable:', 'red')} {printable(each.path)}: {printable(patch.error)}"
            for patch in each.patches
            if patch.error and not any(name in patch.error for name in each.missing)
        ]
        lines += [f"{paint('warning:', 'yellow')} {printable(text)}" for text in each.warnings]
    lines += [f"{paint('in no series:', 'red')} {printable(path)}" for path in found.loose]
    return lines


def _summary(found: Survey) -> str:
    all_patches = [patch for each in found.series for patch in each.patches]
    edits = sum(1 for patch in all_patches if patch.edit)
    files = plural(len(all_patches) - edits, "patch", "patches")
    return (
        f"{len(found.series):,} series with {files} and {plural(edits, 'edit')} without a diff;"
        f" {plural(len(found.loose), 'patch file')} in no series"
    )
