"""What is wished of the hosts: a file of TOML, and before it what was said by command or over HTTP."""

import fcntl
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
import structlog

from outboard.errors import InputError
from outboard.hostguard.model import Desired, Wish
from outboard.logs import Once
from outboard.state import StateFile

FORMAT = 1
_MOST_BYTES = 4 * 1024 * 1024
# A host's name goes into addresses and arguments: it must be no option and no path.
HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    hosts: dict[str, Desired | Wish] = {}


def read_file(path: Path) -> dict[str, Wish]:
    """Host: wish. Raises ``InputError`` with the line where it is wrong."""
    try:
        with path.open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise InputError("larger than 4 MiB", where=str(path))
        text = data.decode("utf-8")
        tables = tomllib.loads(text)
    except OSError as error:
        raise InputError(f"cannot read: {error.strerror}", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8", where=str(path)) from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not TOML: {error}", where=str(path)) from error
    for name in tables.get("hosts", {}) if isinstance(tables.get("hosts"), dict) else ():
        if not HOST.fullmatch(name):
            raise InputError(f"no name of a host: {name!r}", where=_where(path, text, name))
    try:
        read = msgspec.convert(tables, _File)
    except msgspec.ValidationError as error:
        raise InputError(_plain(str(error)), where=_where(path, text, _wrong(tables))) from error
    return {host: Wish(state=w) if isinstance(w, Desired) else w for host, w in read.hosts.items()}


def _wrong(tables: Mapping[str, object]) -> str:
    """The host that is wrong: msgspec names the table only as ``[...]``."""
    hosts = tables.get("hosts")
    for name, wish in hosts.items() if isinstance(hosts, dict) else ():
        try:
            msgspec.convert(wish, Desired | Wish)
        except msgspec.ValidationError:
            return str(name)
    return next((name for name in tables if name != "hosts"), "hosts")


def _plain(what: str) -> str:
    return what.replace("`$.hosts[...]", "`host").replace("`$.", "`")


def _where(path: Path, text: str, key: str) -> str:
    """The file and the first line that has ``key`` as a key or a table."""
    key = re.escape(key)
    has = re.compile(rf"^\s*(?:\[hosts\.)?[\"']?{key}[\"']?\s*(?:[=.\]]|\])|^\s*\[{key}\]")
    for number, line in enumerate(text.splitlines(), 1):
        if has.search(line):
            return f"{path}:{number}"
    return str(path)


class Said:
    """What was said of hosts, on disk. Any process may write it; a lock keeps their words apart."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = folder / "hostguard-said.json"
        self._file = StateFile(self.path, dict[str, Wish], number=FORMAT)

    def read(self) -> dict[str, Wish]:
        """Host: wish. Raises ``InputError`` where it is refused."""
        return self._file.load() or {}

    def say(self, host: str, wish: Wish | None) -> bool:
        """Wish it, or leave the host to the file (``None``); whether that changed anything.

        Raises ``InputError``.
        """
        if not HOST.fullmatch(host):
            raise InputError(f"no name of a host: {host!r}")
        try:
            self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
            with self._alone():
                said = self.read()
                if said.get(host) == wish:
                    return False
                if wish is None:
                    del said[host]
                else:
                    said[host] = wish
                self._file.save(said)
                return True
        except OSError as error:
            raise InputError(f"cannot keep it: {error.strerror}", where=str(self.path)) from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        handle = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def stamp(*paths: Path) -> tuple[object, ...]:
    """Changes when one of the files does; they are looked at again and again."""
    found: list[object] = []
    for path in paths:
        try:
            status = path.stat()
            found.append((status.st_ino, status.st_mtime_ns, status.st_size))
        except OSError:
            found.append(None)
    return tuple(found)


class Wishes:
    """Both of them. A file that cannot be used changes nothing: the last one that was whole holds."""

    def __init__(self, path: Path | None, said: Said, good: Mapping[str, Wish]) -> None:
        self._path = path
        self._said = said
        self.good = dict(good) if path else {}  # of the file
        self.bad = ""  # why the file cannot be used
        self._once = Once()
        self._log = structlog.get_logger()

    def read(self) -> dict[str, Wish]:
        """Host: wish, as of now."""
        if self._path is not None:
            try:
                self.good = read_file(self._path)
                self.bad = ""
                self._once.over("file")
            except InputError as error:
                self.bad = str(error)
                if self._once.new("file", self.bad):
                    self._log.error("file of wishes cannot be used, the last whole one holds", why=self.bad)
        return {**self.good, **self._said.read()}

    def stamp(self) -> tuple[object, ...]:
        """Changes when either does."""
        return stamp(*((self._path,) if self._path else ()), self._said.path)
