"""irqbalance moves every interrupt it is not told to leave: tell it, or know that it is in the way.

Its socket speaks text (``irqbalance.c``, ``sock_handle``): ``setup`` answers with what is banned,
``settings ban irqs 30 31`` replaces the ban list. It takes commands from root alone.
"""

import contextlib
import re
import socket
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import structlog

from outboard.files import read_attribute
from outboard.host import Host
from outboard.logs import Once

_TIMEOUT = 2.0
_ADDRESS_BYTES = 108  # sizeof(sockaddr_un.sun_path)
_MOST_BYTES = 16383  # it refuses a command that fills its buffer


class Peace(StrEnum):
    """How we and irqbalance stand."""

    ALONE = "alone"  # none runs, or we were told not to look
    BANNED = "banned"  # it runs and leaves our vectors
    IN_THE_WAY = "in the way"  # it runs and would move them: nothing is set


class Balancer:
    """The irqbalance of this host. ``mode`` is the setting: ban, refuse or ignore."""

    def __init__(self, host: Host, folder: Path, mode: str, *, dry: bool = False) -> None:
        self._host = host
        self._folder = folder
        self._mode = mode
        self._dry = dry
        self._pid: int | None = None
        self._theirs: frozenset[int] = frozenset()  # banned before we came
        self._told: frozenset[int] | None = None
        self._once = Once()
        self._log = structlog.get_logger()

    def find(self) -> None:
        """Look whether one runs: reads the name of every process, so not often."""
        pid = None if self._mode == "ignore" else self._running()
        if pid != self._pid:
            self._pid, self._told, self._theirs = pid, None, frozenset()

    def leave(self, irqs: Iterable[int], *, before: Iterable[int]) -> Peace:
        """Have it leave exactly these, besides what others banned.

        ``before``: those we had it leave in an earlier life, which are not others' bans.
        """
        if self._pid is None:
            self._once.over("irqbalance")
            return Peace.ALONE
        if self._mode == "refuse":
            return self._blocked("irqbalance runs, and [irqpin] irqbalance is refuse")
        wanted = frozenset(irqs)
        if self._told == wanted or self._dry:
            return Peace.BANNED
        try:
            if self._told is None:
                banned = frozenset(map(int, re.findall(r"IRQ (\d+) ", self._ask("setup"))))
                self._theirs = banned - frozenset(before) - wanted
            every = sorted(wanted | self._theirs)
            self._ask("settings ban irqs " + (" ".join(map(str, every)) or "NONE"))
        except OSError as error:
            return self._blocked(f"irqbalance runs and its socket fails: {error}")
        self._told = wanted
        self._once.over("irqbalance")
        self._log.info("irqbalance leaves our vectors", vectors=len(wanted), others=len(self._theirs))
        return Peace.BANNED

    def _blocked(self, why: str) -> Peace:
        if self._once.new("irqbalance", why):
            self._log.error("no interrupt is set: it would be moved again", why=why)
        return Peace.IN_THE_WAY

    def _running(self) -> int | None:
        for comm in self._host.procfs.glob("[0-9]*/comm"):
            with contextlib.suppress(OSError):  # it ended meanwhile
                if read_attribute(comm) == "irqbalance":
                    return int(comm.parent.name)
        return None

    def _ask(self, command: str) -> str:
        data = command.encode()
        if len(data) > _MOST_BYTES:
            raise OSError(f"{len(data)} bytes are more than it reads")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as stream:
            stream.settimeout(_TIMEOUT)
            try:
                stream.connect(str(self._folder / f"irqbalance{self._pid}.sock"))
            except FileNotFoundError:
                stream.connect(b"\0" * _ADDRESS_BYTES)  # what it falls back to: a name of nothing but zeros
            # Credentials have to be in the first message; the kernel fills in the process that we are.
            stream.sendall(data)  # with SO_PASSCRED on its side the kernel says who we are
            answer = b""
            while chunk := stream.recv(65536):
                answer += chunk
        return answer.decode("ascii", "replace")
