"""Outcomes in words: one line a file, for the details of a placement."""

from collections import Counter
from collections.abc import Iterable, Mapping

from unfork.applying.outcome import FileOutcome, Outcome
from unfork.model import Patch

MOST_LINES = 20  # of details; what is left out is counted


def _shown(text: str) -> str:
    """Text fit for a terminal and for JSON: control characters and stray bytes are escaped."""
    decoded = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(ch if ch.isprintable() else ch.encode("unicode_escape").decode() for ch in decoded)


def shorten(details: Iterable[str]) -> tuple[str, ...]:
    """Details ready to be kept: printable, and at most ``MOST_LINES``; the last one then says how
    many are left out."""
    lines = [_shown(line) for line in details]
    if len(lines) <= MOST_LINES:
        return tuple(lines)
    return (*lines[: MOST_LINES - 1], f"and {len(lines) - MOST_LINES + 1} more")


def _hunks(patch: Patch) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    for change in patch.files:
        for path in {change.old_path, change.new_path} - {None}:
            counts[str(path)] += len(change.hunks)
    return counts


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _offset(offsets: list[int]) -> str:
    low, high = min(offsets), max(offsets)
    span = f"{low:+d}" if low == high else f"{low:+d} to {high:+d}"
    return f"{_plural(len(offsets), 'hunk')} at other line numbers ({span})"


def _failure(path: str, file: FileOutcome, hunks: int) -> list[str]:
    said = []
    if file.failed:
        where = f"line{'s' if len(file.failed) > 1 else ''} {', '.join(map(str, file.failed))}"
        share = f" ({len(file.failed)} of {_plural(hunks, 'hunk')})" if hunks >= len(file.failed) else ""
        said.append(f"{path}: does not apply at {where}{share}")
    if file.merged == "with conflicts":
        said.append(f"{path}: three-way merge conflicts")
    for error in dict.fromkeys(file.errors):
        plain = error.replace("in index", "in the target")
        said.append(plain if path in plain else f"{path}: {plain}")
    return said


def failures(patch: Patch, outcome: Outcome, *, complete: bool = True) -> list[str]:
    """Why the patch does not go in, one line for each file and reason.

    ``complete`` is false when git stopped at the first hunk that fails in each file.
    """
    hunks = _hunks(patch) if complete else {}
    return [
        line
        for path, file in outcome.files.items()
        if not file.applies
        for line in _failure(path, file, hunks.get(path, 0))
    ]


def success(outcome: Outcome, *, backward: bool = False) -> list[str]:
    """How the patch goes in where it does not fit as it is: offsets, less context, merges.

    ``backward``: it was taken back, and git prints such offsets with the sign turned.
    """
    said = []
    for path, file in outcome.files.items():
        if file.merged:
            said.append(f"{path}: by three-way merge")
        if file.reduced:
            # The offsets git prints then count the context it left out; they would mislead.
            said.append(f"{path}: {_plural(file.reduced, 'hunk')} only with less context")
        elif file.offsets:
            said.append(f"{path}: {_offset([-n for n in file.offsets] if backward else file.offsets)}")
    return said
