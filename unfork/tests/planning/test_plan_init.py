"""What is proposed from a scan: groups, ends that are proven, and nothing made up."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from report_samples import HOSTILE, verdict
from unfork.errors import InputError
from unfork.model import Advice, Patch, Relation, State, Verdict
from unfork.model.plan import Disposition, Kind, Project, link_of, patch_ref
from unfork.planning import check_plan, load_plan
from unfork.planning.propose import Proposal, propose
from unfork.planning.write_new import write_new_plan


def pair(
    name: str,
    subject: str,
    advice: Advice = Advice.CARRY,
    message: str = "",
    relation: Relation = Relation.NONE,
) -> tuple[Patch, Verdict]:
    made = verdict(name, subject, relation, State.CLEAN, advice)
    return Patch(name=name, id=made.id, subject=subject, message=message), made


def proposed(*pairs: tuple[Patch, Verdict]) -> list[Proposal]:
    return propose([patch for patch, _ in pairs], [made for _, made in pairs])


def names(items: list[Proposal]) -> list[list[str]]:
    return [[name for name, _ in each.patches] for each in items]


def test_parts_fixups_bugs_and_one_commit_are_together() -> None:
    shared = "same upstream commit"
    squashed = [
        pair(name, subject, Advice.DROP, relation=Relation.SQUASHED)
        for name, subject in (("g.patch", shared), ("h.patch", "Another half"))
    ]
    squashed[1] = (squashed[1][0], replace(squashed[1][1], commits=squashed[0][1].commits))
    parts = [pair(name, shared, Advice.TRIM, relation=Relation.PARTIAL) for name in ("i.patch", "j.patch")]
    assert parts[0][1].commits[0].sha == parts[1][1].commits[0].sha
    items = proposed(
        pair("0059-primary-pci.patch", "PCI passthrough"),
        pair("0059.07-revert.patch", "Revert resizes"),
        pair("0060-other.patch", "Something else"),
        pair("0061-fix.patch", "fixup! Something else"),
        pair("d.patch", "Lock the table", message="Closes-Bug: #1234567"),
        pair("e.patch", "Test that", message="Related-Bug: 1234567"),
        pair("f.patch", "Alone", message="Bug 7654321"),
        *squashed,
        *((replace(patch, subject=patch.name), made) for patch, made in parts),
    )
    assert names(items) == [
        ["0059-primary-pci.patch", "0059.07-revert.patch"],
        ["0060-other.patch", "0061-fix.patch"],
        ["d.patch", "e.patch"],
        ["f.patch"],
        ["g.patch", "h.patch"],
        ["i.patch"],  # a commit that has a part of each makes them no one thing
        ["j.patch"],
    ]


@pytest.mark.parametrize(
    ("advice", "relation", "disposition"),
    [
        (Advice.DROP, Relation.IDENTICAL, Disposition.ALIGN),
        (Advice.DROP, Relation.NONE, Disposition.ALIGN),
        (Advice.DROP_AT, Relation.EQUIVALENT, Disposition.UPSTREAM_FIX),
        (Advice.CARRY, Relation.NONE, Disposition.UNDECIDED),
        (Advice.TRIM, Relation.PARTIAL, Disposition.UNDECIDED),
        (Advice.DECIDE, Relation.REWORKED, Disposition.UNDECIDED),
    ],
)
def test_only_what_the_scan_proves_is_an_end(
    advice: Advice, relation: Relation, disposition: Disposition
) -> None:
    (item,) = proposed(pair("a.patch", "A", advice, relation=relation))
    assert item.disposition is disposition
    assert (item.reason is None) == (disposition is Disposition.UNDECIDED)


def test_one_open_patch_keeps_the_whole_item_open() -> None:
    (item,) = proposed(
        pair("01-a.patch", "A", Advice.DROP, relation=Relation.IDENTICAL), pair("01.1-b.patch", "B")
    )
    assert item.disposition is Disposition.UNDECIDED


def test_links_kind_and_names() -> None:
    message = "See <https://review.example.org/c/12>, and\nhttps://bugs.example.org/3.\nCloses-Bug: #1234567"
    items = proposed(
        pair("a", "Fix the crash", message=message), pair("b", "fix: the CRASH!"), pair("c", "…")
    )
    assert items[0].links == (
        "https://review.example.org/c/12", "https://bugs.example.org/3", "https://bugs.launchpad.net/bugs/1234567",
    )  # fmt: skip
    assert [each.kind for each in items] == [Kind.BUG, Kind.BUG, Kind.FEATURE]
    assert [each.name for each in items] == ["fix-the-crash", "fix-the-crash-2", "item"]


def test_what_headers_say_is_noted_and_their_addresses_are_links() -> None:
    patch, made = pair("a.patch", "Retry")
    sent = ("Upstream-Status", "Submitted [https://lists.example.org/1]")
    (one,) = proposed((replace(patch, trailers=(sent,)), made))
    assert one.links == ("https://lists.example.org/1",)
    assert one.notes is not None and one.notes.endswith(
        "; Upstream-Status: Submitted [https://lists.example.org/1]"
    )


def test_what_is_written_is_read_and_asks_for_the_rest(tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    items = proposed(
        pair("2857911", "1e5"),
        pair("no.patch", HOSTILE, message=f"https://x.example/{HOSTILE}"),
        pair("udcff\udcff.patch", "yes: [no]", Advice.DROP, relation=Relation.IDENTICAL),
    )
    head, further = write_new_plan(
        folder, "p", "nova", Project(series="s", upstream="../nova"), items, today=date(2019, 1, 1)
    )
    plan = load_plan(folder)
    assert [head.name, further.name] == ["plan.yaml", "nova.yaml"]
    assert [patch_ref(each).name for item in plan.items.values() for each in item.patches] == [
        "2857911", "no.patch", "udcff\\udcff.patch",
    ]  # fmt: skip
    assert [patch_ref(each).id for item in plan.items.values() for each in item.patches] == [
        content for item in items for _, content in item.patches
    ]
    assert all(link_of(each).url.startswith("https://") for i in plan.items.values() for each in i.links)
    assert plan.head.cohort == date(2019, 1, 1)
    rules = [each.rule for each in check_plan(plan, {}, date(2019, 1, 1)).findings]
    assert rules.count("reason-missing") == rules.count("disposition-missing") == 2


def test_a_plan_that_is_there_is_left_alone(tmp_path: Path) -> None:
    arguments = (tmp_path, "p", "nova", Project(), proposed(pair("a", "A")))
    write_new_plan(*arguments, today=date(2019, 1, 1))
    with pytest.raises(InputError, match=r"plan\.yaml: exists already"):
        write_new_plan(*arguments, today=date(2019, 1, 1))
    (tmp_path / "plan.yaml").unlink()
    with pytest.raises(InputError, match=r"nova\.yaml: exists already"):
        write_new_plan(*arguments, today=date(2019, 1, 1))
