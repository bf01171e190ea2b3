"""Ports of one bed: a block that no other bed has, below those the kernel gives to clients."""

import fcntl
import os
import socket
import tempfile
from pathlib import Path

from testbed.errors import BedError

_FIRST, _LAST, _BLOCK = 20_000, 32_000, 20  # the kernel gives clients ports from 32768 on
_NAMES = ("mariadb", "rabbitmq", "epmd", "erlang", "keystone", "placement", "nova", "neutron", "glance")


def take_ports() -> tuple[dict[str, int], int]:
    """Ports by name, and the open file whose lock keeps the block: free again when the last process that has
    the file open ends, by whatever signal."""
    blocks = range(_FIRST, _LAST, _BLOCK)
    start = os.getpid() % len(blocks)  # beds that start together do not all begin with the same one
    for block in (*blocks[start:], *blocks[:start]):
        fd = _lock(block)
        if fd is None:
            continue
        if all(_free(port) for port in range(block, block + _BLOCK)):
            return {name: block + number for number, name in enumerate(_NAMES)}, fd
        os.close(fd)
    raise BedError(f"no {_BLOCK} free ports in a row between {_FIRST} and {_LAST}")


def _lock(block: int) -> int | None:
    path = Path(tempfile.gettempdir()) / f"outboard-testbed-{block}.lock"
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
