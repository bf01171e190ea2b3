"""Items of the plan without a row: deleted from the table, or new in the plan since it was written."""

from collections.abc import Sequence

from unfork.model.plan import Plan
from unfork.planning.convert import nearest
from unfork.planning.sheet.merged import Asked, Merged
from unfork.planning.sheet.record import Records
from unfork.sheets import Table


def ask_missing(
    plan: Plan, table: Table, records: Records, recorded: set[str], asked: Asked, merged: Merged
) -> None:
    """Items without a row: deleted from the table, or new in the plan since it was written."""
    for name in sorted(asked.drop):
        if name not in plan.items:
            merged.problems.append(f"--drop {name}: there is no such item ({nearest(name, plan.items)})")
        elif name in merged.rows:
            merged.problems.append(f"--drop {name}: it has a row, row {merged.rows[name]} (delete that too)")
    merged.dropped += [name for name in plan.items if name in asked.drop and name not in merged.rows]
    missing = [name for name in plan.items if name not in merged.rows and name not in asked.drop]
    known = records.column is not None
    if not missing or (known and records.are(recorded)):
        return  # all that were written are there: the others are new in the plan
    if merged.problems or asked.keep_missing:
        return
    # Names of the plan that are now missing and were there: certain when nothing came or went besides.
    certain = not known or records.are(recorded | {*missing} | asked.drop)
    if asked.drop_missing and certain:
        merged.dropped += missing
        return
    what = "has no row" if len(missing) == 1 else "have no row"
    if not certain:
        what += ", some of them because they came into the plan since"
    items = "1 item" if len(missing) == 1 else f"{len(missing)} items"
    answer = (
        "--drop-missing takes them out of the plan, --keep-missing leaves them"
        if certain
        else "--drop ITEM takes one out of the plan, --keep-missing leaves all others"
    )
    merged.problems.append(f"{table.where}: {items} {what}: {_listed(missing)} ({answer})")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(names[:10]) + more
