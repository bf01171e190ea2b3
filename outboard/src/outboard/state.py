"""What a service must know again after it was killed, and that only one of it runs."""

import fcntl
import os
from pathlib import Path
from typing import Generic, TypeVar

import msgspec
import structlog

from outboard.errors import InputError
from outboard.files import write_atomically

T = TypeVar("T")


class StateFile(Generic[T]):
    """One JSON file: its format's number, the boot it belongs to, and a body of frozen types.

    A state of another boot is no state: the kernel forgot what it speaks of. ``boot=""`` is for what
    holds across boots. One that cannot be read is kept beside it for people, said, and taken as none.
    """

    def __init__(self, path: Path, kind: type[T], *, number: int, boot: str = "") -> None:
        self._path = path
        self._kind = kind
        self._head = {"format": number, "boot": boot}
        self._log = structlog.get_logger(state=str(path))

    def load(self) -> T | None:
        """The body, or ``None`` when there is none that holds. Raises ``InputError`` where it is refused."""
        try:
            whole = msgspec.json.decode(self._path.read_bytes(), type=dict[str, msgspec.Raw])
            for key, value in self._head.items():
                if msgspec.json.decode(whole[key]) != value:
                    self._log.info("state is not of this boot and format: ignored", key=key)
                    return None
            return msgspec.json.decode(whole["body"], type=self._kind)
        except FileNotFoundError:
            return None
        except (msgspec.MsgspecError, UnicodeDecodeError, KeyError) as error:
            aside = self._path.with_suffix(".damaged")
            self._log.error(
                "state cannot be read: put aside, starting without", why=str(error), aside=str(aside)
            )
        except OSError as error:
            raise InputError(f"cannot read: {error.strerror}", where=str(self._path)) from error
        try:
            self._path.replace(aside)
        except OSError as error:
            raise InputError(f"cannot put it aside: {error.strerror}", where=str(self._path)) from error
        return None

    def save(self, body: T) -> None:
        """Replace the body; on return it is on disk. Raises ``OSError``."""
        write_atomically(self._path, msgspec.json.encode({**self._head, "body": body}))


def hold(folder: Path, service: str) -> int:
    """Make ``folder`` and take the lock of ``service`` in it until the process ends.

    Returns the lock's handle. Raises ``InputError`` when another process has it.
    """
    path = folder / f"{service}.lock"
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InputError(f"another outboard {service} runs here", where=str(path)) from error
    except OSError as error:
        raise InputError(f"cannot lock: {error.strerror}", where=str(path)) from error
    return handle
