"""The settings of all services, from one TOML file.

Each service brings its own table as a frozen ``Section``; an unknown key, a wrong type or a value out of
bounds is an error that names file, key and what is expected. What is not set has the default of the type.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from outboard.errors import InputError

CONFIG_VARIABLE = "OUTBOARD_CONFIG"
DEFAULT_PATH = Path("/etc/outboard/outboard.toml")

Seconds = Annotated[float, msgspec.Meta(gt=0, le=86400)]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file. Subclasses are its keys with their defaults."""


class HostSection(Section, frozen=True):
    """``[host]``: where the host's parts are."""

    libvirt_uri: str = "qemu:///system"
    sysfs: str = "/sys"
    procfs: str = "/proc"
    run_dir: str = "/run/outboard"  # what is true until the next boot; on tmpfs
    state_dir: str = "/var/lib/outboard"  # what has to survive a boot


class LogSection(Section, frozen=True):
    """``[log]``: lines on the standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "text"] = "auto"  # auto: text on a terminal, else JSON


class ServiceSection(Section, frozen=True):
    """What the table of every service may have."""

    metrics: str = ""  # ADDRESS:PORT to serve Prometheus metrics on; empty: none
    audit_interval: Seconds = 60.0  # between two looks at everything

    def __post_init__(self) -> None:
        if self.metrics:
            listen_address(self.metrics)


SectionT = TypeVar("SectionT", bound=Section)


def listen_address(text: str) -> tuple[str, int]:
    """ADDRESS:PORT in parts; the address may be in brackets, or empty for all. Raises ``ValueError``."""
    address, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or not 0 <= int(port) < 65536:
        raise ValueError(f"not ADDRESS:PORT: {text!r}")
    return address.strip("[]"), int(port)


def read_token(path: Path) -> str:
    """The first line of the file. Raises ``InputError``, for an empty one too."""
    try:
        token = path.read_text(encoding="ascii").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the token: {error}", where=str(path)) from error
    if not token:
        raise InputError("the token is empty", where=str(path))
    return token


class Settings:
    """A read file, or nothing but defaults when there is none."""

    def __init__(self, tables: dict[str, Any], path: Path | None = None) -> None:
        self._tables = tables
        self._path = path

    @classmethod
    def load(cls, path: Path | None) -> "Settings":
        """Read ``path``; without one the usual place, where a missing file means the defaults.

        Raises ``InputError``.
        """
        given = path is not None
        path = path or DEFAULT_PATH
        try:
            with path.open("rb") as stream:
                return cls(tomllib.load(stream), path)
        except FileNotFoundError as error:
            if not given:
                return cls({})
            raise InputError("there is no such file", where=str(path)) from error
        except OSError as error:
            raise InputError(f"cannot read: {error.strerror}", where=str(path)) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"not TOML: {error}", where=str(path)) from error

    def section(self, name: str, kind: type[SectionT]) -> SectionT:
        """The table ``name`` as its type. Raises ``InputError`` naming the key."""
        try:
            return msgspec.convert(self._tables.get(name, {}), kind)
        except msgspec.ValidationError as error:
            what = str(error).replace("`$.", f"`{name}.").replace("`$`", f"`{name}`")
            if f"`{name}" not in what:  # what a section checks itself has no path
                what = f"[{name}] {what}"
            raise InputError(what, where=str(self._path or "settings")) from error

    def check_tables(self, known: frozenset[str]) -> None:
        """Raise ``InputError`` for a table nobody reads: a typing mistake must not pass as a default."""
        for name in self._tables:
            if name not in known:
                raise InputError(
                    f"unknown table [{name}]",
                    where=str(self._path),
                    hint=f"known: {', '.join(sorted(known))}",
                )
