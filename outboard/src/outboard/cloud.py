"""The cloud's public API: one connection for all that a service asks, and its errors in four kinds.

openstacksdk finds clouds.yaml and ``OS_*`` as every client does, fetches tokens anew when they end, and
agrees on microversions. It is imported only where a cloud is named.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from outboard.errors import InputError, OutboardError
from outboard.settings import Section


class CloudSection(Section, frozen=True):
    """``[cloud]``: whose nova is asked."""

    name: str = ""  # entry of clouds.yaml, or "envvars"; empty: no cloud is asked for anything
    region: str = ""
    interface: str = "internal"  # of the endpoints
    host: str = ""  # this host as nova knows it; empty: the host's name
    timeout: float = 10.0  # seconds for one answer


class Kind(StrEnum):
    """What an answer that is no success means to the asker."""

    GONE = "gone"  # 404: there is no such thing
    CONFLICT = "conflict"  # 409: not in this state; another look tells
    REFUSED = "refused"  # 400, 401, 403: settings or rights; trying again soon is no use
    AWAY = "away"  # 429, 5xx, no answer: later


class CloudError(OutboardError):
    """The cloud did not do what was asked. ``kind`` says what to do about it."""

    def __init__(self, kind: Kind, what: str) -> None:
        super().__init__(what)
        self.kind = kind


class Cloud:
    """A lazy connection. Threads may share it: each has a connection of its own, as requests wants it."""

    def __init__(self, section: CloudSection) -> None:
        self._section = section
        self._local = threading.local()

    def connection(self) -> Any:
        """The thread's connection. Raises ``InputError`` where the settings name no usable cloud."""
        known = getattr(self._local, "connection", None)
        if known is None:
            known = self._local.connection = self._connect()
        return known

    @contextmanager
    def asking(self) -> Iterator[Any]:
        """The connection, with what it raises as ``CloudError``."""
        from keystoneauth1.exceptions import ClientException
        from openstack.exceptions import HttpException, SDKException

        try:
            yield self.connection()
        except HttpException as error:
            raise CloudError(kind_of(error.status_code), one_line(error)) from error
        except ClientException as error:
            raise CloudError(kind_of(getattr(error, "http_status", None)), one_line(error)) from error
        except SDKException as error:
            raise CloudError(Kind.AWAY, one_line(error)) from error

    def _connect(self) -> Any:
        try:
            import openstack
            from openstack.exceptions import ConfigException
        except ImportError as error:
            raise InputError(
                "openstacksdk is not installed", hint="install outboard[cloud], or python3-openstacksdk"
            ) from error
        section = self._section
        try:
            return openstack.connect(
                cloud=section.name,
                region_name=section.region or None,
                interface=section.interface,
                api_timeout=section.timeout,
                # The asker has a plan for when to ask again; a client that retries would only hide it.
                connect_retries=0,
                status_code_retries=0,
                app_name="outboard",
            )
        except ConfigException as error:
            raise InputError(f"no cloud {section.name!r}: {one_line(error)}", where="[cloud]") from error


def kind_of(status: int | None) -> Kind:
    """What an answer with that status, or none at all, means."""
    if status == 404:
        return Kind.GONE
    if status == 409:
        return Kind.CONFLICT
    if status is not None and 400 <= status < 500 and status != 429:
        return Kind.REFUSED
    return Kind.AWAY


def one_line(error: Exception) -> str:
    """An error's text for a log line."""
    return " ".join(str(error).split())[:300]
