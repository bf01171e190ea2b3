"""A plan's folder as a ``Plan``: ``plan.yaml``, and the items of every file in ``items/``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unfork.config import PLAN_FILE
from unfork.errors import InputError
from unfork.model.plan import Item, Plan, PlanFile
from unfork.planning.convert import convert
from unfork.planning.references import check_references
from unfork.planning.together import recover_unheld
from unfork.planning.tree import Place, Tree, parse_tree, read_file
from unfork.store import PLAN_NAME

ITEMS_FOLDER = "items"


def has_plan(folder: Path) -> bool:
    """Whether the folder holds a plan; one with decisions alone does not."""
    return (folder / PLAN_FILE).is_file()


def plan_files(folder: Path) -> list[Path]:
    """The files of a plan, the main one first."""
    return [folder / PLAN_FILE, *sorted((folder / ITEMS_FOLDER).glob("*.yaml"))]


def read_files(folder: Path) -> dict[Path, bytes]:
    """What the plan's files hold; none when there is no plan."""
    recover_unheld(folder)
    return {path: read_file(path) for path in plan_files(folder)} if has_plan(folder) else {}


def load_plan(folder: Path, files: Mapping[Path, bytes] | None = None) -> Plan:
    """Read a plan and see that it hangs together; ``files``: what ``plan_files`` are taken to hold.

    Raises ``InputError`` with file, line, column and the nearest right word for the first mistake.
    """
    if not has_plan(folder):
        raise InputError(
            f"there is no {PLAN_FILE}", where=str(folder), hint="unfork plan init proposes one from a scan"
        )
    if files is None:
        files = read_files(folder)
    items: dict[str, Item] = {}
    places: dict[str, tuple[str, dict[str, Place]]] = {}
    head = PlanFile()
    trees: dict[str, Tree] = {}
    for path, data in files.items():
        tree = parse_tree(data, str(path))
        root = tree.root if tree.root is not None else {}
        if not isinstance(root, dict):
            raise InputError("the file is no mapping", where=tree.where(root), hint="write KEY: VALUE")
        if path.name == PLAN_FILE and path.parent == folder:
            head = _head(tree, root)
        else:
            _items_alone(tree, root)
        _take_items(tree, root, items, places)
        trees[tree.file] = tree
    plan = Plan(str(folder), head, items, places)
    check_references(plan, trees)
    return plan


def _head(tree: Tree, root: dict[str, Any]) -> PlanFile:
    head = convert(tree, _without_items(tree, root), PlanFile)
    if not head.plan:
        raise InputError("the plan has no name", where=f"{tree.file}:1:1", hint="begin with plan: NAME")
    if not PLAN_NAME.fullmatch(head.plan):
        raise InputError(
            f"plan: {head.plan!r} is no name",
            where=tree.where(root, "plan"),
            hint="letters, digits, '.', '_' and '-', as it names its records",
        )
    return head


def _without_items(tree: Tree, root: dict[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in root.items() if key != "items"}
    tree.adopt(rest, root)
    return rest


def _items_alone(tree: Tree, root: dict[str, Any]) -> None:
    for key in root:
        if key != "items":
            raise InputError(
                f"unknown key {key!r}",
                where=tree.where(root, key),
                hint=f"only items: here, the rest belongs into {PLAN_FILE}",
            )


def _take_items(
    tree: Tree,
    root: dict[str, Any],
    items: dict[str, Item],
    places: dict[str, tuple[str, dict[str, Place]]],
) -> None:
    found = root.get("items")
    if found is None:
        return
    if not isinstance(found, dict):
        raise InputError(
            "items is no mapping", where=tree.where(root, "items"), hint="write NAME: and the item below it"
        )
    for name, value in found.items():
        if name in items:
            file, first = places[name]
            raise InputError(
                f"item {name!r} is there twice",
                where=tree.where(found, name),
                hint=f"the first is at {file}:{first[''][0]}:{first[''][1]}",
            )
        items[name] = convert(tree, value, Item, owner=found, key=name)
        places[name] = (tree.file, {**tree.places(value), "": tree.place(found, name)})
