"""Two tracks beside each other, as a sheet."""

from collections.abc import Iterable

from unfork.model.compared import (
    Change,
    CheckCompared,
    Comparison,
    ContentKind,
    ContentLost,
    LinesLost,
    TestChange,
    Tie,
    TrackSide,
)
from unfork.model.tested import Standing
from unfork.reports._words import SHORT, plural
from unfork.reports.sheet import Row, Section, Sheet

_TONE = {
    Change.BOTH: "good",
    Change.LOST: "bad",
    Change.GAINED: "good",
    Change.BROKEN: "faint",
    Change.FLAKY: "unsure",
    Change.NOT_RUN: "unsure",
}
_SHOWN = (Change.LOST, Change.FLAKY, Change.NOT_RUN, Change.BROKEN, Change.GAINED)
_TITLES = {
    Change.LOST: "Lost tests",
    Change.FLAKY: "Flaky tests",
    Change.NOT_RUN: "Tests that one track did not run",
    Change.BROKEN: "Tests that are broken on both",
    Change.GAINED: "Gained tests",
}
_TIE = {"failure": "the failure names", "test": "the test is in", "code": "it is about"}
_KINDS = {
    ContentKind.OPTION: "options",
    ContentKind.ROUTE: "API routes",
    ContentKind.ENTRY_POINT: "entry points",
    ContentKind.MIGRATION: "database migrations",
}
_MANY = 1000  # rows of one table on a page


def comparison_sheet(comparison: Comparison) -> Sheet:
    """All of it, what is lost first."""
    old, new = comparison.old, comparison.new
    lost = lost_count(comparison)
    facts = [("old track", _side(old)), ("new track", _side(new))]
    facts += [("warning", each) for each in comparison.warnings]
    sections = [_checks(comparison)]
    for change in _SHOWN:
        sections += _tests(comparison, change)
    sections += [_offers(comparison), *_content(comparison), *_lines(comparison)]
    open_checks = sum(each.whole.change is Change.NOT_RUN for each in comparison.checks)
    unsure = open_checks or not comparison.checks
    said = f"{lost} lost" if lost else "nothing is known to be lost" if unsure else "nothing is lost"
    if open_checks:
        said += f", {plural(open_checks, 'check')} not compared"
    return Sheet(
        f"{old.track} and {new.track}: {said}",
        "bad" if lost else "unsure" if unsure else "good",
        tuple(facts),
        tuple(sections),
    )


def lost_count(comparison: Comparison) -> int:
    """Lost tests, lost checks of which no test is lost, and content that carried patches had brought."""
    lost = 0
    for check in comparison.checks:
        tests = check.counts.get(Change.LOST, 0)
        lost += tests or (check.whole.change is Change.LOST)
    return lost + sum(each.ours is not False for each in comparison.content)


def _side(side: TrackSide) -> str:
    tested = "not tested" if side.tested is None else f"tested at {side.tested[:SHORT]}"
    return f"{side.track}, {side.commit[:SHORT]}, {plural(side.patches, 'patch', 'patches')}, {tested}"


def _checks(comparison: Comparison) -> Section:
    rows = [
        Row(
            (
                each.whole.change,
                each.check,
                _standing(each.whole.old, each.whole.old_failed, each.whole.old_ran),
                _standing(each.whole.new, each.whole.new_failed, each.whole.new_ran),
                *(_number(each.counts.get(change, 0)) for change in (Change.BOTH, *_SHOWN)),
            ),
            _TONE[each.whole.change],
        )
        for each in comparison.checks
    ]
    notes = tuple(f"{each.check}: {note}" for each in comparison.checks for note in each.notes)
    if not rows:
        notes = ("The plan declares no check: docs/checks.md says how.",)
    head = ("check as a whole", "check", comparison.old.track, comparison.new.track, "both", "lost", "flaky",
            "not run", "broken", "gained")  # fmt: skip
    return Section("Checks", notes, head, tuple(rows), numbers=6)


