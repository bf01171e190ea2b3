"""`outboard hostguard set`: each instance is asked over HTTP until the leader takes it, or a file here is."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from outboard.errors import InputError
from outboard.hostguard.model import Desired, State, Wish
from outboard.hostguard.record import FORMAT, Record
from outboard.hostguard.settings import HostGuardSection
from outboard.hostguard.wishes import Said
from outboard.settings import read_token
from outboard.state import StateFile

_EVERY = 1.0  # seconds between two looks for what became of a wish
_REACHED = {
    Desired.ENABLED: State.ENABLED, Desired.DRAINED: State.DRAINED, Desired.FAILED: State.FAILED,
    Desired.ABSENT: State.ABSENT,
}  # fmt: skip


class Daemon(Protocol):
    """The daemon, wherever it is. Raises ``InputError`` when it cannot be reached."""

    def say(self, host: str, wish: Wish | None) -> bool:
        """Wish something; whether that changed anything."""

    def state(self, host: str) -> str:
        """What it last saw the host as; empty when it did not yet."""


class Here:
    """The daemon of this machine, through its files."""

    def __init__(self, folder: Path) -> None:
        self._said = Said(folder)
        self._record = StateFile(folder / "hostguard.json", Record, number=FORMAT)

    def say(self, host: str, wish: Wish | None) -> bool:
        """Left for it."""
        return self._said.say(host, wish)

    def state(self, host: str) -> str:
        """From what it remembers."""
        kept = (self._record.load() or Record()).hosts.get(host)
        return kept.state.value if kept else ""


class There:
    """Instances on other machines; the leader takes a wish, and the others refuse it."""

    def __init__(self, urls: Sequence[str], token: str, *, timeout: float = 10.0) -> None:
        self._urls = urls
        self._token = token
        self._timeout = timeout

    def say(self, host: str, wish: Wish | None) -> bool:
        """Over HTTP."""
        body = None if wish is None else msgspec.json.encode(wish)
        return bool(self._ask("DELETE" if wish is None else "PUT", host, body, 202).get("changed"))

    def state(self, host: str) -> str:
        """Over HTTP."""
        return str(self._ask("GET", host, None, 200).get("state", ""))

    def _ask(self, method: str, host: str, body: bytes | None, good: int) -> Mapping[str, Any]:
        import requests

        why = []
        for url in self._urls:
            address = f"{url.rstrip('/')}/v1/hosts/{host}"
            headers = {"Authorization": f"Bearer {self._token}"}
            try:
                answer = requests.request(
                    method, address, headers=headers, timeout=self._timeout, data=body, allow_redirects=False
                )
                if answer.status_code == good:
                    return dict(answer.json())
                if method == "GET" and answer.status_code == 404:
                    return {}
                why.append(f"{url} answers {answer.status_code}: {answer.text[:200]}")
            except (requests.RequestException, ValueError) as error:
                why.append(f"{url}: {error}")
        raise InputError(f"no instance took it: {'; '.join(why)}")


def daemon(section: HostGuardSection, folder: Path) -> Daemon:
    """As the settings say. Raises ``InputError``."""
    if not section.urls:
        return Here(folder)
    if not section.token_file:
        raise InputError("urls needs token_file", where="[hostguard]")
    return There(section.urls, read_token(Path(section.token_file)))


def reached(daemon: Daemon, host: str, desired: Desired, seconds: float) -> bool:
    """Whether the host became so in time."""
    end = time.monotonic() + seconds
    while daemon.state(host) != _REACHED[desired]:
        if time.monotonic() > end:
            return False
        time.sleep(_EVERY)
    return True
