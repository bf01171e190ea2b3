"""``unfork plan export`` and ``unfork plan import``: the plan as a table people edit."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from unfork.errors import UsageError
from unfork.files import write_atomically
from unfork.model.edited import EditedFile
from unfork.model.plan import Plan
from unfork.planning.load import load_plan, read_files
from unfork.planning.sheet import (
    KEY,
    TITLE,
    Asked,
    Merged,
    edit_files,
    merge,
    sheet_of,
    write_files,
)
from unfork.sheets import SUFFIXES, read_table, write_table


def run_export(folder: Path, file: Path) -> Plan:
    """Write the plan as a table; the form follows from the file's name."""
    form = file.suffix.lower()
    if form not in SUFFIXES:
        raise UsageError(
            f"{file.name!r} does not say which form it is to have", hint=f"name it {' or '.join(SUFFIXES)}"
        )
    plan = load_plan(folder)
    columns, rows = sheet_of(plan)
    write_atomically(file, write_table(form, columns, rows, title=TITLE))
    return plan


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import found, and the files it changes."""

    merged: Merged
    files: Sequence[EditedFile]  # empty when there are problems: then nothing is written


def run_import(folder: Path, file: Path, asked: Asked, *, dry_run: bool = False) -> Imported:
    """Take over what people changed in a table. With problems, and with ``dry_run``, nothing is written."""
    table = read_table(file, key=KEY, title=TITLE)
    before = read_files(folder)
    plan = load_plan(folder, before)
    merged = merge(plan, table, asked)
    if merged.problems:
        return Imported(merged, ())
    if not (merged.changed or merged.added or merged.dropped):
        return Imported(merged, ())
    files = edit_files(plan, merged, table, before)
    if files and not dry_run:
        write_files(plan, files)
    return Imported(merged, files)