def _tests(comparison: Comparison, change: Change) -> list[Section]:
    rows = [
        Row(_test(check, each), _TONE[change])
        for check in comparison.checks
        for each in check.tests
        if each.change is change
    ]
    if not rows:
        return []
    head = ("check", "test", comparison.old.track, comparison.new.track, "what is known")
    left = f"The first {_MANY:,} of {len(rows):,}; the JSON has all." if len(rows) > _MANY else ""
    return [Section(f"{_TITLES[change]}: {len(rows):,}", (left,) if left else (), head, tuple(rows[:_MANY]))]


def _test(check: CheckCompared, each: TestChange) -> tuple[str, ...]:
    known = [each.said] if each.said else []
    known += [_tie(tie) for tie in each.ties]
    if each.change is Change.LOST and not each.ties:
        known.append("no carried patch touches its files")
    if each.renamed:
        known.append(f"seems renamed to {each.renamed}")
    return (
        check.check,
        each.test,
        _standing(each.old, each.old_failed, each.old_ran),
        _standing(each.new, each.new_failed, each.new_ran),
        "; ".join(known),
    )


def _tie(tie: Tie) -> str:
    items = f" ({', '.join(tie.items)})" if tie.items else ""
    carried = ", still carried" if tie.carried else ""
    return f"{tie.patch}{items}{carried}: {_TIE[tie.kind]} {tie.file}"


def _standing(standing: Standing, failed: int, ran: int) -> str:
    if standing not in (Standing.PASSES, Standing.FAILS, Standing.FLAKY):
        return str(standing)
    return f"{standing} {ran - failed if standing is Standing.PASSES else failed}/{ran}"


def _offers(comparison: Comparison) -> Section:
    rows = []
    for kind, (before, after) in comparison.offered.items():
        of_kind = [each for each in comparison.content if each.kind is kind]
        ours = sum(each.ours is not False for each in of_kind)
        rows.append(
            Row(
                (_KINDS[kind], f"{before:,}", f"{after:,}", _number(ours), _number(len(of_kind) - ours)),
                "bad" if ours else "",
            )
        )
    head = ("content", comparison.old.track, comparison.new.track, "lost, brought by patches",
            "taken out upstream")  # fmt: skip
    return Section("Content", (), head, tuple(rows), numbers=4)


def _content(comparison: Comparison) -> list[Section]:
    sections = []
    for ours, title in (
        (True, "Brought by carried patches, not on the new track"),
        (False, "Taken out upstream"),
    ):
        rows = [Row(_thing(each), "bad" if ours else "faint") for each in comparison.content
                if (each.ours is not False) is ours]  # fmt: skip
        if rows:
            head = ("kind", "name", "file", *(("patches", "items") if ours else ()))
            shown = rows if ours else [Row(row.cells[:3], row.tone) for row in rows]
            sections.append(Section(f"{title}: {len(rows):,}", (), head, tuple(shown[:_MANY])))
    return sections


def _thing(each: ContentLost) -> tuple[str, ...]:
    return (each.kind, each.name, f"{each.file}:{each.line}", _joined(each.patches), _joined(each.items))


def _lines(comparison: Comparison) -> list[Section]:
    if not comparison.lines:
        return []
    total = sum(each.missing for each in comparison.lines)
    rows = [Row(_patch(each)) for each in comparison.lines[:_MANY]]
    said = "Lines that a patch adds and that no file of that name has on the new track, white space apart."
    head = ("patch", "items", "files gone", "missing", "of")
    return [
        Section(f"Lines of carried patches: {total:,} are missing", (said,), head, tuple(rows), numbers=2)
    ]


def _patch(each: LinesLost) -> tuple[str, ...]:
    return (each.patch, _joined(each.items), _joined(each.files_gone), f"{each.missing:,}", f"{each.added:,}")


def _joined(words: Iterable[str]) -> str:
    words = [*words]
    return ", ".join(words[:3]) + (f" and {len(words) - 3} more" if len(words) > 3 else "")


def _number(value: int) -> str:
    return f"{value:,}" if value else "."
