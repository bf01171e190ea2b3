import io

import pytest
from unfork.cli import _progress
from unfork.cli._progress import Bar, Lines, progress_for
from unfork.progress import Silent


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be set by the test."""
    now = [100.0]
    monkeypatch.setattr(_progress.time, "monotonic", lambda: now[0])
    return now


def test_lines_come_at_most_every_ten_seconds(clock: list[float]) -> None:
    stream = io.StringIO()
    progress = Lines(stream)
    progress.start("Reading \x1b[1mhistory", 400)
    for _ in range(40):
        clock[0] += 0.5
        progress.advance(10)
    progress.finish()
    assert stream.getvalue() == (
        "Reading \\x1b[1mhistory: 200 of 400 (50%), 20/s\n"
        "Reading \\x1b[1mhistory: 400 of 400 (100%), 20/s\n"
    )  # fmt: skip


def test_short_work_prints_nothing_without_a_terminal(clock: list[float]) -> None:
    stream = io.StringIO()
    progress = Lines(stream)
    for label in ("one", "two"):
        progress.start(label, None)
        progress.advance()
        progress.finish()
    assert stream.getvalue() == ""


def test_a_bar_leaves_the_screen_as_it_was(clock: list[float]) -> None:
    stream = io.StringIO()
    progress = Bar(stream)
    progress.start("Reading", 10)
    progress.advance(1)
    assert stream.getvalue() == "Reading …"
    clock[0] += 1
    progress.advance(1)
    progress.finish()
    progress.finish()
    assert stream.getvalue().startswith("Reading …\r\x1b[K")


def test_a_new_stage_ends_the_last(clock: list[float]) -> None:
    stream = io.StringIO()
    progress = Bar(stream)
    progress.start("one", None)
    progress.start("two", None)
    progress.finish()
    assert stream.getvalue() == "one …\r\x1b[Ktwo …\r\x1b[K"


def test_who_sees_what(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(progress_for(wanted=False, quiet=False), Silent)
    assert isinstance(progress_for(wanted=None, quiet=True), Silent)
    assert isinstance(progress_for(wanted=None, quiet=False), Lines)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert isinstance(progress_for(wanted=None, quiet=False), Bar)
