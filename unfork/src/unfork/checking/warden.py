"""A process of its own that runs one command and lets nothing of it survive.

Started by ``runner.py`` as a file, with nothing of unfork imported. Its first line of input is the job;
that its input ends means that unfork is gone, however that happened, and the command goes with it. It
adopts whatever the command leaves behind (``PR_SET_CHILD_SUBREAPER``, Linux), so that a daemon that forked
twice and began a session of its own is still found and ended.
"""

import contextlib
import ctypes
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

import psutil

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of linux/prctl.h
_TICK = 0.05  # seconds between looks at whether the command has ended
_CHUNK = 1 << 16
_GRACE = 2.0  # seconds between asking a command that ran too long to end, and ending it
_DRAIN = 5.0  # seconds for what is still in its pipes when every process is gone


class Kept:
    """What is printed, with secrets taken out and the middle of too much left out."""

    def __init__(self, path: str, limit: int, secrets: list[str]) -> None:
        self.file = Path(path).open("wb")  # noqa: SIM115 - closed by finish
        self.half = limit // 2
        self.head = 0
        self.tail: deque[bytes] = deque()
        self.tail_size = 0
        self.left_out = 0
        self.printed = 0
        self.secrets = sorted((each.encode() for each in secrets), key=len, reverse=True)
        self.overlap = max(map(len, self.secrets), default=1) - 1
        self.rest = b""

    def add(self, data: bytes) -> None:
        """Take what was printed."""
        self.printed += len(data)
        data = self.rest + data
        for secret in self.secrets:
            data = data.replace(secret, b"***")
        # The beginning of a secret may stand at the end: it waits for what comes next.
        cut = max(len(data) - self.overlap, 0)
        self.rest = data[cut:]
        self._keep(data[:cut])

    def _keep(self, data: bytes) -> None:
        room = self.half - self.head
        if room > 0:
            self.file.write(data[:room])
            self.file.flush()  # what was said before a crash can be read
            self.head += len(data[:room])
            data = data[room:]
        if data:
            self.tail.append(data)
            self.tail_size += len(data)
            while self.tail_size - len(self.tail[0]) >= self.half:
                gone = self.tail.popleft()
                self.tail_size -= len(gone)
                self.left_out += len(gone)

    def finish(self) -> None:
        """Write the end, and how much is left out before it."""
        self._keep(self.rest)
        if self.left_out:
            self.file.write(b"\n[%d bytes are left out here]\n" % self.left_out)
        self.file.writelines(self.tail)
        self.file.close()


class Whole:
    """What is printed as results: all of it, up to a limit at which the command is stopped."""

    def __init__(self, path: str, limit: int) -> None:
        self.file = Path(path).open("wb")  # noqa: SIM115 - closed by finish
        self.limit = limit
        self.printed = 0

    def add(self, data: bytes) -> None:
        """Take what was printed."""
        self.file.write(data[: max(self.limit - self.printed, 0)])
        self.printed += len(data)

    def finish(self) -> None:
        """There is no more."""
        self.file.close()


def main() -> None:
    """Read the job, run it, print what came of it as one line of JSON."""
    job = json.loads(sys.stdin.buffer.readline())
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    try:
        answer = run(job)
    except OSError as error:
        end_all()
        answer = {"error": error.strerror or str(error), "where": error.filename or job["output"]}
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Run a job's command to its end, or to the end of its time."""
    kept = Kept(job["output"], job["keep"], job["secrets"])
    whole = Whole(job["results"], job["most"]) if job["results"] else None
    began = time.monotonic()
    try:
        process = subprocess.Popen(
            job["command"],
            cwd=job["folder"],
            env=job["env"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if whole else subprocess.STDOUT,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        kept.finish()
        return {"finish": "missing", "why": getattr(error, "strerror", None) or str(error)}
    streams = {process.stdout: whole or kept} | ({process.stderr: kept} if whole else {})
    finish = watch(process, streams, began + job["timeout"])
    if finish == "timed-out":
        ask_to_end(process)
    code = process.poll()
    left = end_all(process)
    drain(streams)
    for sink in {*streams.values()}:
        sink.finish()
    return {
        "finish": finish,
        "code": code,
        "seconds": time.monotonic() - began,
        "printed": sum(sink.printed for sink in {*streams.values()}),
        "too_much": whole is not None and whole.printed > whole.limit,
        "ended": left,
    }


def watch(process: "subprocess.Popen[bytes]", streams: dict[Any, Any], until: float) -> str:
    """Take what is printed, until the command ends, its time ends, or unfork does."""
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin.buffer, selectors.EVENT_READ, None)
        for stream, sink in streams.items():
            os.set_blocking(stream.fileno(), False)
            selector.register(stream, selectors.EVENT_READ, sink)
        while process.poll() is None:
            now = time.monotonic()
            if now >= until:
                return "timed-out"
            for key, _ in selector.select(min(_TICK, until - now)):
                if key.data is None:
                    end_all(process)  # nobody is there to hear how it ends
                    os._exit(1)
                if not pump(key.fileobj, key.data):
                    selector.unregister(key.fileobj)
            if any(isinstance(sink, Whole) and sink.printed > sink.limit for sink in streams.values()):
                return "ended"
    return "ended"


def pump(stream: Any, sink: Any) -> bool:
    """Take what a pipe holds; false when it is at its end."""
    try:
        data = os.read(stream.fileno(), _CHUNK)
    except BlockingIOError:
        return True
    sink.add(data)
    return bool(data)


def drain(streams: dict[Any, Any]) -> None:
    """What is left in the pipes. A process that we may not end can hold one open: not for ever."""
    until = time.monotonic() + _DRAIN
    for stream, sink in streams.items():
        while time.monotonic() < until:
            before = sink.printed
            if not pump(stream, sink):
                break
            if sink.printed == before:
                time.sleep(_TICK)


def ask_to_end(process: "subprocess.Popen[bytes]") -> None:
    """Let a command that ran out of time write down what it knows, briefly."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)


def end_all(process: "subprocess.Popen[bytes] | None" = None) -> int:
    """End every process below this one; how many there were beside the command itself."""
    ended: set[int] = set()
    until = time.monotonic() + _DRAIN
    while time.monotonic() < until:
        alive = [each for each in psutil.Process().children(recursive=True) if not _is_dead(each)]
        if not alive:
            break
        for each in alive:
            ended.add(each.pid)
            with contextlib.suppress(psutil.Error):
                each.kill()
        if process is not None:
            process.poll()
        _reap(process)
        time.sleep(0.005)
    _reap(process)
    if process is not None:
        ended.discard(process.pid)
    return len(ended)


def _is_dead(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return True


def _reap(process: "subprocess.Popen[bytes] | None") -> None:
    """Take the exit codes of adopted processes; that of the command itself is ``subprocess``'s."""
    for each in psutil.Process().children():
        if process is None or each.pid != process.pid:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(each.pid, os.WNOHANG)


if __name__ == "__main__":
    main()
