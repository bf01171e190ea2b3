"""Result files as outcomes by test. Whoever wrote them is not trusted: sizes, XML, encodings, lies."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from unfork.checking.names import normal_name
from unfork.checking.stack import files_named, last_line
from unfork.checking.unreadable import Event, UnreadableError
from unfork.model.plan import ResultFormat
from unfork.model.tested import Outcome

LARGEST = 256 << 20  # bytes of a result file
MOST_TESTS = 1_000_000
_RANK = {Outcome.SKIPPED: 0, Outcome.PASSED: 1, Outcome.FAILED: 2}


@dataclass(frozen=True, slots=True)
class Result:
    """A test in one repetition."""

    outcome: Outcome
    said: str = ""  # the last line of a failure
    files: tuple[str, ...] = ()  # of the worktree that a failure names


def read_results(file: IO[bytes], form: ResultFormat, *, root: Path) -> dict[str, Result]:
    """What each test of an open result file came to; ``root`` is the worktree the tests ran in.

    A name that is there twice has its worst outcome: of two tests of one name it is not known which
    failed. Raises ``UnreadableError``, also for a file without any test.
    """
    found: dict[str, Result] = {}
    for name, outcome, text in _events(file, form):
        name = normal_name(name, root=str(root)) or "(no name)"
        before = found.get(name)
        if before is not None and _RANK[before.outcome] >= _RANK[outcome]:
            continue
        if len(found) >= MOST_TESTS:
            raise UnreadableError(f"more than {MOST_TESTS:,} tests")
        failed = outcome is Outcome.FAILED and bool(text)
        found[name] = Result(
            outcome, last_line(text) if failed else "", files_named(text, root) if failed else ()
        )
    if not found:
        raise UnreadableError("there is no test in it")
    return found


def _events(file: IO[bytes], form: ResultFormat) -> Iterator[Event]:
    # Each reader and its library is loaded when it is needed: testtools alone takes a tenth of a second.
    if form is ResultFormat.JUNIT:
        from unfork.checking.from_junit import read_junit

        return read_junit(file)
    if form is ResultFormat.TAP:
        from unfork.checking.from_tap import read_tap

        return read_tap(file)
    from unfork.checking.from_subunit import read_subunit

    return read_subunit(file)
