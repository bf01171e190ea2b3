"""Keys that wait for their turn, and threads that take them: one key is in one hand at a time."""

import threading
from collections.abc import Callable
from time import monotonic

import structlog

_AFTER_A_FAULT = 30.0


class Desk:
    """``work(key)`` returns the seconds until the key's next turn, or ``None`` when it is done with."""

    def __init__(self, name: str, work: Callable[[str], float | None], threads: int) -> None:
        self._name = name
        self._work = work
        self._due: dict[str, float] = {}
        self._in_hand: set[str] = set()
        self._ended = False
        self._changed = threading.Condition()
        self._log = structlog.get_logger()
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{number}", daemon=True)
            for number in range(threads)
        ]

    def start(self) -> None:
        """Let the threads begin."""
        for thread in self._threads:
            thread.start()

    def add(self, key: str, delay: float = 0.0) -> None:
        """The key's turn is in ``delay`` seconds, or when it already was, if that is sooner."""
        with self._changed:
            due = monotonic() + delay
            self._due[key] = min(due, self._due.get(key, due))
            self._changed.notify()

    def end(self) -> None:
        """No further turns; those in hand end by themselves, or with the process."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def turn(self, key: str) -> float | None:
        """Take one turn here and now. What it raises that nobody foresaw costs that turn only."""
        try:
            return self._work(key)
        except Exception as error:  # noqa: BLE001  # the daemon lives
            self._log.exception("a turn failed, it is tried again", desk=self._name, key=key, why=str(error))
            return _AFTER_A_FAULT

    def _run(self) -> None:
        while (key := self._next()) is not None:
            again = self.turn(key)
            with self._changed:
                self._in_hand.discard(key)
                if again is not None:
                    due = monotonic() + again
                    self._due[key] = min(due, self._due.get(key, due))
                self._changed.notify()

    def _next(self) -> str | None:
        with self._changed:
            while not self._ended:
                free = [(due, key) for key, due in self._due.items() if key not in self._in_hand]
                due, key = min(free, default=(None, ""))
                if due is not None and due <= monotonic():
                    del self._due[key]
                    self._in_hand.add(key)
                    return key
                self._changed.wait(None if due is None else due - monotonic())
            return None
