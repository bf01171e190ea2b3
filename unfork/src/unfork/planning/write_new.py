"""Writes a proposed plan: the items first, ``plan.yaml`` last, so that half of one is none."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from unfork.config import PLAN_FILE
from unfork.errors import InputError
from unfork.files import one_writer, write_atomically
from unfork.model.plan import Disposition, Kind, PlanFile, Project
from unfork.planning.convert import convert
from unfork.planning.emit import block, block_of, indented
from unfork.planning.load import ITEMS_FOLDER, has_plan
from unfork.planning.propose import Proposal
from unfork.planning.tree import parse_tree

_HEAD = """\
# What was agreed to do with every patch. Keys and rules: docs/plan.md of unfork.
# Proposed from a scan: agree on each item, say why and by when, and who does it.
"""


def write_new_plan(
    folder: Path, name: str, project: str, settings: Project, items: Sequence[Proposal], *, today: date
) -> tuple[Path, Path]:
    """The two files that were written. Raises ``InputError`` when the folder has a plan or such a file."""
    head = folder / PLAN_FILE
    further = folder / ITEMS_FOLDER / f"{project}.yaml"
    with one_writer(folder, PLAN_FILE, wait=False):
        if has_plan(folder):
            raise InputError("exists already", where=str(head), hint="unfork plan check names what it lacks")
        if further.exists():
            raise InputError(
                "exists already", where=str(further), hint="move it away, or give it a plan.yaml"
            )
        further.parent.mkdir(exist_ok=True)
        written = _items(items, project, today)
        tree = parse_tree(written, str(further))
        convert(tree, tree.root, PlanFile)  # what we write, we can read
        values: dict[str, Any] = {
            "plan": name,
            "cohort": today,
            "projects": {project: _filled(settings)},
            "people": {},
            "milestones": {},
        }
        write_atomically(further, written)
        write_atomically(head, _HEAD.encode() + block(values).encode("utf-8"))
    return head, further


def _items(items: Sequence[Proposal], project: str, today: date) -> bytes:
    texts = (block_of(each.name, _item(each, project, today)) for each in items)
    return ("items:\n" + "".join(indented(text, 2) for text in texts) if items else "items: {}\n").encode(
        "utf-8"
    )


def _item(item: Proposal, project: str, today: date) -> dict[str, Any]:
    values: dict[str, Any] = {"title": _plain(item.title), "project": project}
    if item.kind is not Kind.FEATURE:
        values["kind"] = str(item.kind)
    if item.disposition is not Disposition.UNDECIDED:
        values["disposition"] = str(item.disposition)
    if item.reason is not None:
        values["reason"] = item.reason
    values["added"] = today
    if item.links:
        values["links"] = [_plain(each) for each in item.links]
    values["patches"] = [{"name": _plain(name), "id": content} for name, content in item.patches]
    if item.notes:
        values["notes"] = _plain(item.notes)
    return values


def _filled(settings: Project) -> dict[str, str]:
    names = ("series", "upstream", "base", "target")
    return {name: _plain(value) for name in names if (value := getattr(settings, name)) is not None}


def _plain(text: str) -> str:
    """Undecodable bytes and control characters written out."""
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(char if char.isprintable() else " " for char in text)
