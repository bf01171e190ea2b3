"""A probe that runs in a namespace of the data-path bed, and what it found."""

import itertools
import sys
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Self

from testbed.datapath import probe
from testbed.datapath.answers import DHCP_PATIENCE, PING_PATIENCE, Request, Service, read_requests, served
from testbed.datapath.namespace import PATIENCE, Namespace

_NUMBERS = itertools.count(1)
_PATIENCE = {"dhcp": DHCP_PATIENCE, "ping": PING_PATIENCE}


class Probing:
    """Asks from the moment it is made until it is closed."""

    def __init__(
        self, host: Namespace, kind: str, every: float, words: Sequence[str], folder: Path, inside: str | None
    ) -> None:
        self._host = host
        self._every = every
        self._patience = _PATIENCE[kind]
        self._name = f"{kind}-{next(_NUMBERS)}"
        self._log = folder / f"{self._name}.jsonl"
        self._host.start(
            self._name, [sys.executable, probe.__file__, kind, self._log, str(every), *words], inside=inside
        )
        host.processes.wait(
            f"the first request of {self._name}", lambda: bool(self.requests()), host.process(self._name)
        )

    def requests(self) -> list[Request]:
        """All until now."""
        if not self._log.exists():
            return []
        with self._log.open(encoding="utf-8") as lines:
            return read_requests(lines)

    def wait_answered(self) -> None:
        """Until a request that was sent after this call is answered."""
        self._wait("an answer to", lambda request, since: bool(request.answered) and request.sent >= since)

    def wait_unanswered(self) -> None:
        """Until a request that was sent after this call has waited a second in vain."""
        self._wait(
            "no answer to",
            lambda request, since: not request.answered and since <= request.sent < time.time() - 1.0,
        )

    def wait_served_by_others(self, servers: Collection[str]) -> None:
        """Until a request that was sent after this call is answered, and by none of ``servers``."""
        self._wait(
            f"an answer of others than {', '.join(servers)} to",
            # Those whose answer comes late as well: the last second does not count.
            lambda request, since: (
                bool(request.by)
                and since <= request.sent < time.time() - 1.0
                and not set(request.by) & set(servers)
            ),
        )

    def _wait(self, what: str, found: Callable[[Request, float], bool]) -> None:
        since = time.time()
        self._host.processes.wait(
            f"{what} {self._name}",
            lambda: any(found(request, since) for request in self.requests()),
            self._host.process(self._name),
            seconds=PATIENCE,
        )

    def served(self, since: float, until: float | None = None) -> Service:
        """How the client was served from ``since`` to ``until`` (now); waits as long as answers may take."""
        end = time.time() if until is None else until
        time.sleep(max(0.0, end + self._patience + self._every - time.time()))
        return served(self.requests(), since, end, self._patience)

    def close(self) -> None:
        """Stop asking."""
        self._host.processes.control.stop(self._host.process(self._name))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
