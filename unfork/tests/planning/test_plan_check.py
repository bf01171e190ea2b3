"""Each rule speaks when it should, and is silent when it should not."""

from datetime import date
from pathlib import Path

import pytest
from planned import HEAD, TODAY, found, item, plan_of, rules, seen_patch, seen_series
from unfork.model import Advice, Relation
from unfork.model.finding import Severity
from unfork.planning import RULES, check_plan
from unfork.planning.rules.words import tells_nothing

GONE = seen_patch("a.patch", Relation.EQUIVALENT, Advice.DROP)
KEPT = seen_patch("a.patch")
PATCH = {"patches": "[a.patch]"}
GATE = {"gate": "cutover", "commitment": "{by: ann, date: 2019-03-01}"}


def test_a_good_plan_has_no_findings(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, item(**PATCH, **GATE, due="release"))
    assert found(plan, seen_series("nova", KEPT)) == []


@pytest.mark.parametrize(
    ("rule", "values", "patches"),
    [
        ("patch-unplanned", {}, [KEPT]),
        ("patch-unknown", {"patches": "[a.patch, b.patch]"}, [KEPT]),
        ("patches-gone", {"patches": "[b.patch]"}, []),
        ("patch-retired", PATCH | {"ended": "{on: 2019-01-20, how: replaced}"}, [KEPT]),
        ("end-contradicted", PATCH | {"ended": "{on: 2019-02-02, how: merged-upstream}"}, [KEPT]),
        ("can-end", PATCH, [GONE]),
        ("can-end", PATCH | {"disposition": "upstream-feature-planned"}, [GONE]),
        (
            "disposition-contradicted",
            PATCH | {"disposition": "keep-carrying", "review-on": "2020-01-01"},
            [GONE],
        ),
        ("disposition-contradicted", PATCH | {"disposition": "refactor-outside", "outside": "VIM"}, [GONE]),
        (
            "condition-met",
            {
                "links": "[{url: https://r.example/c/552722, state: merged}]",
                "drop-when": "{merged: ['552722']}",
            },
            [],
        ),
        ("link-abandoned", {"links": "[{url: u, state: abandoned, seen: 2019-01-30}]"}, []),
        ("link-rejected", {"links": "[{url: u, state: rejected}]"}, []),
        ("link-superseded", {"links": "[{url: u, state: superseded}]"}, []),
        ("link-stale", {"links": "[{url: u, state: stale}]"}, []),
        ("commitment-missing", GATE | {"commitment": None}, []),
        ("owner-missing", GATE | {"owner": None}, []),
        ("commitment-passed", {"commitment": "{by: ann, date: 2019-01-31}"}, []),
        ("commitment-near", {"commitment": "{by: ann, date: 2019-02-15}"}, []),
        ("commitment-late", {"commitment": "{by: ann, date: 2019-04-13}", "due": "release"}, []),
        ("due-passed", {"due": "freeze"}, []),
        (
            "milestone-missed",
            {"disposition": "upstream-feature-planned", "due": "release", "stage": "proposed"},
            [],
        ),
        ("review-passed", {"disposition": "keep-carrying", "review-on": "2019-01-31"}, []),
        ("not-moving", {"agreed": None}, []),
        ("disposition-missing", PATCH | {"disposition": "undecided"}, [KEPT]),
        ("disposition-missing", GATE | {"disposition": None}, []),
        ("reason-missing", PATCH | {"reason": None}, [KEPT]),
        ("reason-filler", {"reason": "Inappropriate for upstream"}, []),
        ("outside-missing", {"disposition": "move-to-plugin"}, []),
        ("review-missing", {"disposition": "keep-carrying"}, []),
        ("silence-unused", {"silence": "[{rule: can-end, reason: we test it first}]"}, []),
    ],
)  # fmt: skip
def test_a_rule_speaks_alone(tmp_path: Path, rule: str, values: dict, patches: list) -> None:
    plan = plan_of(tmp_path, item(**values))
    findings = found(plan, seen_series("nova", *patches))
    assert rules(findings) == [rule]
    (finding,) = findings
    assert finding.severity is RULES[rule].severity
    assert finding.item in ("retry", None) and finding.hint


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        (
            "milestone-missed",
            {"disposition": "upstream-feature-planned", "due": "release", "stage": "approved"},
        ),
        (
            "milestone-missed",  # an open review proves more than a spec
            {
                "disposition": "upstream-feature-planned",
                "due": "release",
                "links": "[{url: https://review.example/c/552722, state: open}]",
            },
        ),
        ("milestone-missed", {"disposition": "upstream-feature-planned"}),  # not due at any
        ("commitment-missing", {"gate": "none"}),
        ("commitment-missing", {"gate": "cutover", "ended": "{on: 2019-01-01, how: replaced}"}),
        ("link-stale", {"links": "[u, {url: v, state: stale}]", "ended": "{on: 2019-01-01, how: replaced}"}),
        ("disposition-missing", {"kind": "task", "disposition": None, "gate": "cutover"}),
        ("not-moving", {"links": "[{url: u, state: open, seen: 2019-01-20}]"}),
        (
            "condition-met",
            {"links": "[{url: https://r.example/c/552722, state: merged}, https://r.example/c/571111]",
             "drop-when": "{merged: ['552722', '571111']}"},
        ),
        (
            "condition-met",  # merged is not yet in a release
            {
                "links": "[{url: https://r.example/c/552722, state: merged}]",
                "drop-when": "{released: ['552722']}",
            },
        ),
    ],
)  # fmt: skip
def test_a_rule_is_silent(tmp_path: Path, rule: str, values: dict) -> None:
    assert rule not in rules(found(plan_of(tmp_path, item(**values))))


