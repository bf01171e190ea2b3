"""Who is told: a file of JSON lines, a webhook, masakari. Each may get an event twice, never not at all."""

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import msgspec

from outboard.cloud import CloudError
from outboard.cloud_api import INSTANCE_HA, CloudApi
from outboard.crashwatch.qemu_log import seconds
from outboard.crashwatch.settings import CrashWatchSection
from outboard.errors import InputError, OutboardError


class SinkError(OutboardError):
    """It did not take the event; it may later."""


class Sink(Protocol):
    """Takes events; ``takes`` names those it wants of ``crash``, ``unknown`` and ``outcome``."""

    name: str
    takes: frozenset[str]

    def send(self, event: Mapping[str, Any]) -> None:
        """On return it has the event. Raises ``SinkError``."""


_ALL = frozenset({"crash", "unknown", "outcome"})


class JsonLines:
    """One line an event; in a file, which a rotation may move away."""

    name = "events"
    takes = _ALL

    def __init__(self, path: str) -> None:
        self._path = path

    def send(self, event: Mapping[str, Any]) -> None:
        """Append it; on disk on return."""
        line = msgspec.json.encode(event) + b"\n"
        try:
            if self._path == "-":
                sys.stdout.write(line.decode())
                sys.stdout.flush()
                return
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            with os.fdopen(os.open(self._path, flags, 0o640), "r+b", buffering=0) as stream:
                end = os.fstat(stream.fileno()).st_size
                if end and os.pread(stream.fileno(), 1, end - 1) != b"\n":
                    line = b"\n" + line  # killed or full within the last one
                if os.write(stream.fileno(), line) != len(line):
                    raise SinkError("the disk is full", where=self._path)
                os.fsync(stream.fileno())
        except OSError as error:
            raise SinkError(f"cannot append: {error.strerror}", where=self._path) from error


class Webhook:
    """POST of an event as JSON; every 2xx is taken as taken."""

    name = "webhook"
    takes = _ALL

    def __init__(self, url: str, token_file: str, timeout: float = 10.0) -> None:
        self._url = url
        self._token_file = token_file
        self._timeout = timeout

    def send(self, event: Mapping[str, Any]) -> None:
        """One request; redirects are not followed, a token would go with them."""
        import requests

        headers = {"Content-Type": "application/json"}
        try:
            if self._token_file:  # read each time: it is renewed
                token = Path(self._token_file).read_text(encoding="ascii").partition("\n")[0].strip()
                headers["Authorization"] = f"Bearer {token}"
            answer = requests.post(
                self._url, data=msgspec.json.encode(event), headers=headers, timeout=self._timeout,
                allow_redirects=False,
            )  # fmt: skip
        except (OSError, ValueError, requests.RequestException) as error:
            raise SinkError(f"no answer: {error}", where=self._url) from error
        if not 200 <= answer.status_code < 300:
            raise SinkError(f"it answers {answer.status_code}", where=self._url)


class Masakari:
    """The notification masakari's own instance monitor sends, which makes it recover the guest."""

    name = "masakari"

    def __init__(self, cloud: CloudApi, takes: frozenset[str]) -> None:
        self._cloud = cloud
        self.takes = takes

    def send(self, event: Mapping[str, Any]) -> None:
        """It refuses a second crash of a guest within 180 s as a duplicate (409): then it is sent later."""
        try:
            when = datetime.fromtimestamp(seconds(event["ended"]), UTC).replace(tzinfo=None)
            notification = {
                "type": "VM",
                "hostname": event["host"],
                "generated_time": when.isoformat(timespec="microseconds"),
                "payload": {
                    "event": "LIFECYCLE",
                    "instance_uuid": event["guest"],
                    "vir_domain_event": "STOPPED_FAILED",
                },
            }
            self._cloud.post(INSTANCE_HA, "/notifications", {"notification": notification})
        except (CloudError, ValueError) as error:
            raise SinkError(str(error), where="masakari") from error


def make_sinks(section: CrashWatchSection, cloud: CloudApi | None) -> tuple[Sink, ...]:
    """Those the settings name. Raises ``InputError``."""
    sinks: list[Sink] = []
    if section.events:
        sinks.append(JsonLines(section.events))
    if section.webhook:
        sinks.append(Webhook(section.webhook, section.webhook_token_file))
    if section.masakari:
        if cloud is None:
            raise InputError("masakari = true needs [cloud] name", where="[crashwatch]")
        acted_on = {"crash", "unknown"} if section.unknown == "recover" else {"crash"}
        sinks.append(Masakari(cloud, frozenset(acted_on)))
    return tuple(sinks)
