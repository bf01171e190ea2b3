"""Process 1 of the bed: starts what it is told to, and everything ends with it.

It runs in a process and a mount namespace of its own (``control.py`` starts it so): when it goes, by whatever
signal, the kernel kills every process of the bed and takes away every mount. It goes when nobody holds it any
more: each user keeps a connection open, which a ``kill -9`` closes too.

Each line of a connection is a request in JSON, each answered by one line; ``_OPERATIONS`` lists them.
Only the standard library: it must start at once, on any interpreter.
"""

import asyncio
import ctypes
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from json import dumps, loads
from pathlib import Path
from typing import Any

_MS_NODEV_NOSUID = 0x6
_STOP_SECONDS = 4.0  # between the polite signal and the last one


@dataclass
class Process:
    """One process, known by a name that its log has too."""

    name: str
    pid: int
    started: float
    status: int | None = None  # exit code, or minus the signal
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Supervisor:
    """The table of processes and those who hold the bed."""

    def __init__(self, folder: Path, *, keep: bool) -> None:
        self.folder = folder
        self.processes: dict[str, Process] = {}
        self.holders = 1 if keep else 0
        self.over = asyncio.Event()

    async def run(self) -> None:
        """Serve until nobody holds the bed or somebody stops it."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGCHLD, self.reap)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self.over.set)
        if not self.holders:
            await self._hold_standard_input()
        server = await asyncio.start_unix_server(self._serve, self.folder / "control")
        try:
            await self.over.wait()
            await self.stop_all()
        finally:
            server.close()
            (self.folder / "control").unlink(missing_ok=True)
            (self.folder / "bed.json").unlink(missing_ok=True)

    async def _hold_standard_input(self) -> None:
        # The first user: a pipe that was there before any connection could be made.
        loop = asyncio.get_running_loop()
        self.holders += 1

        def ended() -> None:
            if not os.read(0, 4096):
                loop.remove_reader(0)
                self.leave()

        loop.add_reader(0, ended)

    def leave(self) -> None:
        """One holder less; the last one takes the bed with it."""
        self.holders -= 1
        if self.holders <= 0:
            self.over.set()

    def reap(self) -> None:
        """Collect every child that ended, also those whose parents left them to process 1."""
        by_pid = {process.pid: process for process in self.processes.values()}
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            if process := by_pid.get(pid):
                process.status = os.waitstatus_to_exitcode(status)
                process.ended.set()

    def start(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Start ``argv`` as ``name``, in a session of its own, with its output in ``log/NAME.log``."""
        name, argv = request["name"], request["argv"]
        known = self.processes.get(name)
        if known and known.status is None:
            raise ValueError(f"{name} runs already")
        log = self.folder / "log" / f"{name}.log"
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        pid = os.posix_spawnp(
            argv[0], argv, {**os.environ, **request.get("env", {})}, setsid=True,
            setsigmask=[], setsigdef=[signal.SIGPIPE, signal.SIGINT],
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.fspath(log), flags, 0o644),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
        )  # fmt: skip
        self.processes[name] = Process(name, pid, time.time())
        return {"pid": pid}

    def signal(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Send ``number`` to the process group of ``name``."""
        process = self.processes[request["name"]]
        if process.status is None:
            os.killpg(process.pid, request["number"])
        return {}

    async def stop(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Ask ``name`` to end, make it end, and forget it."""
        name = request["name"]
        process = self.processes.get(name)
        if process is None:
            return {}
        await self._end(process)
        del self.processes[name]
        return {"status": process.status}

    async def _end(self, process: Process) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if process.status is not None:
                return
            _signal_group(process.pid, number)
            try:
                await asyncio.wait_for(process.ended.wait(), _STOP_SECONDS)
            except TimeoutError:
                continue

    async def stop_all(self) -> None:
        """A short chance to end; the kernel does the rest when this process goes."""
        alive = [process for process in self.processes.values() if process.status is None]
        for process in alive:
            _signal_group(process.pid, signal.SIGTERM)
        waiting = [asyncio.ensure_future(process.ended.wait()) for process in alive]
        if waiting:
            await asyncio.wait(waiting, timeout=1.0)

    def list(self, _: Mapping[str, Any]) -> dict[str, Any]:
        """Every process with what became of it."""
        return {
            "processes": [
                {"name": each.name, "pid": each.pid, "started": each.started, "status": each.status}
                for each in self.processes.values()
            ]
        }

    async def run_once(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Run ``argv`` to its end, or kill it after ``timeout`` seconds; its status and output."""
        name = f".run-{time.monotonic_ns()}"
        log = self.folder / "log" / f"{name}.log"
        self.start({**request, "name": name})
        process = self.processes[name]
        try:
            await asyncio.wait_for(process.ended.wait(), request.get("timeout", 60))
        except TimeoutError:
            _signal_group(process.pid, signal.SIGKILL)
            await process.ended.wait()
        del self.processes[name]
        output = log.read_text(errors="replace")
        log.unlink()
        return {"status": process.status, "output": output}

    def mount(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """A tmpfs that is seen inside the bed alone and goes with it."""
        libc = ctypes.CDLL(None, use_errno=True)
        target = os.fsencode(request["path"])
        options = f"size={request['megabytes']}m,mode=0755".encode()
        if libc.mount(b"tmpfs", target, b"tmpfs", _MS_NODEV_NOSUID, options):
            raise OSError(ctypes.get_errno(), f"cannot mount a tmpfs on {request['path']}")
        return {}

    def end(self, _: Mapping[str, Any]) -> dict[str, Any]:
        """Stop the bed, whoever holds it."""
        asyncio.get_running_loop().call_later(0.05, self.over.set)
        return {}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.holders += 1
        try:
            while line := await reader.readline():
                writer.write(dumps(await self._answer(loads(line))).encode() + b"\n")
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()
            self.leave()

    async def _answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        try:
            operation = getattr(self, _OPERATIONS[request["op"]])
            answer = operation(request)
            return dict(await answer) if asyncio.iscoroutine(answer) else dict(answer)
        except (OSError, ValueError, KeyError) as error:
            return {"error": f"{type(error).__name__}: {error}"}


_OPERATIONS = {
    "start": "start", "signal": "signal", "stop": "stop", "list": "list", "run": "run_once",
    "mount": "mount", "end": "end",
}  # fmt: skip


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


def main() -> None:
    """``supervisor FOLDER keep|held``."""
    os.umask(0o077)
    asyncio.run(Supervisor(Path(sys.argv[1]), keep=sys.argv[2] == "keep").run())


if __name__ == "__main__":
    main()