def test_half_of_the_patches_gone_is_no_end(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, item(patches="[a.patch, b.patch]"))
    assert found(plan, seen_series("nova", GONE, seen_patch("b.patch"))) == []


def test_a_patch_that_came_back_is_told(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, item(**PATCH))
    assert rules(found(plan, seen_series("nova", KEPT, retired=("a.patch",)))) == ["patch-retired"]


def test_a_scan_from_before_the_end_contradicts_nothing(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, item(**PATCH, ended="{on: 2019-01-20, how: replaced}"))
    assert found(plan, seen_series("nova", KEPT, at=date(2019, 1, 19))) == []


def test_a_patch_may_be_in_several_items_and_is_found_by_content_and_hash(tmp_path: Path) -> None:
    renamed = seen_patch("new-name.patch")
    commit = seen_patch("ab12" * 10)
    plan = plan_of(
        tmp_path,
        item("one", patches=f"[{{name: old.patch, id: {renamed.id}}}]"),
        item("two", patches=f"[{{name: other.patch, id: {renamed.id}}}, ab12ab12a]"),
    )
    assert found(plan, seen_series("nova", renamed, commit)) == []


def test_order_of_promises_and_of_ends(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        item("first", commitment="{by: ann, date: 2019-03-10}"),
        item("second", after="[first]", commitment="{by: ann, date: 2019-03-09}"),
        item("third", after="[first]", ended="{on: 2019-01-30, how: replaced}"),
    )
    assert rules(found(plan)) == ["commitment-early", "ended-early"]


def test_projects_without_scan_or_with_an_old_one_are_noted(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, item(**PATCH))
    assert rules(found(plan, leave_out=())) == ["scan-missing"]
    (old,) = found(plan, seen_series("nova", KEPT, at=date(2018, 12, 1)), leave_out=())
    assert "62 days old" in old.message


def test_silence_needs_the_right_rule_item_and_day(tmp_path: Path) -> None:
    quiet = "[{rule: not-moving, reason: waits for the spec, until: 2019-02-01}]"
    plan = plan_of(tmp_path, item("one", agreed=None, silence=quiet), item("two", agreed=None))
    assert [each.item for each in found(plan)] == ["two"]
    (silenced,) = check_plan(plan, {}, TODAY).silenced
    assert (silenced.item, silenced.silenced) == ("one", "waits for the spec")
    later = found(plan, today=date(2019, 2, 2))
    assert rules(later) == ["not-moving", "not-moving", "silence-unused"]


def test_the_plan_silences_a_patch_or_a_project(tmp_path: Path) -> None:
    head = HEAD + "silence: [{rule: patch-unplanned, patch: a.patch, reason: build system}]\n"
    plan = plan_of(tmp_path, item(), head=head)
    (left,) = found(plan, seen_series("nova", KEPT, seen_patch("b.patch")))
    assert left.patch == "b.patch"
    head = HEAD + "silence: [{rule: patch-unplanned, project: neutron, reason: not looked at yet}]\n"
    plan = plan_of(tmp_path, item(), head=head)
    series = (seen_series("nova", KEPT), seen_series("neutron", seen_patch("c.patch")))
    assert [each.patch for each in found(plan, *series)] == ["a.patch"]


def test_near_milestones_warn_before_they_pass(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, item(disposition="upstream-feature-planned", due="release", agreed=None))
    findings = found(plan, today=date(2019, 1, 1))
    assert rules(findings) == ["milestone-near", "not-moving"]


@pytest.mark.parametrize(
    "reason",
    ["tbd", "n/a", "Inappropriate", "needed for our customer", "see above", "xxx", "Downstream specific.",
     "Fix bug", "-", "Retry when the volume is busy", "upstream-bug-fix", "legacy stuff, to be fixed later"],
)  # fmt: skip
def test_fillers_are_no_reasons(reason: str) -> None:
    assert tells_nothing(reason, "Retry when the volume is busy", "upstream-bug-fix")


@pytest.mark.parametrize(
    "reason",
    ["Live migration of pinned servers fails without it", "Rocky has NUMA aware vSwitches",
     "Kernel 4.4 loses interrupts on our cards", "Titanium's alarms read this table"],
)  # fmt: skip
def test_reasons_are_no_fillers(reason: str) -> None:
    assert not tells_nothing(reason, "A title", "keep-carrying")


def test_errors_come_first(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, item("warned", agreed=None), item("wrong", reason="tbd"))
    assert [each.severity for each in found(plan)] == [Severity.ERROR, Severity.WARNING]


def test_every_rule_is_in_the_manual() -> None:
    manual = (Path(__file__).parents[3] / "docs/plan.md").read_text()
    missing = [
        rule.id
        for rule in RULES.values()
        if f"| `{rule.id}` | {rule.severity} | {rule.means} |" not in manual
    ]
    assert not missing
