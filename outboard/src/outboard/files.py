"""The kernel's small files, and files of our own that are whole or not there."""

import contextlib
import os
import tempfile
from pathlib import Path

# Larger than any attribute of /sys (one page) and than a CPU list in /proc.
_ATTRIBUTE_BYTES = 65536


def read_attribute(path: Path | str) -> str:
    """The text of a file of ``/sys`` or ``/proc``, without the line's end. Raises ``OSError``."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(handle, _ATTRIBUTE_BYTES).decode("utf-8", "replace").strip()
    finally:
        os.close(handle)


def write_attribute(path: Path | str, value: str) -> None:
    """Write a file of ``/sys`` or ``/proc`` in one call, as the kernel wants it. Raises ``OSError``.

    Never creates the file: where it is gone there is nothing to set.
    """
    handle = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC)
    try:
        os.write(handle, value.encode("ascii"))
    finally:
        os.close(handle)


def write_atomically(path: Path, data: bytes) -> None:
    """Write beside ``path`` and rename: after a crash there is the old file or the new one.

    Raises ``OSError``.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, path)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)  # noqa: PTH108
        raise
