"""A report as headings, facts and tables, rendered as text, Markdown or a page.

For reports that are nothing but that: each is put together once and reads the same in all three forms.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from unfork.reports._safe import printable
from unfork.reports._terminal import Paint, pad, shorten, widths

_PIPE = 10_000  # columns of a pipe: nothing is cut
_LEAST = 20  # columns of the widest column, however narrow the terminal

_TONES = {"bad": "red", "unsure": "yellow", "good": "green", "faint": "dim", "": ""}
# The page's style has a colour for each advice; a sheet's tones use them.
_PAGE = {"bad": "rework", "unsure": "trim", "good": "drop", "faint": "carry", "": "carry"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table; ``tone`` is "bad", "unsure", "good", "faint" or nothing."""

    cells: tuple[str, ...]
    tone: str = ""

    @property
    def style(self) -> str:
        """The class of its first cell on a page."""
        return _PAGE[self.tone]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, sentences, and a table where there is one."""

    title: str
    lines: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    numbers: int = 0  # columns at the end that are numbers


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole report."""

    title: str
    tone: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]

    @property
    def style(self) -> str:
        """The class of its title on a page."""
        return _PAGE[self.tone]


def render_text(
    sheet: Sheet, *, width: int | None = None, color: bool = False, most: int | None = None
) -> str:
    """For a terminal of ``width`` columns; ``most`` rows of a table, ``None``: all."""
    paint = Paint(color=color)
    lines = [paint(printable(sheet.title), "bold", _TONES[sheet.tone])]
    size = max((len(name) for name, _ in sheet.facts), default=0)
    lines += [f"{pad(name, size)}  {printable(value)}" for name, value in sheet.facts]
    for section in sheet.sections:
        lines += ["", paint(printable(section.title), "bold"), *map(printable, section.lines)]
        shown = section.rows if most is None else section.rows[:most]
        if shown:
            lines += _table(section, shown, width or _PIPE, paint)
        if len(shown) < len(section.rows):
            lines.append(f"and {len(section.rows) - len(shown):,} more, --full shows them")
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _table(section: Section, shown: Sequence[Row], width: int, paint: Paint) -> list[str]:
    cells = [tuple(map(str.upper, section.head)), *(tuple(map(printable, row.cells)) for row in shown)]
    sizes = widths(cells)
    # The widest column gives way: names and sentences are longer than words and numbers.
    over = sum(sizes) + 2 * (len(sizes) - 1) - width
    while over > 0 and max(sizes) > _LEAST:
        sizes[sizes.index(max(sizes))] -= 1
        over -= 1
    first = len(sizes) - section.numbers
    lines = []
    for at, row in enumerate(cells):
        parts = [
            pad(shorten(cell, size), size) if place < first else " " * (size - len(cell)) + cell
            for place, (cell, size) in enumerate(zip(row, sizes, strict=True))
        ]
        lines.append(paint("  ".join(parts).rstrip(), "dim" if at == 0 else _TONES[shown[at - 1].tone]))
    return lines


def render_sheet_markdown(sheet: Sheet) -> bytes:
    """For a pull request or a wiki."""
    from unfork.reports.markdown import escape

    lines = [f"## {escape(sheet.title)}", ""]
    lines += [f"* {escape(name)}: {escape(value)}" for name, value in sheet.facts]
    for section in sheet.sections:
        lines += ["", f"### {escape(section.title)}", "", *map(escape, section.lines)]
        if section.rows:
            if section.lines:
                lines.append("")
            first = len(section.head) - section.numbers
            marks = ["---" if place < first else "--:" for place in range(len(section.head))]
            lines += [f"| {' | '.join(section.head)} |", f"|{'|'.join(marks)}|"]
            lines += [f"| {' | '.join(map(escape, row.cells))} |" for row in section.rows]
    return ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")


def render_sheet_html(sheet: Sheet) -> bytes:
    """One page that loads nothing."""
    from unfork.reports.html import render_page

    return render_page("sheet.html.j2", script="", sheet=sheet)
