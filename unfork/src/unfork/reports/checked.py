"""What the checks of a track came to, as a sheet."""

from unfork.model.tested import CheckRun, Standing, Tally, Tested
from unfork.reports._words import SHORT, plural
from unfork.reports.sheet import Row, Section, Sheet

_TONE = {Standing.PASSES: "good", Standing.FAILS: "bad"}


def checked_sheet(tested: Tested, notes: tuple[str, ...] = ()) -> Sheet:
    """A row a check, then the tests that do not pass."""
    wrong = sum(each.standing is not Standing.PASSES for each in tested.checks)
    dirty = ", with changes that are in no commit" if tested.dirty else ""
    facts = [("commit", f"{tested.commit[:SHORT]}{dirty}"), *(("note", each) for each in notes)]
    head = ("state", "check", "repetitions", "tests", "took", "known")
    failing = [_failing(run, test) for run in tested.checks for test in run.tests if test.failed]
    sections = [Section("Checks", (), head, tuple(_row(each) for each in tested.checks))]
    if failing:
        title = f"Failing tests: {len(failing):,}"
        sections.append(Section(title, (), ("state", "check", "test", "failed", "last line"), tuple(failing)))
    all_of = plural(len(tested.checks), "check")
    do = "does" if wrong == 1 else "do"
    verdict = f"of {all_of} {wrong} {do} not pass" if wrong else f"{all_of}, all pass"
    return Sheet(f"{tested.track}: {verdict}", "bad" if wrong else "good", tuple(facts), tuple(sections))


def _failing(run: CheckRun, test: Tally) -> Row:
    count = f"{test.failed} of {test.failed + test.passed}"
    tone = "bad" if test.standing is Standing.FAILS else "unsure"
    return Row((str(test.standing), run.check, test.name, count, test.said), tone)


def _row(run: CheckRun) -> Row:
    why = next((each.why for each in run.repetitions if each.why), "")
    ended = sum(each.ended for each in run.repetitions)
    known = [why] if why else []
    if ended:
        known.append(f"{plural(ended, 'process', 'processes')} it left behind ended")
    if why:
        known.append(run.output)
    return Row(
        (
            str(run.standing),
            run.check,
            str(len(run.repetitions)),
            f"{len(run.tests):,}" if run.tests else "-",
            f"{sum(each.seconds for each in run.repetitions):.1f} s",
            "; ".join(known),
        ),
        _TONE.get(run.standing, "unsure"),
    )
