"""How a guest's process ended, from the kernel itself: it knows whatever libvirt and we were doing meanwhile.

A pidfd is opened while the guest runs. From Linux 6.15 on it tells the wait status of a process that was
reaped, without any right (``PIDFD_GET_INFO`` in linux/pidfd.h). An earlier kernel tells nothing.
"""

import contextlib
import fcntl
import os
import struct
import time
from pathlib import Path

_GET_INFO = 0xC040FF0B  # _IOWR(0xFF, 11, struct pidfd_info) of the 64 bytes it had at first
_INFO_EXIT = 1 << 3
_SIZE, _EXIT_CODE = 64, 60
_POLL = 0.02


class Exits:
    """``folder`` is where libvirt keeps process ids (``/run/libvirt/qemu``)."""

    def __init__(self, folder: Path, procfs: Path) -> None:
        self._folder = folder
        self._procfs = procfs
        self._watched: dict[str, tuple[str, int]] = {}

    def watch(self, uuid: str, name: str, start: str) -> None:
        """The guest runs the life that began at ``start``. Where there is nothing to watch, nothing is."""
        known = self._watched.get(name)
        if known is not None and known[0] == start:
            return
        self.forget(name)
        with contextlib.suppress(OSError, ValueError):
            pid = int((self._folder / f"{name}.pid").read_text("ascii"))
            handle = os.pidfd_open(pid)
            # In a container with processes of its own the number is another's, or nobody's.
            if uuid.encode() in (self._procfs / str(pid) / "cmdline").read_bytes():
                self._watched[name] = start, handle
            else:
                os.close(handle)

    def status(self, name: str, start: str, wait: float) -> int | None:
        """Wait status of that life's process; up to ``wait`` seconds for its parent to reap it."""
        known = self._watched.get(name)
        if known is None or known[0] != start:
            return None
        end = time.monotonic() + wait
        while (status := _status(known[1])) is None and time.monotonic() < end:
            time.sleep(_POLL)
        return status

    def forget(self, name: str) -> None:
        """That life was accounted for."""
        known = self._watched.pop(name, None)
        if known is not None:
            os.close(known[1])

    def libvirtd_started(self) -> float | None:
        """When the running libvirtd (or virtqemud) did, in seconds of the clock; ``None``: not told."""
        try:
            return (self._folder / "driver.pid").stat().st_mtime
        except OSError:
            return None


def _status(handle: int) -> int | None:
    info = bytearray(_SIZE)
    struct.pack_into("Q", info, 0, _INFO_EXIT)
    try:
        fcntl.ioctl(handle, _GET_INFO, info)
    except OSError:
        return None  # it was not reaped yet, or the kernel does not know this
    if not struct.unpack_from("Q", info)[0] & _INFO_EXIT:
        return None
    return int(struct.unpack_from("i", info, _EXIT_CODE)[0])
