"""Asks one tracker over HTTP: politely, with a bound on everything, and with an error for each bad answer."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from unfork import __version__
from unfork.model.tracker_host import TrackerHost
from unfork.trackers import replies
from unfork.trackers.gate import PATIENCE, Gate
from unfork.trackers.no_answer import BusyError, NoAnswerError
from unfork.trackers.tokens import Token, headers_of

if TYPE_CHECKING:
    import requests
    from tenacity import RetryCallState

_ATTEMPTS = 4
_BACK_OFF = 0.5  # seconds before the second attempt, twice as long before each further one, and some jitter
_TIMEOUT = (10.0, 30.0)  # seconds to connect, and between two parts of an answer
_LONGEST = 60.0  # seconds for one whole answer
_LARGEST = 32 * 2**20  # bytes of one answer
_PART = 2**16
_REDIRECTS = 5
_MOVED = (301, 302, 303, 307, 308)
Params = Mapping[str, str | int] | Iterable[tuple[str, str | int]]


@dataclass(frozen=True, slots=True)
class Validators:
    """What an answer is asked for again with, so that only another one is sent."""

    etag: str | None = None
    modified: str | None = None


NO_VALIDATORS = Validators()


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    data: Any  # decoded JSON; None: as it was when the validators were given
    validators: Validators
    unchanged: bool = False


class Client:
    """The questions to one host. Threads may share it."""

    def __init__(self, host: TrackerHost, gate: Gate, token: Token | None, known: frozenset[str]) -> None:
        """``known`` are the places (host and port) of all trackers, to which a redirect may lead."""
        import requests
        from requests.adapters import HTTPAdapter

        self.host = host
        self.token = token
        self._gate = gate
        self._known = known
        self._secret = headers_of(host, token)
        self._session = requests.Session()
        workers = host.concurrency or 1
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=workers, pool_block=True))
        self._session.headers.update(
            {"Accept": "application/json", "User-Agent": f"unfork/{__version__} (reads the state of links)"}
        )

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def get(self, path: str, params: Params = (), validators: Validators = NO_VALIDATORS) -> Reply:
        """The answer to a question below the tracker's address.

        Raises ``AbsentError`` for what is not there, ``NoAnswerError`` for whatever else is no answer.
        """
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

        try:
            for attempt in Retrying(
                retry=retry_if_exception_type(BusyError),
                stop=stop_after_attempt(_ATTEMPTS),
                wait=self._wait,
                sleep=self._gate.rest,
                reraise=True,
            ):
                with attempt:
                    reply = self._once(path, params, validators)
        except BusyError as busy:
            given_up = NoAnswerError(busy.what, busy.hint, whole_host=busy.wait is not None)
            if busy.wait is not None:
                self._gate.close(given_up)
            else:
                self._gate.failed(given_up)
            raise given_up from busy
        except NoAnswerError as problem:
            if problem.whole_host:
                self._gate.close(problem)
            else:
                self._gate.answered()
            raise
        self._gate.answered()
        return reply

    def _wait(self, state: "RetryCallState") -> float:
        """Seconds until the next attempt. What the host asks for holds for all that is asked of it."""
        from tenacity import wait_exponential_jitter

        error = state.outcome.exception() if state.outcome is not None else None
        if isinstance(error, BusyError) and error.wait is not None:
            self._gate.pause(error.wait)
            return 0.0  # the gate holds it up
        return wait_exponential_jitter(multiplier=_BACK_OFF, max=20.0, jitter=_BACK_OFF)(state)

    def _once(self, path: str, params: Params, validators: Validators) -> Reply:
        import requests
        from urllib3.exceptions import HTTPError  # what reading in parts raises

        self._gate.enter()
        begin = time.monotonic()
        conditions = {"If-None-Match": validators.etag, "If-Modified-Since": validators.modified}
        headers = {name: value for name, value in conditions.items() if value}
        try:
            with self._followed(f"{self.host.api}{path}", params, headers) as response:
                self._heed(response)
                if response.status_code == 304:
                    return Reply(None, validators, unchanged=True)
                body = _body(response, begin)
                replies.check_status(response, body, self.host, self.token)
                return Reply(
                    replies.decoded(response, body, self.host),
                    Validators(response.headers.get("ETag"), response.headers.get("Last-Modified")),
                )
        except (requests.RequestException, HTTPError) as error:
            raise replies.unreachable(error) from error

    def _followed(self, url: str, params: Params, headers: Mapping[str, str]) -> "requests.Response":
        """The first answer that is no redirect. The token goes to the tracker's own place alone."""
        asked = params if isinstance(params, Mapping) else list(params)
        for _ in range(_REDIRECTS):
            own = _place(url) == _place(self.host.api or "")
            response = self._session.get(
                url,
                params=asked,
                headers={**headers, **(self._secret if own else {})},
                stream=True,
                timeout=_TIMEOUT,
                allow_redirects=False,
                verify=self.host.ca,  # here: of the session it would lose against $REQUESTS_CA_BUNDLE
                auth=_no_auth,
            )
            if response.status_code not in _MOVED:
                return response
            target = urljoin(url, response.headers.get("Location", ""))
            response.close()
            if _place(target) != _place(url) and urlsplit(target).netloc not in self._known:
                raise replies.redirected(target, self.host, with_token=bool(self._secret))
            if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
                raise replies.redirected(target, self.host, with_token=bool(self._secret))
            url, asked = target, []
        raise NoAnswerError("redirects in a circle", "check the tracker's api address", whole_host=True)

    def _heed(self, response: "requests.Response") -> None:
        """Wait before the next question when the host says that this was the last one for now."""
        wait = replies.rest_of_window(response)
        if wait is not None and response.ok:
            if wait > PATIENCE:
                self._gate.close(replies.exhausted(wait))
            else:
                self._gate.pause(wait)


def _no_auth(request: "requests.PreparedRequest") -> "requests.PreparedRequest":
    """Keeps requests from looking into ~/.netrc: only what is named for a tracker is sent to it."""
    return request


def _place(url: str) -> tuple[str, str]:
    """Scheme and host; http is taken for https, as it is where an address is old."""
    parts = urlsplit(url)
    return ("https" if parts.scheme == "http" and parts.port is None else parts.scheme, parts.netloc.lower())


def _body(response: "requests.Response", begin: float) -> bytes:
    """The whole answer; read in parts as they come, since a drip would outlast any other bound."""
    parts: list[bytes] = []
    size = 0
    while part := response.raw.read1(_PART, decode_content=True):
        parts.append(part)
        size += len(part)
        if size > _LARGEST:
            raise NoAnswerError(
                f"the answer is larger than {_LARGEST // 2**20} MB", "check the tracker's api address"
            )
        if time.monotonic() - begin > _LONGEST:
            raise NoAnswerError(
                f"the answer takes longer than {_LONGEST:.0f} seconds", "try again later", whole_host=True
            )
    return b"".join(parts)
