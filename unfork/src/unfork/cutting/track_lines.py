"""The checks and tests of the two tracks, and whether they speak of what the tracks are now."""

from collections.abc import Callable, Iterator, Mapping

from unfork.model.compared import Change, CheckCompared, Comparison, TestChange
from unfork.model.cutover import Line, LineState, Subject
from unfork.model.plan import Accepted, Cutover, Gate, Plan
from unfork.model.tested import Standing

_NOT_ON_NEW = (Standing.ABSENT, Standing.SKIPPED)


def track_lines(
    plan: Plan, compared: Mapping[str, Comparison], accepted: Callable[[str], Accepted | None]
) -> Iterator[Line]:
    """What the comparisons of the projects come to; a project that has none is unknown.

    Tests that the new track does not run are many, and are one line: ``accepted`` takes those out of it
    that people agreed to.
    """
    cutover = plan.head.cutover or Cutover()
    for key, name in (("old", cutover.old), ("new", cutover.new)):
        if name is None:
            yield Line(
                Subject.TRACK, key, "", LineState.UNKNOWN,
                f"the plan does not say which track is the {key} one", "the plan",
                f"cutover: {{{key}: TRACK}} in plan.yaml",
            )  # fmt: skip
    if not plan.head.checks:
        yield Line(
            Subject.TRACK, "checks", "", LineState.UNKNOWN,
            "the plan declares no check: nothing shows the tracks equal", "the plan",
            "checks: in plan.yaml, see docs/checks.md",
        )  # fmt: skip
    for project in _with_patches(plan):
        if project not in compared and cutover.old and cutover.new:
            yield Line(
                Subject.TRACK, cutover.new, project, LineState.UNKNOWN,
                f"{project}: the tracks {cutover.old} and {cutover.new} are not both known here", "",
                "unfork track new, unfork track adopt",
            )  # fmt: skip
    for project, comparison in compared.items():
        yield from _freshness(project, comparison)
        for check in comparison.checks:
            if check.gating:
                yield from _check(project, comparison, check)
                yield from _not_run(project, comparison, check, accepted)


def _with_patches(plan: Plan) -> list[str]:
    return [
        name
        for name in plan.head.projects
        if any(
            item.project == name and item.gate is Gate.CUTOVER and item.patches
            for item in plan.items.values()
        )
    ]


def _freshness(project: str, comparison: Comparison) -> Iterator[Line]:
    for side in (comparison.old, comparison.new):
        if side.tested is not None and side.tested != side.commit:
            yield Line(
                Subject.TRACK, side.track, project, LineState.UNKNOWN,
                f"{side.track} was tested at {side.tested[:10]}, and is at {side.commit[:10]}",
                "the store", f"unfork track check {side.track}",
            )  # fmt: skip
        if side.dirty:
            yield Line(
                Subject.TRACK, side.track, project, LineState.UNKNOWN,
                f"{side.track} was tested with changes that are in no commit",
                "the store", f"commit or undo them, then unfork track check {side.track}",
            )  # fmt: skip


def _check(project: str, comparison: Comparison, check: CheckCompared) -> Iterator[Line]:
    new, whole = comparison.new.track, check.whole
    todo = f"unfork track check {new} {check.check}"
    if whole.new is Standing.UNKNOWN or whole.new_ran == 0:
        why = f": {whole.said}" if whole.said else ""
        yield _line(project, check, LineState.UNKNOWN, f"nothing is known of it on {new}{why}", todo)
        return
    if whole.old is Standing.UNKNOWN:
        todo = f"unfork track check {comparison.old.track} {check.check}"
        yield _line(
            project, check, LineState.UNKNOWN, f"nothing is known of it on {comparison.old.track}", todo
        )
        return
    lost = [each for each in check.tests if each.change is Change.LOST]
    if whole.change is Change.LOST and not lost:
        what = f"passed on {comparison.old.track}, fails on {new}: {whole.said}"
        yield _line(project, check, LineState.BLOCKS, what, "mend it")
    elif whole.change is Change.FLAKY and whole.old is Standing.PASSES and not check.tests:
        what = f"fails in {whole.new_failed} of {whole.new_ran} repetitions on {new}"
        yield _line(project, check, LineState.UNKNOWN, what, f"{todo} --repeat 10")
    elif not lost:
        yield _line(project, check, LineState.FINE, _counts(check))
    for each in lost:
        yield _lost(project, check, each, new)
    for each in check.tests:
        if each.change is Change.FLAKY and each.old is Standing.PASSES:
            yield Line(
                Subject.TEST, f"{check.check}/{each.test}", project, LineState.UNKNOWN,
                f"fails in {each.new_failed} of {each.new_ran} repetitions on {new}", check.check,
                f"{todo} --repeat 10",
            )  # fmt: skip


def _not_run(
    project: str,
    comparison: Comparison,
    check: CheckCompared,
    accepted: Callable[[str], Accepted | None],
) -> Iterator[Line]:
    old, new = comparison.old.track, comparison.new.track
    gone = [each for each in check.tests if each.old is Standing.PASSES and each.new in _NOT_ON_NEW]
    left = [each for each in gone if accepted(f"{check.check}/{each.test}") is None]
    if left:
        renamed = sum(bool(each.renamed) for each in left)
        yield Line(
            Subject.TEST, f"{check.check}/(not run)", project, LineState.UNKNOWN,
            f"tests that passed on {old} and are not run on {new}: {len(left)}"
            + (f", of which perhaps renamed: {renamed}" if renamed else ""),
            check.check, "see unfork track compare; what is right goes into cutover: accepted",
        )  # fmt: skip
    if len(left) < len(gone):
        yield Line(
            Subject.TEST, f"{check.check}/(not run)", project, LineState.ACCEPTED,
            f"tests that passed on {old} and are not run on {new}, accepted: {len(gone) - len(left)}",
            check.check,
        )  # fmt: skip


def _lost(project: str, check: CheckCompared, each: TestChange, new: str) -> Line:
    items = list(dict.fromkeys(item for tie in each.ties for item in tie.items))
    patches = [tie.patch for tie in each.ties]
    about = (
        f"; items {', '.join(items[:3])}"
        if items
        else f"; patches {', '.join(patches[:2])}"
        if patches
        else ""
    )
    return Line(
        Subject.TEST, f"{check.check}/{each.test}", project, LineState.BLOCKS,
        f"lost: fails in {each.new_failed} of {each.new_ran} repetitions on {new}{about}",
        each.said, "mend it, or accept the loss in cutover: accepted",
    )  # fmt: skip


def _counts(check: CheckCompared) -> str:
    if not check.counts:
        return f"{check.whole.change}"
    return ", ".join(f"{number} {change}" for change, number in sorted(check.counts.items()))


def _line(project: str, check: CheckCompared, state: LineState, what: str, todo: str = "") -> Line:
    return Line(Subject.CHECK, check.check, project, state, what, "the last runs on both tracks", todo)
