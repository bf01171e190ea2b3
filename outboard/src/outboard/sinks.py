"""Who is told: a file of JSON lines, a webhook. Each may get an event twice, never not at all."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec

from outboard.errors import OutboardError


class SinkError(OutboardError):
    """It did not take the event; it may later."""


class Sink(Protocol):
    """Takes events; ``takes`` names the kinds it wants, ``None``: all."""

    name: str
    takes: frozenset[str] | None

    def send(self, event: Mapping[str, Any]) -> None:
        """On return it has the event. Raises ``SinkError``."""


class JsonLines:
    """One line an event; in a file, which a rotation may move away."""

    name = "events"
    takes: frozenset[str] | None = None

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
    takes: frozenset[str] | None = None

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
