"""What a benchmark says: figures beside their bars, and contests between tools."""

import dataclasses
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. ``bar`` is what was set out to be reached; nothing fails when it is not."""

    what: str
    value: float
    unit: str = ""
    bar: str = ""  # "at most 0.7", or nothing
    held: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Entrant:
    """One tool in a contest over the same rows."""

    tool: str
    rows: int  # backports it was asked about
    found: int
    wrong: int | None  # it named another commit; None: it names none
    seconds: float
    largest_mb: float
    tree_mb: float
    private_mb: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one question came to."""

    name: str
    title: str
    figures: Sequence[Figure] = ()
    entrants: Sequence[Entrant] = ()
    facts: dict[str, object] = field(default_factory=dict)  # sizes, versions, single timings


def at_most(what: str, value: float, bar: float, unit: str = "", note: str = "") -> Figure:
    """A figure that should not be above its bar."""
    return Figure(what, value, unit, f"at most {bar:g}", value <= bar, note)


def at_least(what: str, value: float, bar: float, unit: str = "", note: str = "") -> Figure:
    """A figure that should not be below its bar."""
    return Figure(what, value, unit, f"at least {bar:g}", value >= bar, note)


def middle(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def print_answer(answer: Answer, console: Console) -> None:
    """One table for the figures, one for the contest."""
    if answer.figures:
        table = Table("what", "measured", "bar", "held", "note", title=answer.title, title_justify="left")
        for figure in answer.figures:
            held = "" if figure.held is None else "yes" if figure.held else "NO"
            table.add_row(figure.what, f"{_number(figure.value)} {figure.unit}".strip(), figure.bar, held,
                          figure.note)  # fmt: skip
        console.print(table)
    if answer.entrants:
        table = Table("tool", "found", "wrong", "seconds", "largest MB", "tree MB", "private MB", "note",
                      title=answer.title, title_justify="left")  # fmt: skip
        for each in answer.entrants:
            share = 100 * each.found / each.rows if each.rows else 0.0
            table.add_row(
                each.tool, f"{each.found} of {each.rows} ({share:.1f} %)",
                "names none" if each.wrong is None else str(each.wrong),
                _number(each.seconds), _number(each.largest_mb), _number(each.tree_mb),
                _number(each.private_mb), each.note,
            )  # fmt: skip
        console.print(table)


def as_json(answer: Answer) -> dict[str, object]:
    """The answer as plain data."""
    return dataclasses.asdict(answer)


def _number(value: float) -> str:
    """Four digits that tell, without an exponent."""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"
