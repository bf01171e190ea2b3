"""Patches of one series that are one change upstream, or none at all."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from making import Made, Writer, function
from unfork.commands.scan import ScanRequest
from unfork.commands.show import run_show
from unfork.model import Advice, Evidence, Household, Kin, KinKind, Relation, Scan, Verdict
from unfork.model.decision import Decision, DecisionKind, Ruling
from unfork.reports.html import render_detail_html, render_html
from unfork.reports.json import render_json
from unfork.reports.markdown import render_markdown
from unfork.reports.show import render_detail
from unfork.reports.text import render_text
from unfork.together import judge_together

Patch = Callable[..., Any]
Ask = Callable[..., Scan]

HEAD, TAIL = function("start"), function("stop")
LINES = [
    f"    table.record({name!r}, agent.{name}(limit, now))\n" for name in ("home", "away", "lost", "kept")
]
WRONG = [
    f"    table.send_to({name!r}, agent.{name}_of_the_day(limit))\n" for name in ("a", "b", "c", "d", "e")
]
RIGHT = [line.replace("_of_the_day(limit)", "_ever(limit, retry=True)") for line in WRONG]
BODY = "def tabulate(agent, table, limit, now):\n"


def tree(*lines: str) -> dict[str, str]:
    return {"agent.py": HEAD + (BODY + "".join(lines) if lines else "") + TAIL}


def begin(writer: Writer) -> None:
    writer.tag("1.0", writer.commit("Start the agent", tree()))
    for name in ("docs", "lint", "ci", "setup", "locale", "api"):
        writer.commit(f"Add {name}", {f"{name}.txt": function(name)})


def series(patch: Patch) -> None:
    """A patch, and a fix-up of half of its lines."""
    patch(tree(), tree(*LINES, *WRONG), "Write a table")
    patch(tree(*LINES, *WRONG), tree(*LINES, *RIGHT), "fixup! Write a table")


def test_a_fixup_goes_with_its_patch_when_upstream_has_the_fixed_version(
    made: Made, patch: Patch, ask: Ask
) -> None:
    with made.writing() as writer:
        begin(writer)
        sha = writer.commit("Tabulate everything", tree(*LINES, *RIGHT))
    series(patch)
    scan = ask()
    first, fix = scan.patches
    assert [each.advice for each in scan.patches] == [Advice.DROP, Advice.DROP]
    assert [[commit.sha for commit in each.commits] for each in scan.patches] == [[sha], [sha]]
    (joint,) = scan.joints
    assert joint.relation is Relation.EQUIVALENT
    assert joint.taken == (first.name, fix.name)
    assert (first.together, fix.together) == ((fix.name,), (first.name,))
    assert any(evidence.method == "together" for evidence in fix.evidence)


def test_a_fixup_stays_when_upstream_has_the_patch_without_it(made: Made, patch: Patch, ask: Ask) -> None:
    with made.writing() as writer:
        begin(writer)
        sha = writer.commit("Tabulate everything", tree(*LINES, *WRONG))
    series(patch)
    first, fix = ask().patches
    assert [commit.sha for commit in first.commits] == [sha]
    assert (fix.relation, fix.commits) == (Relation.NONE, ())
    assert fix.advice not in (Advice.DROP, Advice.DROP_AT)
    assert any("has to be made on upstream's version" in evidence.detail for evidence in fix.evidence)


def test_a_fixup_that_only_takes_away_stays_while_upstream_has_what_it_takes(
    made: Made, patch: Patch, ask: Ask
) -> None:
    with made.writing() as writer:
        begin(writer)
        writer.commit("Tabulate everything", tree(*LINES, *WRONG))
    patch(tree(), tree(*LINES, *WRONG), "Write a table")
    patch(tree(*LINES, *WRONG), tree(*LINES, *WRONG[:3]), "fixup! Write a table")
    first, fix = ask().patches
    assert first.advice is Advice.DROP
    assert (fix.relation, fix.commits) == (Relation.NONE, ())
    assert fix.advice is not Advice.DROP


def test_the_other_patches_that_a_commit_holds_are_named(made: Made, patch: Patch, ask: Ask) -> None:
    more = function("tell", "agent.tell_everybody()")
    with made.writing() as writer:
        begin(writer)
        sha = writer.commit("Tabulate and tell", {"agent.py": tree(*LINES, *RIGHT)["agent.py"] + more})
    patch(tree(), tree(*LINES), "Write a table")
    patch(tree(*LINES), tree(*LINES, *RIGHT), "Write more of the table")
    rows = ask().patches
    for row in rows:
        (shared,) = row.shared
        assert shared.sha == sha
        assert [holding.patch for holding in shared.patches] == [each.name for each in rows]
        assert all(0 < holding.covers < shared.covers < 1 for holding in shared.patches)
        assert [holding.share for holding in shared.patches] == [1.0, 1.0]


def test_a_pair_that_cancels_is_dropped_and_reports_say_so(made: Made, patch: Patch, ask: Ask) -> None:
    with made.writing() as writer:
        begin(writer)
    patch(tree(), tree(*LINES), "Write a table")
    patch(tree(*LINES), tree(), "Write no table")
    scan = ask()
    assert [each.advice for each in scan.patches] == [Advice.DROP, Advice.DROP]
    assert [group.cancels for group in scan.groups] == [True]
    assert "series    reverts 1, 1 group to decide together" in render_text(scan, width=100)
    assert "they cancel each other out" in render_markdown(scan)
    assert ask() == scan  # the remembered answer says it too


def test_show_and_the_page_list_relations_and_parts(
    made: Made, patch: Patch, ask: Ask, tmp_path: Path
) -> None:
    with made.writing() as writer:
        begin(writer)
    listed = "7f39026 Write <b>a table</b>\n   as asked\n\ne53efcc Never seen here"
    patch(tree(), tree(*LINES, *WRONG), "primary: tables", listed, name="0007-tables.patch")
    patch(tree(), tree(*LINES), "Write <b>a table</b>", name="0007.01-table.patch")
    scan = ask()
    request = ScanRequest(
        series=str(tmp_path / "patches"), upstream=str(made.path), base="1.0", target="master",
        cache_dir=tmp_path / "cache",
    )  # fmt: skip
    whole = run_show(request, "0007-tables")
    text = render_detail(whole)
    assert "holds 0007.01-table.patch: its message lists" in text
    assert "7f39026 Write <b>a table</b>: 0007.01-table.patch, joined by subject" in text
    assert "e53efcc Never seen here: not in the series" in text
    assert "part of 0007-tables.patch" in render_detail(run_show(request, "0007.01"))
    for page in (render_html(scan), render_detail_html(whole)):
        assert b"e53efcc Never seen here: not in the series" in page
        assert b"Write &lt;b&gt;a table&lt;/b&gt;: 0007.01-table.patch" in page
    rows = json.loads(render_json(scan))["patches"]
    assert [part["patch"] for part in rows[0]["parts"]] == ["0007.01-table.patch", None]
    assert rows[1]["kin"][0]["kind"] == "part-of"
    assert rows[1]["advice"] == "drop"


def row(name: str, advice: Advice, base: Verdict, **more: Any) -> Verdict:
    return replace(base, name=name, advice=advice, evidence=(), **more)


def advised(scan: Scan, kin: list[Kin], decided: frozenset[str], *advices: Advice) -> list[Advice]:
    """The advice of patches "0", "1", ... that stand to each other so."""
    rows = [row(str(number), advice, scan.patches[0]) for number, advice in enumerate(advices)]
    keep = Decision("", "", DecisionKind.KEEP, "", datetime(2026, 1, 31, tzinfo=UTC))
    rulings = [Ruling(keep if row.name in decided else None) for row in rows]
    told = judge_together(rows, Household(kin=tuple(kin)), rulings, same=0.95, whole=0.8)
    return [each.advice for each in told]


def kin(patch: int, kind: KinKind, other: int, share: float = 1.0, other_share: float = 1.0) -> Kin:
    return Kin(str(patch), kind, str(other), share, other_share, (Evidence("lines", "so"),), copied=True)


def test_one_advice_for_one_change(made: Made, patch: Patch, ask: Ask, tmp_path: Path) -> None:
    with made.writing() as writer:
        begin(writer)
    patch(tree(), tree(*LINES), "Write a table")
    scan = ask()
    carry, drop, rework, decide = Advice.CARRY, Advice.DROP, Advice.REWORK, Advice.DECIDE
    nobody: frozenset[str] = frozenset()
    reverts, repeats, fixes, part = KinKind.REVERTS, KinKind.REPEATS, KinKind.FIXES, KinKind.PART_OF

    pair = [kin(1, reverts, 0)]
    assert advised(scan, pair, nobody, carry, rework) == [drop, drop]
    assert advised(scan, pair, frozenset("1"), carry, rework) == [carry, rework]
    assert advised(scan, [kin(1, reverts, 0, 1.0, 0.9)], nobody, carry, carry) == [carry, carry]
    # Taken back, and done again: the last one stands.
    again = [kin(1, reverts, 0), kin(2, reverts, 1), kin(2, repeats, 0)]
    assert advised(scan, again, nobody, carry, carry, carry) == [drop, drop, carry]
    # A repeat goes while the first one is carried, and nobody changed that one in between.
    assert advised(scan, [kin(1, repeats, 0)], nobody, carry, rework) == [carry, drop]
    assert advised(scan, [kin(1, repeats, 0)], nobody, decide, carry) == [decide, carry]
    assert advised(scan, [kin(1, repeats, 0, 1.0, 0.1)], nobody, carry, carry) == [carry, carry]
    elsewhere = replace(kin(1, repeats, 0), copied=False)
    assert advised(scan, [elsewhere], nobody, carry, carry) == [carry, carry]
    between = [kin(1, fixes, 0, 1.0, 0.2), kin(2, repeats, 0)]
    assert advised(scan, between, nobody, carry, carry, carry) == [carry, carry, carry]
    # A part goes while its squash is carried and holds all of it.
    assert advised(scan, [kin(1, part, 0, 1.0, 0.1)], nobody, rework, rework) == [rework, drop]
    assert advised(scan, [kin(1, part, 0, 0.9, 0.1)], nobody, rework, rework) == [rework, rework]
    # What mends a patch that goes, though upstream does not have it, is looked at.
    assert advised(scan, [kin(1, fixes, 0)], nobody, drop, carry) == [drop, decide]


def test_a_patch_that_is_there_twice_is_dropped_once(made: Made, patch: Patch, ask: Ask) -> None:
    with made.writing() as writer:
        begin(writer)
    patch(tree(), tree(*LINES), "Write a table")
    patch(tree(), tree(*LINES), "Record everything")
    first, copy = ask().patches
    assert (first.advice, copy.advice) == (Advice.CARRY, Advice.DROP)
    assert [(each.kind, each.other, each.copied) for each in copy.kin] == [
        (KinKind.REPEATS, first.name, True)
    ]


def test_a_revert_of_what_upstream_has_is_looked_at(made: Made, patch: Patch, ask: Ask) -> None:
    with made.writing() as writer:
        begin(writer)
        sha = writer.commit("Write a table", tree(*LINES))
    patch(tree(), tree(*LINES), "Write a table")
    patch(tree(*LINES), tree(), 'Revert "Write a table"')
    first, revert = ask().patches
    assert (first.advice, [commit.sha for commit in first.commits]) == (Advice.DROP, [sha])
    assert revert.advice is Advice.DECIDE
    assert "which upstream has" in revert.evidence[-1].detail
