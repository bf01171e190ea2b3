"""Run a command and measure it from outside: wall time, CPU, and the memory of its process tree."""

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

_INTERVAL = 0.1  # seconds between two looks at the memory
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Memory:
    """Peak memory in MB (10**6 bytes)."""

    largest: float  # resident peak of the largest single process
    tree: float  # proportional share (PSS) of all processes at one moment, the highest seen
    private: float  # of that sum what is no page of a file: git maps packs, which cost nobody memory


@dataclass(frozen=True, slots=True)
class Run:
    """A command that ended."""

    seconds: float  # wall, from the start of the process
    cpu: float  # user and system seconds, of its children too
    code: int
    out: bytes
    err: str
    memory: Memory | None = None


class FailedError(Exception):
    """A command of a benchmark ended with an exit code that means its figures are void."""


def run(
    *commands: Sequence[str],
    env: Mapping[str, str],
    keep: bool = True,
    watch: bool = False,
    accept: Sequence[int] = (0,),
) -> Run:
    """Run one command, or several as a pipe.

    ``keep``: return what it printed, else it goes to the null device. ``watch``: look at its memory;
    that costs time, so what is timed for a comparison is run without. Raises ``FailedError`` for an
    exit code of the last command that is not in ``accept``.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        cpu = _children_cpu()
        begin = time.perf_counter()
        started: list[subprocess.Popen[bytes]] = []
        for number, command in enumerate(commands):
            last = number == len(commands) - 1
            started.append(
                subprocess.Popen(
                    command,
                    stdin=started[-1].stdout if started else subprocess.DEVNULL,
                    stdout=subprocess.PIPE if not last else out if keep else subprocess.DEVNULL,
                    stderr=err,
                    env=env,
                )
            )
        for process in started[:-1]:
            assert process.stdout is not None  # noqa: S101 - for the type checker: we asked for a pipe
            process.stdout.close()  # the next one holds it; else a pipe that ends early is never noticed
        if watch:
            with _Watch([process.pid for process in started]) as watched:
                codes = [process.wait() for process in started]
        else:
            codes = [process.wait() for process in started]
        seconds = time.perf_counter() - begin
        out.seek(0)
        err.seek(0)
        words = err.read().decode("utf-8", "replace")
        if codes[-1] not in accept:
            raise FailedError(f"{' '.join(commands[-1][:6])} ...: exit {codes[-1]}: {words.strip()[-500:]}")
        memory = watched.memory if watch else None
        return Run(seconds, _children_cpu() - cpu, codes[-1], out.read(), words, memory)


def _children_cpu() -> float:
    times = os.times()
    return times.children_user + times.children_system


class _Watch:
    """Samples the memory of some processes and all their children from a thread."""

    def __init__(self, pids: Sequence[int]) -> None:
        self._roots = pids
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._largest = 0
        self._tree = 0
        self._private = 0

    @property
    def memory(self) -> Memory:
        """The peaks seen so far."""
        return Memory(self._largest / 1000, self._tree / 1000, self._private / 1000)

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _loop(self) -> None:
        while not self._stop.wait(_INTERVAL):
            total = private = 0
            for pid in _with_children(self._roots):
                shares = _fields(pid, "smaps_rollup")
                total += shares.get("Pss", 0)
                private += shares.get("Pss_Anon", 0)
                self._largest = max(self._largest, _fields(pid, "status").get("VmHWM", 0))
            self._tree = max(self._tree, total)
            self._private = max(self._private, private)


def _with_children(roots: Sequence[int]) -> list[int]:
    found = list(roots)
    for pid in found:  # grows while it is read
        for task in (_PROC / str(pid) / "task").glob("*/children"):
            try:
                found += [int(child) for child in task.read_text().split()]
            except OSError:
                continue  # it has ended
    return found


def _fields(pid: int, file: str) -> dict[str, int]:
    """The sizes in a file of /proc in units of 1000 bytes; none for a process that has ended."""
    try:
        lines = (_PROC / str(pid) / file).read_text().splitlines()
    except OSError:
        return {}
    sizes = (line.removesuffix(" kB").split(":", 1) for line in lines if line.endswith(" kB"))
    return {name: int(size) * 1024 // 1000 for name, size in sizes}
