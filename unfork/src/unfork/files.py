"""The two things every room does with files of its own: find the cache, and write whole or not at all."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from unfork.errors import InputError

CACHE_VARIABLE = "UNFORK_CACHE"


def cache_root(given: Path | None = None) -> Path:
    """The folder for what can be made again: ``given``, else ``$UNFORK_CACHE``, else the user's cache."""
    if given is not None:
        return given
    if os.environ.get(CACHE_VARIABLE):
        return Path(os.environ[CACHE_VARIABLE])
    from platformdirs import user_cache_path

    return user_cache_path("unfork", appauthor=False)


def write_atomically(path: Path, data: bytes, *, lasting: bool = True) -> None:
    """Write ``data`` to a temporary name beside ``path``, then rename: never a half file.

    ``lasting``: wait until the disk has it. A file of the cache that carries a checksum need not outlive
    a power cut, and on a busy disk the wait is seconds.

    What is no regular file (``/dev/stdout``, a named pipe) is written in place, since renaming would
    replace it. Raises ``InputError`` naming the path when it cannot be written.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
            return
        target = path.resolve()  # through a symbolic link: the link stays, what it names is replaced
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", suffix=".tmp", dir=target.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                if lasting:
                    os.fsync(stream.fileno())
            temporary.chmod(target.stat().st_mode & 0o7777 if target.exists() else new_file_mode())
            temporary.replace(target)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()
            raise
    except OSError as error:
        raise InputError(f"cannot write: {error.strerror or error}", where=str(path)) from error


@contextlib.contextmanager
def one_writer(folder: Path, name: str, *, wait: bool = True) -> Iterator[None]:
    """Hold the right to write the file ``name`` of a folder, which is made when it is not there.

    The lock's file is taken away again: the folder is for review in git. Raises ``InputError`` when it
    cannot be written and, without ``wait``, when somebody else is writing.
    """
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f".{name}.lock", timeout=-1 if wait else 0)
        try:
            lock.acquire()
        except Timeout as error:
            raise InputError(
                "another unfork is writing here, nothing was changed",
                where=str(folder / name),
                hint="try again when it is done",
            ) from error
        try:
            yield
        finally:
            try:  # while it is held: who waits on this file then finds it gone, and makes a new one
                Path(lock.lock_file).unlink(missing_ok=True)
            finally:
                lock.release()
    except OSError as error:
        raise InputError(f"cannot write: {error.strerror or error}", where=str(folder)) from error


def write_sealed(path: Path, data: bytes, *, lasting: bool = True) -> None:
    """``write_atomically`` with a checksum in front: see ``read_sealed``."""
    write_atomically(path, hashlib.sha256(data).digest() + data, lasting=lasting)


def keep_sealed(path: Path, data: bytes, *, kind: str, most: int) -> None:
    """``write_sealed`` ``KIND-*.msgpack`` of the cache, and of those beside it leave the newest few."""
    others = sorted(path.parent.glob(f"{kind}-*.msgpack"), key=lambda each: each.stat().st_mtime)
    for old in others[:-most]:
        old.unlink(missing_ok=True)
    write_sealed(path, data, lasting=False)


def read_sealed(path: Path) -> bytes | None:
    """What ``write_sealed`` wrote; ``None`` when there is nothing, or not a whole one.

    Decoders take a flipped bit for data, for a hash that no commit has.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    size = hashlib.sha256().digest_size
    return data[size:] if hashlib.sha256(data[size:]).digest() == data[:size] else None


def new_file_mode() -> int:
    """The mode a new file gets under the process's umask: a temporary file is made for its owner
    alone, and a cache may be shared. Reading the umask means setting it for a moment."""
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask
