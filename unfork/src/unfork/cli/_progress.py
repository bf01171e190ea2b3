"""Progress as people see it: a bar on a terminal, a line now and then elsewhere, always on stderr."""

import sys
import time
from typing import TYPE_CHECKING, TextIO

from unfork.progress import Progress, Silent
from unfork.reports import printable

if TYPE_CHECKING:
    import rich.progress

_BAR_AFTER = 0.3  # seconds: what is over before does not flicker, and does not pay for importing rich
_LINE_EVERY = 10.0  # seconds between lines where there is no terminal: a CI log stays short
_ERASE_LINE = "\r\x1b[K"


def progress_for(*, wanted: bool | None, quiet: bool) -> Progress:
    """The progress for this run: ``wanted`` is what the user said, ``None`` when nothing."""
    if wanted is False or (quiet and not wanted):
        return Silent()
    if sys.stderr.isatty():
        return Bar(sys.stderr)
    return Lines(sys.stderr)


class Lines:
    """One line at most every ten seconds, with count, share and rate."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._label = ""
        self._total: int | None = None
        self._done = 0
        self._began = self._said = time.monotonic()

    def start(self, label: str, total: int | None) -> None:
        """Begin a stage; nothing is written yet."""
        self._label, self._total, self._done = printable(label), total, 0
        self._began = time.monotonic()

    def advance(self, amount: int = 1) -> None:
        """Count, and say so when ten seconds have passed since the last line."""
        self._done += amount
        now = time.monotonic()
        if now - self._said >= _LINE_EVERY:
            self._said = now
            rate = self._done / max(now - self._began, 1e-9)
            of = f" of {self._total:,} ({self._done / self._total:.0%})" if self._total else ""
            self._stream.write(f"{self._label}: {self._done:,}{of}, {rate:,.0f}/s\n")
            self._stream.flush()

    def finish(self) -> None:
        """The stage is over; nothing is written."""


class Bar:
    """The label at once, and rich's bar with rate and time left for what takes longer than a moment."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._label = ""
        self._total: int | None = None
        self._done = 0
        self._began = 0.0
        self._bar: rich.progress.Progress | None = None
        self._task: rich.progress.TaskID | None = None

    def start(self, label: str, total: int | None) -> None:
        """Begin a stage: its label stands there until the first steps are done."""
        self.finish()
        self._label, self._total, self._done = printable(label), total, 0
        self._began = time.monotonic()
        self._stream.write(f"{self._label} …")
        self._stream.flush()

    def advance(self, amount: int = 1) -> None:
        """Count; the bar comes up when the stage has lasted a moment."""
        self._done += amount
        if self._bar is None:
            if time.monotonic() - self._began < _BAR_AFTER:
                return
            self._open()
        if self._bar is not None and self._task is not None:
            rate = self._done / max(time.monotonic() - self._began, 1e-9)
            self._bar.update(self._task, completed=self._done, rate=f"{rate:,.0f}/s")

    def finish(self) -> None:
        """Take the bar, or the label, off the screen."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = self._task = None
        elif self._label:
            self._stream.write(_ERASE_LINE)
            self._stream.flush()
        self._label = ""

    def _open(self) -> None:
        import rich.console
        import rich.markup
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        self._stream.write(_ERASE_LINE)
        self._bar = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=rich.console.Console(file=self._stream),
            transient=True,
            get_time=time.monotonic,
        )
        self._task = self._bar.add_task(rich.markup.escape(self._label), total=self._total, rate="")
        self._bar.start()
