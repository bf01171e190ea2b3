"""A merged table into the plan's files: all of them or none, and what a file would look like."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from unfork.config import PLAN_FILE
from unfork.errors import InputError
from unfork.model.edited import EditedFile
from unfork.model.plan import Plan
from unfork.planning.edit import Changes, edited
from unfork.planning.load import plan_files
from unfork.planning.references import check_items, check_references
from unfork.planning.sheet.build import mapping_of
from unfork.planning.sheet.columns import FIELDS
from unfork.planning.sheet.identify import key_of
from unfork.planning.sheet.merged import Merged
from unfork.planning.together import write_together, writing
from unfork.planning.tree import parse_tree
from unfork.sheets import Table
from unfork.sheets.found import plain as plain_name


def edit_files(plan: Plan, merged: Merged, table: Table, files: Mapping[Path, bytes]) -> list[EditedFile]:
    """What a merge makes of the plan's ``files``: those that change. Nothing is written.

    Raises ``InputError`` when the new plan would not hang together, naming the row.
    """
    _check(plan, merged, table, files)
    changes = _by_file(plan, merged)
    return [
        EditedFile(path, files[path], edited(files[path], str(path), each)) for path, each in changes.items()
    ]


def write_files(plan: Plan, files: Sequence[EditedFile]) -> None:
    """Write them, all or none; raises ``InputError`` when one was changed since it was read."""
    folder = Path(plan.folder)
    with writing(folder, [each.path for each in files]):
        for each in files:
            if each.path.read_bytes() != each.before:  # an editor does not know our lock
                raise InputError(
                    "was changed by somebody else meanwhile, nothing was written",
                    where=str(each.path),
                    hint="try again",
                )
        write_together(folder, {each.path: each.after for each in files})


def _check(plan: Plan, merged: Merged, table: Table, files: Mapping[Path, bytes]) -> None:
    """See that the new plan hangs together, before anything is written."""
    items = merged.items(plan)
    at_key = table.columns.index(key_of(table)) + 1
    keys = _keys(table)
    places: dict[str, Any] = dict(plan.places)
    for name in [*merged.values, *merged.added]:
        row = merged.rows[name]
        spots = {key: (row, at) for key, at in keys.items()}
        places[name] = (table.where, {**spots, "": (row, at_key)})
    new = Plan(plan.folder, plan.head, items, places)
    main = Path(plan.folder) / PLAN_FILE
    try:
        if merged.dropped:  # what plan.yaml says of items may lead nowhere by now
            check_references(new, {str(main): parse_tree(files[main], str(main))})
        else:
            check_items(new)
    except InputError as error:
        dropped = any(repr(name) in error.what for name in merged.dropped)
        hint = "its row was deleted: keep the row, or take its name out here first" if dropped else error.hint
        raise InputError(error.what, where=_spot(error.where, table), hint=hint) from error


def _keys(table: Table) -> dict[str, int]:
    """Key of an item -> the column that holds it, or the first part of it, counted from 1."""
    paths = {plain_name(each.name): each.path for each in FIELDS}
    found: dict[str, int] = {}
    for at, name in enumerate(table.columns, 1):
        if plain_name(name) in paths:
            found.setdefault(paths[plain_name(name)][0], at)
    return found


def _spot(where: str | None, table: Table) -> str | None:
    if where is None or not where.startswith(f"{table.where}:"):
        return where
    row, _, column = where.removeprefix(f"{table.where}:").partition(":")
    return table.spot(int(row), table.columns[int(column) - 1])


def _by_file(plan: Plan, merged: Merged) -> dict[Path, Changes]:
    keys: dict[str, dict[str, dict[str, Any]]] = {}
    add: dict[str, dict[str, dict[str, Any]]] = {}
    drop: dict[str, set[str]] = {}
    for change in merged.changed:
        file, key = plan.places[change.item][0], change.column.split(".")[0]
        new = mapping_of(merged.values[change.item]).get(key)
        keys.setdefault(file, {}).setdefault(change.item, {})[key] = new
    for name, values in merged.added.items():
        add.setdefault(_home(plan, values[("project",)]), {})[name] = mapping_of(values)
    for name in merged.dropped:
        drop.setdefault(plan.places[name][0], set()).add(name)
    return {
        path: Changes(keys.get(str(path), {}), add.get(str(path), {}), frozenset(drop.get(str(path), ())))
        for path in plan_files(Path(plan.folder))
        if str(path) in keys or str(path) in add or str(path) in drop
    }


def _home(plan: Plan, project: str) -> str:
    """The file new items of a project belong into: where its last one stands."""
    homes = [plan.places[name][0] for name, item in plan.items.items() if item.project == project]
    return homes[-1] if homes else str(Path(plan.folder) / PLAN_FILE)
