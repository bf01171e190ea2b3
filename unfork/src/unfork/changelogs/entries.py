"""What every changelog gives: entries, each with the release whose heading it stands under."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a changelog."""

    release: str | None  # as its heading names it; None: no heading does, or it says "unreleased"
    text: str  # lines joined by a space
    path: str  # the file it stands in
    line: int  # where it begins, from 1
