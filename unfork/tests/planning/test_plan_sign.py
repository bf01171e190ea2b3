"""Signatures and the archive's mark, written into the head of a plan: nothing else of it changes."""

from datetime import date
from pathlib import Path

import pytest
from unfork.errors import InputError
from unfork.model.plan import Archive, Plan, Signature
from unfork.planning import load_plan, mark_archived, sign

SIGNED = Signature(by="ann", on=date(2019, 3, 1), commits={"nova": "a" * 40}, verdict="ready")
ARCHIVE = Archive(
    on=date(2019, 3, 2), tag="archive/old", commits={"nova": "b" * 40}, report="cutover/old.md",
    retired="cutover/old.retired.json",
)  # fmt: skip
START = "plan: small  # its name\npeople: {ann: {}, ben: {}}\nprojects: {nova: {}}\n"
ITEMS = "\n# All of them.\nitems:\n  one: {title: One, project: nova}\n"


def written(folder: Path, text: str) -> Plan:
    (folder / "plan.yaml").write_text(text, encoding="utf-8")
    return load_plan(folder)


@pytest.mark.parametrize(
    "cutover",
    [
        "cutover:\n  # Agreed on in March.\n  old: old  # carries\n  new: new\n",
        "cutover: {old: old, new: new}\n",
        "cutover:\n  old: old\n  new: new\n  signed:\n"
        "    - {by: ben, on: 2019-02-01, commits: {}, verdict: ready}\n",
        "",
    ],
)
@pytest.mark.parametrize("items", [ITEMS, ""])
def test_it_is_added_and_every_other_line_stays(tmp_path: Path, cutover: str, items: str) -> None:
    before = START + cutover + items
    sign(written(tmp_path, before), SIGNED)
    mark_archived(load_plan(tmp_path), ARCHIVE)
    after = load_plan(tmp_path).head.cutover
    assert after.signed[-1] == SIGNED and after.archived == ARCHIVE
    text = (tmp_path / "plan.yaml").read_text(encoding="utf-8")
    kept = [
        line for line in before.splitlines() if line.startswith(("plan:", "people:", "#", "items:", "  one:"))
    ]
    assert [line for line in text.splitlines() if line in kept] == kept
    assert text.count("#") == before.count("#")
    sign(load_plan(tmp_path), SIGNED)
    assert len(load_plan(tmp_path).head.cutover.signed) == len(after.signed)


def test_a_plan_whose_first_key_is_items_takes_it_at_its_end(tmp_path: Path) -> None:
    sign(written(tmp_path, "items:\n  one: {title: One, project: nova}\n" + START.rstrip("\n")), SIGNED)
    assert load_plan(tmp_path).head.cutover.signed == (SIGNED,)


def test_what_was_changed_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    plan = written(tmp_path, START + ITEMS)
    other = START.replace("ben", "cid") + ITEMS
    (tmp_path / "plan.yaml").write_text(other, encoding="utf-8")
    with pytest.raises(InputError, match="changed by somebody else meanwhile"):
        sign(plan, SIGNED)
    assert (tmp_path / "plan.yaml").read_text(encoding="utf-8") == other


def test_items_that_changed_meanwhile_do_not_matter(tmp_path: Path) -> None:
    plan = written(tmp_path, START + ITEMS)
    (tmp_path / "plan.yaml").write_text(START + ITEMS.replace("One", "Two"), encoding="utf-8")
    sign(plan, SIGNED)
    assert load_plan(tmp_path).items["one"].title == "Two"
