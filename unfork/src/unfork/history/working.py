"""Several threads at one piece of work: how far they are, and how they end together."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from threading import Event
from typing import TypeVar

from unfork.progress import Progress

T = TypeVar("T")
_LOOK = 0.2  # seconds between two looks at how far they are


class StoppedError(Exception):
    """Another worker failed or the user pressed Ctrl-C."""


def finish_all(
    jobs: Sequence["Future[T]"], stop: Event, progress: Progress, done: Callable[[], int]
) -> list[T]:
    """What the jobs return. The first failure, and Ctrl-C, sets ``stop``: the others have to look at it
    and end. ``done`` says how many steps all of them have made."""
    told = 0
    pending = set(jobs)
    try:
        while pending:
            ended, pending = wait(pending, timeout=_LOOK, return_when=FIRST_COMPLETED)
            for job in ended:
                job.result()
            seen = done()
            progress.advance(seen - told)
            told = seen
    except BaseException:
        stop.set()
        raise
    return [job.result() for job in jobs]
