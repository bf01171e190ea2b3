"""What a large plan costs as a table: written, read back unchanged, and read into a plan that has no items.

The last is the hard question: every value has to come out of the table alone, and the plan that is written
then has to say the same of every item. From process start to end, as people run it.
"""

import os
import sys
from pathlib import Path

from unfork.planning import load_plan
from unfork.planning.sheet import KEY, TITLE
from unfork.sheets import Column, read_table, write_table

from bench import planning
from bench.figures import Answer, Figure, at_most, middle
from bench.processes import Run, run

SECONDS = 10.0  # of one form, there and back


def answer_of(scratch: Path, *, items: int, turns: int) -> Answer:
    """Both forms; the medians, and how many items or files came back otherwise."""
    folder = planning.write_plan(scratch / "plan", items)
    empty = scratch / "empty"
    before = {path: path.read_bytes() for path in folder.rglob("*.yaml")}
    plan = load_plan(folder)
    figures: list[Figure] = []
    different = 0
    for form in (".csv", ".xlsx"):
        table = scratch / f"plan{form}"
        exports = [_unfork("export", table, folder) for _ in range(turns)]
        again = [_unfork("import", table, folder) for _ in range(turns)]
        different += sum(path.read_bytes() != data for path, data in before.items())
        own = _without_record(table)
        news = []
        for _ in range(turns):
            _emptied(folder, empty)
            news.append(_unfork("import", own, empty))
        read = load_plan(empty)
        different += sum(read.items.get(name) != item for name, item in plan.items.items())
        different += len(read.items.keys() ^ plan.items.keys())
        trip = [middle([each.seconds for each in runs]) for runs in (exports, news)]
        figures += [
            at_most(f"{form}: export, import of every item, wall", sum(trip), SECONDS, "s"),
            *_figures(f"{form}: export", exports),
            *_figures(f"{form}: import, nothing changed", again),
            *_figures(f"{form}: import, every item new", news),
            Figure(f"{form}: size", table.stat().st_size / 1e6, "MB"),
        ]
    figures.append(at_most("items or files that came back otherwise", float(different), 0.0, ""))
    title = f"a plan of {items:,} items and {2 * items:,} patches as a table, there and back"
    return Answer("sheets", title, figures, facts={"items": len(plan.items)})


def _figures(what: str, runs: list[Run]) -> list[Figure]:
    return [
        Figure(f"{what}, wall", middle([each.seconds for each in runs]), "s"),
        Figure(f"{what}, CPU", middle([each.cpu for each in runs]), "s"),
    ]


def _unfork(command: str, table: Path, folder: Path) -> Run:
    line = [str(Path(sys.executable).with_name("unfork")), "plan", command, str(table), "--plan", str(folder)]
    return run(line, env={**os.environ}, keep=False)


def _emptied(folder: Path, empty: Path) -> None:
    """The plan without its items."""
    empty.mkdir(exist_ok=True)
    head = (folder / "plan.yaml").read_text(encoding="utf-8").partition("items:\n")[0]
    (empty / "plan.yaml").write_text(head, encoding="utf-8")


def _without_record(path: Path) -> Path:
    """The table as one that people made themselves."""
    table = read_table(path, key=KEY, title=TITLE)
    names = [name for name in table.columns if not name.startswith("unfork ")]
    columns = [Column(name) for name in names]
    rows = [[row.cells[name].text if name in row.cells else "" for name in names] for row in table.rows]
    own = path.with_name(f"own{path.suffix}")
    own.write_bytes(write_table(path.suffix, columns, rows, title=TITLE))
    return own
