"""Start the bed's supervisor, and talk to it."""

import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from json import dumps, loads
from pathlib import Path
from typing import Any

from testbed import supervisor
from testbed.errors import BedError, MissingPartError, tail

_SOCKET_PATH_LIMIT = 100  # bytes; the kernel's is 108
_END_SECONDS = 15.0


@dataclass(frozen=True)
class ProcessState:
    """One process of the bed. ``pid`` is the number inside the bed; outside it is another."""

    name: str
    pid: int
    started: float  # seconds since 1970
    status: int | None  # exit code, minus the signal that killed it, or None while it lives

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.status is None


@dataclass(frozen=True)
class Outcome:
    """What a command inside the bed came to."""

    status: int
    output: str  # standard output and standard error


class Control:
    """A connection to the supervisor; while it is open, the bed lives. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(str(folder / "control"))
        except OSError as error:
            self._socket.close()
            raise BedError(f"no bed runs in {folder}") from error
        self._lines = self._socket.makefile("rb")
        # As this process sees it; inside the bed it is 1.
        (self.pid,) = struct.unpack(
            "i4x4x", self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        )

    def close(self) -> None:
        """Let go of the bed; it ends when this was the last one."""
        self._lines.close()
        self._socket.close()

    def start(self, name: str, argv: Sequence[str | Path], env: Mapping[str, str] | None = None) -> int:
        """Start a process inside the bed; its output is in ``log/NAME.log``. Its id inside the bed."""
        answer = self._ask("start", name=name, argv=[str(each) for each in argv], env=dict(env or {}))
        return int(answer["pid"])

    def run(
        self, argv: Sequence[str | Path], env: Mapping[str, str] | None = None, timeout: float = 60.0
    ) -> Outcome:
        """Run a command inside the bed to its end; killed after ``timeout`` seconds (status -9)."""
        words = [str(each) for each in argv]
        # A connection of its own: others need not wait for it.
        with Control(self.folder) as own:
            answer = own._ask("run", argv=words, env=dict(env or {}), timeout=timeout)
        return Outcome(int(answer["status"]), str(answer["output"]))

    def signal(self, name: str, number: int) -> None:
        """Signal a process and its group; nothing where it has ended."""
        self._ask("signal", name=name, number=int(number))

    def stop(self, name: str) -> None:
        """End a process (SIGTERM, then SIGKILL); nothing where there is none."""
        self._ask("stop", name=name)

    def mount(self, path: Path, megabytes: int) -> None:
        """A tmpfs that only the bed sees."""
        self._ask("mount", path=str(path), megabytes=megabytes)

    def processes(self) -> list[ProcessState]:
        """All that were started and not stopped by name."""
        return [ProcessState(**each) for each in self._ask("list")["processes"]]

    def end(self) -> None:
        """Stop the whole bed, whoever else holds it; it is gone when this returns."""
        self._ask("end")
        gone = Path(f"/proc/{self.pid}")
        end = time.monotonic() + _END_SECONDS
        while gone.exists() and time.monotonic() < end:
            time.sleep(0.02)

    def __enter__(self) -> "Control":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, op: str, **arguments: Any) -> dict[str, Any]:
        with self._lock:
            try:
                self._socket.sendall(dumps({"op": op, **arguments}).encode() + b"\n")
                line = self._lines.readline()
            except OSError as error:
                raise BedError(f"the bed in {self.folder} has ended") from error
        if not line:
            raise BedError(f"the bed in {self.folder} has ended")
        answer: dict[str, Any] = loads(line)
        if "error" in answer:
            raise BedError(f"{op} {arguments.get('name', '')}: {answer['error']}")
        return answer


def launch(folder: Path, *, keep: bool, hold: Sequence[int] = ()) -> tuple[subprocess.Popen[bytes], Control]:
    """Start a supervisor for ``folder``, and connect to it.

    Its life: until the standard input of the returned process is closed and no connection is left, or with
    ``keep`` until somebody ends it. ``hold`` are open files that it keeps.
    """
    if why := missing():
        raise MissingPartError(why)
    if len(os.fsencode(folder / "control")) > _SOCKET_PATH_LIMIT:
        raise BedError(f"{folder} is too long a path for a socket, it may have {_SOCKET_PATH_LIMIT} bytes")
    (folder / "log").mkdir(parents=True, exist_ok=True)
    (folder / "control").unlink(missing_ok=True)  # of one that was killed; a living one has the folder's lock
    log = folder / "log" / "supervisor.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*_namespaces(), sys.executable, supervisor.__file__, str(folder), "keep" if keep else "held"],
            stdin=subprocess.DEVNULL if keep else subprocess.PIPE,
            stdout=stream, stderr=stream, start_new_session=True, pass_fds=tuple(hold),
            # Proxies, clouds and module paths of the caller are none of the services' business.
            env={name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ},
        )  # fmt: skip
    end = time.monotonic() + 10
    while True:
        try:
            return process, Control(folder)
        except BedError:
            if process.poll() is not None or time.monotonic() > end:
                process.kill()
                process.wait()
                raise BedError(f"the supervisor did not start\n{tail(log)}") from None
            time.sleep(0.02)


def missing() -> str | None:
    """Why there can be no bed here at all."""
    if not sys.platform.startswith("linux"):
        return "the test bed needs Linux's namespaces"
    if shutil.which("unshare") is None:
        return "unshare is not installed (util-linux)"
    tried = subprocess.run([*_namespaces(), "true"], capture_output=True, text=True, check=False)
    return f"no namespaces of our own here: {tried.stderr.strip()}" if tried.returncode else None


def _namespaces() -> list[str]:
    # When unshare itself is killed, so is its child, process 1 of the namespace, and with that one all.
    words = ["unshare", "--pid", "--fork", "--mount", "--mount-proc", f"--kill-child={signal.SIGKILL.name}"]
    return words if os.geteuid() == 0 else [*words, "--user", "--map-root-user"]
