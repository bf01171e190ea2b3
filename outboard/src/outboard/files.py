"""The kernel's small files, and files of our own that are whole or not there."""

import os
from pathlib import Path

# Larger than any attribute of /sys (one page) and than a CPU list in /proc.
_ATTRIBUTE_BYTES = 65536


def read_attribute(path: Path | str) -> str:
    """The first line of a file of ``/sys`` or ``/proc``, without its end. Raises ``OSError``."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        text = os.read(handle, _ATTRIBUTE_BYTES).decode("utf-8", "replace")
    finally:
        os.close(handle)
    return text.partition("\n")[0].strip()


def write_attribute(path: Path | str, value: str) -> None:
    """Write a file of ``/sys`` or ``/proc`` in one call, as the kernel wants it. Raises ``OSError``.

    Never creates the file: where it is gone there is nothing to set. Never empties it first: the kernel
    would not care, and on a file of a test that would be a step between two values.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(handle, f"{value}\n".encode("ascii"))
    except OSError as error:
        error.filename = str(path)  # a handle has no name
        raise
    finally:
        os.close(handle)


def write_atomically(path: Path, data: bytes) -> None:
    """Write beside ``path`` and rename: after a crash there is the old file or the new one.

    The name beside it is always the same, so a crash leaves no litter; only one process may write
    ``path``. Raises ``OSError``.
    """
    beside = path.with_name(f".{path.name}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(beside, flags, 0o600), "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)
