"""The checks of two tracks beside each other: what is lost, gained, broken on both, flaky, not run.

A test is lost when it passed in every repetition that ran it on the old track, and failed in every one on
the new. One that differs between repetitions on either track is flaky, and nobody's loss. With one
repetition a flaky test cannot be told, and a note says so.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from unfork.model.compared import Change, CheckCompared, TestChange, Tie
from unfork.model.plan import TrackCheck
from unfork.model.tested import CheckRun, Standing, Tally, Tested

_SAID = (Standing.PASSES, Standing.FAILS, Standing.FLAKY)
_NOTHING = Tally("", 0, 0, 0)

Ties = Callable[[Tally], tuple[Tie, ...]]


def change_of(old: Standing, new: Standing) -> Change:
    """What two standings come to. Only what was seen on both tracks is lost, broken or flaky."""
    if new is Standing.PASSES and old in (Standing.FAILS, Standing.SKIPPED, Standing.ABSENT):
        return Change.GAINED
    if old not in _SAID or new not in _SAID:
        return Change.NOT_RUN
    if Standing.FLAKY in (old, new):
        return Change.FLAKY
    if old is Standing.PASSES:
        return Change.BOTH if new is Standing.PASSES else Change.LOST
    return Change.BROKEN


def compare_checks(
    rules: Mapping[str, TrackCheck],
    digests: Mapping[str, str],
    old: Tested | None,
    new: Tested | None,
    ties: Ties,
) -> tuple[CheckCompared, ...]:
    """Every check that is declared or was run. ``digests`` tell how a check is declared now."""
    before = {each.check: each for each in old.checks} if old else {}
    after = {each.check: each for each in new.checks} if new else {}
    names = dict.fromkeys([*rules, *before, *after])
    return tuple(
        _compare(name, rules.get(name), digests.get(name), before.get(name), after.get(name), ties)
        for name in names
    )


def _compare(
    name: str,
    rule: TrackCheck | None,
    digest: str | None,
    old: CheckRun | None,
    new: CheckRun | None,
    ties: Ties,
) -> CheckCompared:
    whole = TestChange(
        "",
        change_of(_standing(old), _standing(new)),
        _standing(old),
        _standing(new),
        _failed(old),
        len(old.repetitions) if old else 0,
        _failed(new),
        len(new.repetitions) if new else 0,
        _why(new),
    )
    tests = _tests(old, new, ties)
    return CheckCompared(
        check=name,
        whole=whole,
        counts=dict(Counter(each.change for each in tests)),
        tests=tuple(each for each in tests if each.change is not Change.BOTH),
        passing=tuple(each.test for each in tests if each.change is Change.BOTH),
        notes=tuple(_notes(rule, digest, old, new)),
        gating=rule is not None and rule.cutover,
    )


def _tests(old: CheckRun | None, new: CheckRun | None, ties: Ties) -> list[TestChange]:
    if not _has_tests(old) or not _has_tests(new):
        return []  # of a check that one track did not run, every test would be not run
    before = {each.name: each for each in old.tests} if old else {}
    after = {each.name: each for each in new.tests} if new else {}
    renamed = _renamed(before, after)
    changes = []
    for name in sorted({*before, *after}):
        one, other = before.get(name, _NOTHING), after.get(name, _NOTHING)
        change = change_of(one.standing, other.standing)
        said = other.said if other.failed else ""
        tied = ties(other) if change is Change.LOST else ()
        ran, now_ran = one.failed + one.passed, other.failed + other.passed
        each = TestChange(
            name, change, one.standing, other.standing, one.failed, ran, other.failed, now_ran, said, tied
        )
        changes.append(replace(each, renamed=renamed[name]) if name in renamed else each)
    return changes


def _renamed(before: Mapping[str, Tally], after: Mapping[str, Tally]) -> dict[str, str]:
    """Of tests that only the old track has the one of the new with the same class and name, if just one."""
    gone = _by_end(name for name in before if name not in after)
    come = _by_end(name for name in after if name not in before)
    return {
        names[0]: come[end][0]
        for end, names in gone.items()
        if len(names) == 1 and len(come.get(end, ())) == 1
    }


def _by_end(names: Iterable[str]) -> dict[str, list[str]]:
    ends: dict[str, list[str]] = {}
    for name in names:
        parts = name.split(".")
        if len(parts) > 2:
            ends.setdefault(".".join(parts[-2:]), []).append(name)
    return ends


def _notes(
    rule: TrackCheck | None, digest: str | None, old: CheckRun | None, new: CheckRun | None
) -> list[str]:
    notes = []
    for label, run in (("old", old), ("new", new)):
        if run is None:
            notes.append(f"it was not run on the {label} track's tested commit")
            continue
        if run.standing is Standing.UNKNOWN:
            notes.append(f"nothing is known of the {label} track: {_why(run)}")
        elif run.tests == () and _has_tests(old if label == "new" else new):
            notes.append(f"on the {label} track it left no results of single tests: {_why(run)}")
        if len(run.repetitions) == 1 and run.standing is not Standing.UNKNOWN:
            notes.append(f"one repetition on the {label} track: a flaky test cannot be told")
        if digest is not None and run.rule != digest:
            notes.append(f"it was declared otherwise when it ran on the {label} track")
    if rule is None:
        notes.append("the plan does not declare it for both tracks")
    return notes


def _standing(run: CheckRun | None) -> Standing:
    return run.standing if run is not None else Standing.UNKNOWN


def _has_tests(run: CheckRun | None) -> bool:
    return run is not None and bool(run.tests)


def _failed(run: CheckRun | None) -> int:
    return sum(each.finish != "passed" for each in run.repetitions) if run is not None else 0


def _why(run: CheckRun | None) -> str:
    repetitions = run.repetitions if run is not None else ()
    return next((each.why for each in repetitions if each.why), "")
