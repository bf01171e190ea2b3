"""Programs that take long: a gate, a drain, a fencing's confirmation. They run beside the rounds."""

import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import IO

import structlog

_MOST_BYTES = 1024 * 1024  # of what one may say
_NOT_STARTED = 127  # the shell's code for it


@dataclass(frozen=True, slots=True)
class Ended:
    """How one ended. ``code`` is below 0 for a signal."""

    code: int
    said: str  # on its standard output
    complained: str  # on its standard error
    at: float

    @property
    def last(self) -> str:
        """Its last line, or how it ended."""
        lines = [*self.said.splitlines(), *self.complained.splitlines()]
        line = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return line[:300] or f"exit code {self.code}"


class Commands:
    """Runs one command at a time for each key. ``wake`` is called, from a thread, when one ended."""

    def __init__(self, wake: Callable[[], None] = lambda: None) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._ended: dict[str, Ended] = {}
        self._heard: set[str] = set()  # whose end was asked for
        self._log = structlog.get_logger()

    def ask(self, key: str, argv: Sequence[str], *, limit: float, again: float) -> Ended | None:
        """How it ended: once, and for ``again`` seconds. Else it is started, unless it runs."""
        with self._lock:
            ended = self._ended.get(key)
            if key in self._running:
                return None
            if ended is not None and (key not in self._heard or monotonic() - ended.at < again):
                self._heard.add(key)
                return ended
            self._ended.pop(key, None)
            self._heard.discard(key)
            self._start(key, argv, limit)
            return self._ended.get(key)  # one that could not be started has ended

    def last(self, key: str) -> Ended | None:
        """How it ended last, and whether it runs is no matter."""
        with self._lock:
            return self._ended.get(key)

    def forget(self, key: str) -> None:
        """The next ``ask`` starts it anew."""
        with self._lock:
            self._ended.pop(key, None)

    def stop(self) -> None:
        """End what runs: each has a journal of its own, or none to keep."""
        with self._lock:
            running = list(self._running.values())
        for process in running:
            _signal(process, signal.SIGTERM)

    def _start(self, key: str, argv: Sequence[str], limit: float) -> None:
        outputs = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115  # read when it has ended
        try:
            process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=outputs[0], stderr=outputs[1], start_new_session=True
            )
        except OSError as error:
            for output in outputs:
                output.close()
            self._ended[key] = Ended(_NOT_STARTED, "", f"{argv[0]}: {error.strerror}", monotonic())
            return
        self._running[key] = process
        self._log.info("command started", command=" ".join(argv), key=key)
        watch = threading.Thread(
            target=self._wait, args=(key, process, outputs, limit), name=f"command-{key}", daemon=True
        )
        watch.start()

    def _wait(
        self, key: str, process: "subprocess.Popen[bytes]", outputs: tuple[IO[bytes], IO[bytes]], limit: float
    ) -> None:
        late = ""
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            late = f"\nnot done within {limit:g} s, killed"
            _signal(process, signal.SIGKILL)
            process.wait()
        said, complained = (_read(output) for output in outputs)
        with self._lock:
            self._ended[key] = Ended(process.returncode, said, complained + late, monotonic())
            del self._running[key]
        self._log.info("command ended", key=key, code=process.returncode)
        self._wake()


def _read(output: IO[bytes]) -> str:
    with output:
        output.seek(0)
        return output.read(_MOST_BYTES).decode("utf-8", "replace")


def _signal(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    """To its whole group, which is its own."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
