"""Half of some work in a copy of this process, beside it: the threads of Python share one core."""

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn, TypeVar

import msgspec

T = TypeVar("T")


def in_two(
    work: Callable[[Sequence[int]], list[T]],
    count: int,
    kind: type[T],
    *,
    fewest: int,
) -> list[T]:
    """What ``work`` gives for the places from 0 to ``count``, whichever of them it is asked for at a
    time: for every other place a copy is asked, where there are at least ``fewest``.

    The copy has all that is in memory now, and its answers come back as msgpack of ``kind``. What goes
    wrong there is done here again. No copy is made while there are other threads: one may hold a lock
    that nobody would ever open in the copy.
    """
    if count < fewest or not _can_fork():
        return work(range(count))
    ours, theirs = range(0, count, 2), range(1, count, 2)
    with _copy(lambda: msgspec.msgpack.encode(work(theirs))) as answer:
        found = work(ours)
        said = answer()
    others = work(theirs) if said is None else msgspec.msgpack.decode(said, type=list[kind])  # type: ignore[valid-type]
    return [(others if place % 2 else found)[place // 2] for place in range(count)]


def _can_fork() -> bool:
    # Elsewhere a fork is not there, or system libraries do not bear it.
    return sys.platform == "linux" and threading.active_count() == 1 and len(os.sched_getaffinity(0)) > 1


@contextmanager
def _copy(work: Callable[[], bytes]) -> Iterator[Callable[[], bytes | None]]:
    """A copy of this process at work, and a function that waits for what it made of it: ``None`` when it
    failed. When the block ends early the copy is killed."""
    gc.freeze()  # a collection would write to each page that both still share
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        _tell(work, writing)
    os.close(writing)
    waiting = True

    def answer() -> bytes | None:
        nonlocal waiting
        with os.fdopen(reading, "rb", closefd=False) as pipe:
            said = pipe.read()
        waiting = False
        return said if os.waitpid(process, 0)[1] == 0 else None

    try:
        yield answer
    finally:
        os.close(reading)
        if waiting:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)


def _tell(work: Callable[[], bytes], writing: int) -> NoReturn:
    """In the copy: work, tell and end, with none of what this process would do at its own end."""
    code = 1
    try:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(work())
        code = 0
    finally:
        os._exit(code)
