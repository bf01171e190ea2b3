"""TAP as events. Without a plan, or with one that is not kept, nobody knows whether it is whole."""

from collections.abc import Iterator
from typing import IO, Any

from tap.parser import Parser

from unfork.checking.unreadable import Event, UnreadableError
from unfork.model.tested import Outcome


def read_tap(file: IO[bytes]) -> Iterator[Event]:
    """Each test line, with what stands below it."""
    parser = Parser()
    planned, number = None, 0
    last: tuple[str, Outcome] | None = None
    notes: list[str] = []
    for raw in file:
        line = raw.decode("utf-8", "replace").rstrip()
        try:
            parsed = parser.parse_line(line)
        except ValueError:
            continue  # a version the parser has no use for; the lines are the same
        if parsed.category == "bail":
            raise UnreadableError(f"it bailed out: {parsed.reason}")
        if parsed.category == "plan":
            planned = parsed.expected_tests
        elif parsed.category == "test":
            if last is not None:
                yield (*last, "\n".join(notes))
            number += 1
            last, notes = (_tap_name(parsed, number), _tap_outcome(parsed)), []
        elif last is not None and len(notes) < 1000:  # diagnostics and YAML below a test are about it
            notes.append(line.strip().lstrip("# "))
    if last is not None:
        yield (*last, "\n".join(notes))
    if planned is None:
        raise UnreadableError("it has no plan (1..N): nobody knows whether it is whole")
    if planned != number:
        raise UnreadableError(f"{planned} tests are planned, {number} are there")


def _tap_name(result: Any, number: int) -> str:
    text = str(result.description).removeprefix("- ").strip()
    return text or f"test {result.number or number}"


def _tap_outcome(result: Any) -> Outcome:
    if result.skip:
        return Outcome.SKIPPED
    if result.todo:
        return Outcome.FAILED if result.ok else Outcome.PASSED
    return Outcome.PASSED if result.ok else Outcome.FAILED
