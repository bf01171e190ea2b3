"""What trackers said is joined with the plan by date, and the rules know it."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from planned import HEAD, TODAY, item, plan_of, seen_patch, seen_series
from unfork.model import Advice, Relation
from unfork.model.finding import Finding
from unfork.model.plan import LinkKind, LinkState, Plan, Stage
from unfork.model.tracker import LinkSeen, Observation
from unfork.planning import Observed, check_plan, join

REVIEW = "https://review.openstack.org/#/c/571111/"
KEY = "review.opendev.org/change/571111"
BUG_KEY = "launchpad.net/nova/bug/1234567"
SHA = "0123456789abcdef0123456789abcdef01234567"
QUIET = {"links-old", "scan-missing"}


def observation(state: LinkState = LinkState.OPEN, **values: Any) -> Observation:
    given = {"said": "NEW", "kind": LinkKind.REVIEW, "activity": datetime(2019, 1, 30, tzinfo=UTC), **values}
    return Observation(state=state, **given)


def known(key: str, what: Observation | None, at: date = TODAY, **values: Any) -> LinkSeen:
    asked = datetime(at.year, at.month, at.day, 10, tzinfo=UTC)
    return LinkSeen(key, asked=asked, moved=asked, observation=what, **values)


def observed(*seen: LinkSeen, **named: dict[str, str | None]) -> Observed:
    patches = {seen_patch(f"{name}.patch").id: links for name, links in named.items()}
    return Observed({each.key: each for each in seen}, patches)


def found(plan: Plan, what: Observed, *patches: Any, today: date = TODAY) -> list[Finding]:
    series = {"nova": seen_series("nova", *patches, at=today)}
    return [each for each in check_plan(plan, series, today, what).findings if each.rule not in QUIET]


@pytest.mark.parametrize(
    ("rule", "state", "said"),
    [
        (
            "link-abandoned",
            LinkState.ABANDONED,
            "571111 was abandoned by its author: 'no time' (seen 2019-02-01)",
        ),
        ("link-rejected", LinkState.REJECTED, "571111 was rejected: 'no time'"),
        ("link-superseded", LinkState.SUPERSEDED, "571111 was superseded: 'no time'"),
        ("link-stale", LinkState.STALE, "571111 was closed because nothing moved: 'no time'"),
    ],
)
def test_closed_without_merge(tmp_path: Path, rule: str, state: LinkState, said: str) -> None:
    plan = plan_of(tmp_path, item(links=f"['{REVIEW}']"))
    (finding,) = found(plan, observed(known(KEY, observation(state, why="no time"))))
    assert finding.rule == rule and said in finding.message


def test_the_newer_of_plan_and_tracker_wins(tmp_path: Path) -> None:
    written = item(links=f"[{{url: '{REVIEW}', state: merged, seen: 2019-01-20}}]")
    plan = plan_of(tmp_path, written)
    older = observed(known(KEY, observation(), date(2019, 1, 19)))
    newer = observed(known(KEY, observation(), date(2019, 1, 21)))
    assert join(plan, {}, older).stages["retry"] is Stage.MERGED
    assert join(plan, {}, newer).stages["retry"] is Stage.REVIEW
    assert join(plan, {}).stages["retry"] is Stage.MERGED


def test_a_state_that_nobody_dated_is_older(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, item(links=f"[{{url: '{REVIEW}', state: open}}]"))
    merged = observed(known(KEY, observation(LinkState.MERGED), date(2018, 1, 1)))
    assert join(plan, {}, merged).stages["retry"] is Stage.MERGED


def test_peoples_more_exact_word_for_closed_stays(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, item(links=f"[{{url: '{REVIEW}', state: superseded, seen: 2019-01-20}}]"))
    (finding,) = found(plan, observed(known(KEY, observation(LinkState.ABANDONED))))
    assert finding.rule == "link-superseded"


@pytest.mark.parametrize(
    ("link", "patches", "rule"),
    [
        (f"'{REVIEW}1'", "[a.patch]", "review-changed"),  # the address names patch set 1
        (f"{{url: '{REVIEW}', revision: '1'}}", "[a.patch]", "review-changed"),
        (f"{{url: '{REVIEW}', revision: '0123456789'}}", "[a.patch]", "review-changed"),
        (f"'{REVIEW}'", "[{name: a.patch, hash: '01234567'}]", "review-changed"),
        (f"'{REVIEW}2'", "[a.patch]", None),
        (f"'{REVIEW}'", "[a.patch]", None),
        (f"'{REVIEW}'", "[{name: a.patch, hash: 'fedcba98'}]", None),
        (f"{{url: '{REVIEW}', revision: '1', kind: spec}}", "[a.patch]", None),
        (f"'{REVIEW}1'", "[]", None),
    ],
)
def test_a_review_that_changed_after_our_patch_was_made_from_it(
    tmp_path: Path, link: str, patches: str, rule: str | None
) -> None:
    plan = plan_of(tmp_path, item(links=f"[{link}]", patches=patches))
    what = observation(
        revision="2", revisions={SHA: "1", "f" * 40: "2"}, revised=datetime(2019, 1, 30, tzinfo=UTC)
    )
    findings = found(
        plan, observed(known(KEY, what)), *([seen_patch("a.patch")] if "a.patch" in patches else [])
    )
    assert [each.rule for each in findings] == ([rule] if rule else [])
    if rule:
        said = "571111 is at patch set 2 of 2019-01-30, and the patch was made from patch set 1"
        assert said in findings[0].message


def test_a_request_whose_head_moved(tmp_path: Path) -> None:
    link = f"{{url: 'https://github.com/openstack/nova/pull/12', revision: '{SHA[:10]}'}}"
    plan = plan_of(tmp_path, item(links=f"[{link}]", patches="[a.patch]"))
    key = "github.com/openstack/nova/pull/12"
    kind = LinkKind.MERGE_REQUEST
    same = observed(known(key, observation(kind=kind, revision=SHA)))
    moved = observed(known(key, observation(kind=kind, revision="f" * 40)))
    assert found(plan, same, seen_patch("a.patch")) == []
    (finding,) = found(plan, moved, seen_patch("a.patch"))
    assert finding.rule == "review-changed" and "openstack/nova#12 is at ffffffffffff" in finding.message


def test_a_bug_that_is_fixed_in_a_release(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, item(links="['LP: #1234567']", patches="[a.patch]"))
    fixed = observation(LinkState.RELEASED, said="Fix Released", kind=LinkKind.BUG, release="19.0.0")
    (finding,) = found(plan, observed(known(BUG_KEY, fixed)), seen_patch("a.patch"))
    assert finding.rule == "bug-fixed"
    assert finding.message == "retry: bug 1234567 is fixed in 19.0.0 (Fix Released)"
    gone = seen_patch("a.patch", Relation.EQUIVALENT, Advice.DROP)
    assert [each.rule for each in found(plan, observed(known(BUG_KEY, fixed)), gone)] == ["can-end"]


def test_a_merged_review_leads_to_its_first_release(tmp_path: Path) -> None:
    values = {"links": f"['{REVIEW}']", "drop-when": "{released: ['571111']}"}
    plan = plan_of(tmp_path, item(**values))
    merged = observation(LinkState.MERGED, commit=SHA)
    (unreleased,) = found(plan, observed(known(KEY, merged, in_history=True)))
    assert (unreleased.rule, unreleased.severity) == ("review-merged", "note")
    assert "is merged as 0123456789ab, in no release yet" in unreleased.message
    findings = found(plan, observed(known(KEY, merged, in_history=True, first_release="19.0.0")))
    assert [each.rule for each in findings] == ["condition-met", "review-merged"]
    assert "first released in 19.0.0" in findings[1].message
    assert found(plan, observed(known(KEY, merged))) == []


def test_a_merge_that_the_upstream_does_not_have(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, item(links=f"['{REVIEW}']"))
    merged = observation(LinkState.MERGED, commit=SHA)
    (finding,) = found(plan, observed(known(KEY, merged, in_history=False)))
    assert finding.rule == "merge-missing"


def test_an_open_review_on_which_nothing_moves(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, item(links=f"['{REVIEW}']"))
    quiet = observation(activity=datetime(2018, 11, 2, tzinfo=UTC))
    assert found(plan, observed(known(KEY, quiet)), today=date(2019, 1, 31)) == []
    (finding,) = found(plan, observed(known(KEY, quiet)), today=date(2019, 2, 1))
    assert finding.rule == "link-quiet" and "nothing moved there for 91 days" in finding.message
    silent = plan_of(tmp_path, item(links=f"['{REVIEW}']"), head=HEAD + "limits: {quiet-days: 91}\n")
    assert found(silent, observed(known(KEY, quiet)), today=date(2019, 2, 1)) == []


def test_to_have_asked_is_no_movement(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, item(links=f"['{REVIEW}']", agreed=None))
    quiet = observation(LinkState.MERGED, activity=datetime(2018, 10, 5, tzinfo=UTC))
    assert [each.rule for each in found(plan, observed(known(KEY, quiet)))] == ["not-moving"]
    moving = observation(activity=datetime(2019, 1, 5, tzinfo=UTC))
    assert found(plan, observed(known(KEY, moving))) == []


def test_a_link_to_nothing(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, item(links=f"['{REVIEW}']"))
    (finding,) = found(plan, observed(known(KEY, None)))
    assert finding.rule == "link-gone"


def test_links_that_were_not_asked_for_long_are_one_note(tmp_path: Path) -> None:
    links = f"['{REVIEW}', 'LP: #1234567', 'https://docs.example.org/', 'org/repo#1']"
    plan = plan_of(tmp_path, item(links=links))
    seen = observed(
        known(KEY, observation(), date(2019, 1, 18)), known(BUG_KEY, observation(kind=LinkKind.BUG))
    )
    check = check_plan(plan, {}, TODAY, seen)
    (note,) = [each for each in check.findings if each.rule == "links-old"]
    assert note.severity == "note"
    assert note.message == "1 of 3 links were not asked from their trackers for 14 days"
    (later,) = [
        each for each in check_plan(plan, {}, date(2019, 2, 2), seen).findings if each.rule == "links-old"
    ]
    assert later.message.startswith("2 of 3 links")
    assert check.links == "2 of 3 were asked from their trackers, the oldest 14 days ago"


def test_links_of_patches_count_for_the_item_that_has_them(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, item(patches="[a.patch]"))
    fixed = observation(LinkState.RELEASED, said="Fix Released", kind=LinkKind.BUG)
    closed = observation(LinkState.REJECTED)
    what = observed(known(BUG_KEY, fixed), known(KEY, closed), a={BUG_KEY: None, KEY: None, "x/bug/1": None})
    findings = found(plan, what, seen_patch("a.patch"))
    assert [(each.rule, each.patch) for each in findings] == [
        ("link-rejected", "a.patch"),
        ("bug-fixed", "a.patch"),
    ]
    assert "bug 1234567, which a.patch names, is fixed" in findings[1].message
    # What a message names in passing does not say how far the work is.
    assert (
        join(plan, {"nova": seen_series("nova", seen_patch("a.patch"))}, what).stages["retry"] is Stage.OPEN
    )


def test_an_item_that_ended_is_left_alone(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, item(links=f"['{REVIEW}']", ended="{on: 2019-01-20, how: replaced}"))
    assert found(plan, observed(known(KEY, observation(LinkState.REJECTED)))) == []
