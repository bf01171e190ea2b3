"""The answers: tables, what blocks, dates and their chain, burn-down, forecast, layers."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from planned import HEAD, TODAY, item, plan_of, seen_patch, seen_series
from unfork.model import Advice, Relation
from unfork.model.history import ItemChange
from unfork.model.plan import Disposition, Gate, Plan, Stage
from unfork.model.status import Status
from unfork.planning import check_plan, join, status_of
from unfork.planning.graph import layers_of, order_of
from unfork.planning.status.burndown import Life
from unfork.planning.status.forecast import LEAST_ENDS, LEAST_WEEKS, forecast


def status(plan: Plan, *series: object, changes: tuple = (), today: date = TODAY) -> Status:
    seen = {each.project: each for each in series}
    return status_of(join(plan, seen), check_plan(plan, seen, today), changes, today)


def promised(day: str) -> str:
    return f"{{by: ann, date: {day}}}"


def test_tables_count_patches_once_and_lines_as_the_scan_saw_them(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        item("one", patches="[a, b]", stage="in-review"),
        item("two", patches="[b, gone]", ended="{on: 2019-01-02, how: replaced}"),
        item("three", project="neutron", disposition="undecided", patches="[c]"),
        item("task", kind="task", disposition=None),
    )
    got = status(plan, seen_series("nova", seen_patch("a", lines=7), seen_patch("b"), seen_patch("x")))
    nova, neutron = got.projects
    (fixes, tasks) = nova.rows
    assert (fixes.disposition, fixes.items, fixes.ended) == (Disposition.UPSTREAM_FIX, 2, 1)
    assert (fixes.stages, fixes.patches, fixes.carried, fixes.lines) == ({Stage.REVIEW: 1}, 3, 2, 17)
    assert (tasks.disposition, tasks.items, tasks.patches) == (None, 1, 0)
    assert (nova.unplanned, neutron.unplanned) == (1, None)
    assert (neutron.total.patches, neutron.total.carried, neutron.total.lines) == (1, None, None)
    assert (got.whole.total.items, got.whole.total.patches, got.whole.total.lines) == (4, 4, 17)


def test_cutover_and_release_are_apart(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        item("a", gate="cutover", commitment=promised("2019-03-01"), patches="[a]"),
        item("b", gate="cutover", commitment=promised("2019-01-31")),
        item("c", gate="cutover", disposition="undecided"),
        item("d", gate="cutover", ended="{on: 2019-01-02, how: replaced}"),
        item("e", gate="release", after="[a, d]"),
        item("f"),
    )
    got = status(plan, seen_series("nova", seen_patch("a", Relation.IDENTICAL, Advice.DROP)))
    cutover, release = got.readiness
    assert [each.item for each in cutover.blockers] == ["a", "b", "c"]
    assert [(each.item, each.waits_for) for each in release.blockers] == [("e", ("a",))]
    counts = (cutover.items, cutover.ended, cutover.can_end, cutover.promised, cutover.late)
    assert counts == (4, 1, 1, 1, 1)
    assert (cutover.unpromised, cutover.undecided) == (1, 1)


def test_the_day_comes_from_promises_and_dependencies_with_its_chain(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        item("spec", commitment=promised("2019-03-20")),
        item("code", after="[spec]", commitment=promised("2019-03-01")),
        item("other", gate="cutover", commitment=promised("2019-03-10")),
        item("done", ended="{on: 2019-01-02, how: replaced}", commitment=promised("2019-12-01")),
        item("switch", gate="cutover", after="[code, done]", commitment=promised("2019-03-15")),
        item("late", gate="release", commitment=promised("2019-04-10")),
    )
    cutover, release = status(plan).readiness
    assert cutover.possible == date(2019, 3, 20)
    assert [step.item for step in cutover.chain] == ["spec", "code", "switch"]
    assert (release.possible, [step.item for step in release.chain]) == (date(2019, 4, 10), ["late"])


def test_a_release_is_not_before_its_cutover(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        item("a", gate="cutover", commitment=promised("2019-05-01")),
        item("b", gate="release", commitment=promised("2019-04-01")),
    )
    assert status(plan).readiness[1].possible == date(2019, 5, 1)


def test_without_a_promise_on_the_way_there_is_no_day(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        item("spec"),
        item("switch", gate="cutover", after="[spec]", commitment=promised("2019-03-15")),
        item("elsewhere"),
    )
    (cutover, _) = status(plan).readiness
    assert (cutover.possible, cutover.not_before, cutover.undated) == (None, date(2019, 3, 15), ("spec",))


def test_a_promise_that_passed_counts_as_today(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, item("a", gate="cutover", commitment=promised("2019-01-01")))
    assert status(plan).readiness[0].possible == TODAY


def test_open_items_of_the_original_plan_are_apart(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        item("a", added="2018-10-01"),
        item("b", added="2018-09-01", ended="{on: 2018-11-01, how: replaced}"),
        item("c", added="2018-12-01"),
        item("d", added="2018-12-01", ended="{on: 2019-01-15, how: replaced}"),
        item("task", kind="task", disposition=None),
    )
    points = {point.on: (point.cohort, point.later) for point in status(plan).burndown}
    assert points[TODAY] == (1, 1)
    assert points[date(2018, 12, 7)] == (1, 2)
    assert points[date(2018, 9, 1)] == (1, 0)
    assert [*points] == sorted(points)


def test_what_the_plan_does_not_date_is_dated_by_checks(tmp_path: Path) -> None:
    head = HEAD.replace("cohort: 2018-10-01\n", "")
    plan = plan_of(tmp_path, item("a", added=None), item("b", added=None), head=head)
    days = [datetime(2018, 11, 1, tzinfo=UTC), datetime(2018, 12, 1, tzinfo=UTC)]
    seen = ItemChange("a", "nova", "upstream-bug-fix", "none", "open", None)
    left = ItemChange("left", "nova", "upstream-bug-fix", "none", "open", None)
    changes = [(days[0], seen), (days[0], left)]
    changes.append((days[1], ItemChange("left", "nova", "upstream-bug-fix", "none", "open", None, gone=True)))
    changes.append((days[1], ItemChange("b", "nova", "upstream-bug-fix", "none", "open", None)))
    points = {point.on: (point.cohort, point.later) for point in status(plan, changes=(*changes,)).burndown}
    assert points[date(2018, 11, 1)] == (2, 0)
    assert points[TODAY] == (1, 1)


def steady(ended: int, left: int, *, every: int = 7) -> list[Life]:
    start = TODAY - timedelta(days=every * ended)
    lives = [Life(start, start + timedelta(days=every * n), cohort=True) for n in range(1, ended + 1)]
    return lives + [Life(start, None, cohort=True)] * left


def test_a_steady_pace_is_carried_on() -> None:
    got = forecast(steady(20, 10), TODAY, with_new=False)
    assert got.enough
    weeks = (got.likely - TODAY).days / 7
    assert 9 <= weeks <= 12
    assert got.early <= got.likely <= got.late


def test_the_interval_holds_what_then_happens() -> None:
    """Of histories made by chance the truth lies in the 80 % interval about so often."""
    import random

    chance = random.Random(7)  # noqa: S311 - it decides nothing
    inside = 0
    for _ in range(60):
        start = TODAY - timedelta(weeks=40)
        rates = [chance.choice([0, 0, 1, 1, 2, 3]) for _ in range(120)]
        ended = [start + timedelta(weeks=w, days=3) for w in range(40) for _ in range(rates[w])]
        lives = [Life(start, day, cohort=True) for day in ended] + [Life(start, None, cohort=True)] * 25
        left, week = 25, 0
        while left > 0:
            left -= rates[40 + week]
            week += 1
        got = forecast(lives, TODAY, with_new=False)
        inside += got.early <= TODAY + timedelta(weeks=week) <= got.late
    assert 36 <= inside <= 60, inside


def test_scope_found_faster_than_it_ends_never_ends() -> None:
    start = TODAY - timedelta(weeks=20)
    lives = [Life(start, start + timedelta(weeks=n), cohort=True) for n in range(1, 20)]
    lives += [Life(start + timedelta(weeks=n), None, cohort=False) for n in range(1, 20) for _ in range(2)]
    alone = forecast([each for each in lives if each.cohort], TODAY, with_new=False)
    both = forecast(lives, TODAY, with_new=True)
    assert (alone.open, alone.enough) == (0, True)
    assert (both.likely, both.late) == (None, None) and both.never > 0.9


def test_little_history_says_so() -> None:
    young = forecast(steady(LEAST_WEEKS - 1, 5), TODAY, with_new=False)
    assert (
        not young.enough
        and young.why_not == f"{LEAST_WEEKS - 1} weeks are recorded, {LEAST_WEEKS} are needed"
    )
    few = forecast(steady(LEAST_ENDS - 1, 5, every=30), TODAY, with_new=False)
    assert not few.enough and few.why_not == f"{LEAST_ENDS - 1} items have ended, {LEAST_ENDS} are needed"
    assert (young.likely, few.likely) == (None, None)


def test_layers_stand_after_all_they_wait_for(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path, item("d", after="[b, c]"), item("c", after="[a]"), item("b"), item("a"), item("alone")
    )
    assert layers_of(plan.items, order_of(plan.items), {"a", "b", "c", "d"}) == [["b", "a"], ["c"], ["d"]]
    assert status(plan).layers == (("b", "a"), ("c",), ("d",))


def test_gates_without_items_are_ready(tmp_path: Path) -> None:
    cutover, release = status(plan_of(tmp_path, item())).readiness
    assert (cutover.gate, release.gate) == (Gate.CUTOVER, Gate.RELEASE)
    assert (cutover.items, cutover.possible) == (0, TODAY)
