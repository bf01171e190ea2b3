"""What an answer says: data, or the problem in one line with what to do about it."""

import re
import ssl
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from unfork.model.tracker_host import TrackerHost, TrackerKind
from unfork.trackers.gate import PATIENCE
from unfork.trackers.no_answer import AbsentError, BusyError, NoAnswerError
from unfork.trackers.tokens import SERVICE, Token, variable_of

if TYPE_CHECKING:
    import requests

_GERRIT_PREFIX = b")]}'"  # in front of its JSON, against sites that would include it as a script
_BEFORE = b"\xef\xbb\xbf \t\r\n"  # may stand before the data
_LONG = 9.0 * 86400  # seconds: whoever asks for more means "not today"
_TITLE = re.compile(rb"<title[^>]*>\s*(.{1,200}?)\s*</title>", re.I | re.S)
_LOGIN = re.compile(rb"log ?in|sign ?in|password|single sign|\bsso\b|captcha|are you a robot", re.I)
_LATER = "try again later; what was seen before is kept"
_ADDRESS = "check api of this tracker in unfork.toml"


def check_status(response: "requests.Response", body: bytes, host: TrackerHost, token: Token | None) -> None:
    """Raise for every status that is no answer."""
    status = response.status_code
    if status == 429 or (status == 403 and _limited(response, body)):
        wait = _wait_asked(response)
        if wait is not None and wait > PATIENCE:
            raise exhausted(wait)
        raise BusyError(f"answers {status}: asked too often", _LATER, wait=wait if wait is not None else 5.0)
    if status == 401:
        if token is not None:
            raise NoAnswerError(
                f"refuses the token from {token.source}: it is wrong or expired",
                f"make a new one, and set it in ${variable_of(host)} or the keyring ({SERVICE}, {host.name})",
                whole_host=True,
            )
        # Launchpad says so of one private bug, the others of all that they have.
        is_all = host.kind is not TrackerKind.LAUNCHPAD
        raise NoAnswerError("answers 401: it asks for a token", _set_token(host), whole_host=is_all)
    if status == 403:
        hint = "see what the token may read" if token is not None else _set_token(host)
        raise NoAnswerError("answers 403: this may not be read", hint)
    if status in (404, 410) and _is_page(response, body):
        raise NoAnswerError(f"answers {status} with a web page, as for a wrong address", _ADDRESS)
    if status in (404, 410):
        raise AbsentError(
            f"answers {status}: it is not there, or hidden",
            "check the link, or give a token that may read it",
        )
    if status >= 500:
        wait = _wait_asked(response)
        if wait is not None and wait > PATIENCE:
            raise exhausted(wait)
        raise BusyError(f"answers {status}: {_reason(response)}", _LATER, wait=wait)
    if not 200 <= status < 300:
        raise NoAnswerError(f"answers {status}: {_reason(response)}", _ADDRESS)


def decoded(response: "requests.Response", body: bytes, host: TrackerHost) -> Any:
    """The data of an answer; raises ``NoAnswerError`` for what is none."""
    if _is_page(response, body):
        raise _web_page(body, host)
    kind = response.headers.get("Content-Type", "").lower()
    text = body.lstrip(_BEFORE)
    if text.startswith(_GERRIT_PREFIX):
        text = text[len(_GERRIT_PREFIX) :]
    charset = re.search(r"charset=[\"']?([\w.:-]+)", kind)
    if charset is not None and charset[1] not in ("utf-8", "utf8", "us-ascii"):
        try:
            text = text.decode(charset[1]).encode()
        except (LookupError, UnicodeError) as error:
            raise NoAnswerError(f"answers in the charset {charset[1]}, which it is not", _ADDRESS) from error
    try:
        return msgspec.json.decode(text)
    except UnicodeDecodeError as error:
        raise NoAnswerError("answers in another charset than UTF-8, and does not say so", _ADDRESS) from error
    except (msgspec.DecodeError, RecursionError) as error:
        if not text or "truncated" in str(error):
            raise BusyError("the answer was cut short", _LATER) from error
        raise NoAnswerError(f"does not answer with JSON: {error}", _ADDRESS) from error


def unreachable(error: Exception) -> NoAnswerError:
    """Why there was no answer, without the address, in which a secret may be."""
    import requests
    from urllib3 import exceptions

    chain = [*_causes(error)]
    for each in chain:
        if isinstance(each, ssl.SSLCertVerificationError):
            return NoAnswerError(
                f"its certificate is not trusted: {each.verify_message}",
                "name the certificates to trust with ca in unfork.toml, or have the host mended",
                whole_host=True,
            )
    if any(isinstance(each, ssl.SSLError) for each in chain):
        return NoAnswerError("no TLS connection can be made", _ADDRESS, whole_host=True)
    if isinstance(error, requests.exceptions.ProxyError):
        return NoAnswerError(
            "the proxy gives no connection", "check https_proxy and no_proxy", whole_host=True
        )
    if isinstance(error, (requests.Timeout, exceptions.TimeoutError)):
        return BusyError("no answer in time", _LATER)
    if isinstance(error, exceptions.HTTPError):
        return BusyError("the answer was cut short", _LATER)
    if isinstance(error, requests.ConnectionError):
        reason = next((each.strerror for each in chain if isinstance(each, OSError) and each.strerror), None)
        if reason and not any(isinstance(each, ConnectionResetError) for each in chain):
            return NoAnswerError(f"no connection: {reason}", "check the network", whole_host=True)
        return BusyError("the connection was lost", _LATER)
    return NoAnswerError(f"cannot be asked: {type(error).__name__}", _ADDRESS, whole_host=True)


def redirected(target: str, host: TrackerHost, *, with_token: bool) -> NoAnswerError:
    """A redirect that is not followed."""
    parts = urlsplit(target)
    name = parts.hostname or ""
    where = parts.netloc.rpartition("@")[2] or "nowhere"
    if parts.scheme == "http" and where == urlsplit(host.api or "").netloc:
        return NoAnswerError("redirects from https to http, which is not followed", _ADDRESS, whole_host=True)
    if _private(name):
        return NoAnswerError(
            f"redirects to the private address {where}, which is not followed",
            f'if that is meant, set api to it under [trackers."{host.name}"]',
            whole_host=True,
        )
    if _LOGIN.search(f"{name}{parts.path}".encode()) or "openid" in target.lower():
        return NoAnswerError(f"redirects to a login at {where}", _set_token(host), whole_host=True)
    token = "; the token was not sent there" if with_token else ""
    return NoAnswerError(
        f"redirects to {where}, which is no tracker that is known{token}",
        f'if it has moved, set api to it under [trackers."{host.name}"]',
        whole_host=True,
    )


def exhausted(wait: float) -> NoAnswerError:
    """No more may be asked of a host for long."""
    until = time.strftime("%H:%M", time.localtime(time.time() + wait))
    return NoAnswerError(
        f"its limit is reached until {until}", "sync again then; a token allows more", whole_host=True
    )


def rest_of_window(response: "requests.Response") -> float | None:
    """Seconds until more may be asked, when the answer says that nothing is left; else ``None``."""
    for prefix in ("x-ratelimit", "ratelimit"):
        left, reset = (response.headers.get(f"{prefix}-{what}", "") for what in ("remaining", "reset"))
        if left.isdecimal() and int(left) == 0 and reset.isdecimal():
            # Both services give the second of the epoch; a draft of the standard has seconds from now.
            at = min(int(reset[:12]), 10**11)
            return min(max(at - time.time() if at > 10**8 else at, 0.0) + 1.0, _LONG)
    return None


def _wait_asked(response: "requests.Response") -> float | None:
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return min(float(value[:12]), _LONG)
    try:
        return min(max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0), _LONG)
    except (TypeError, ValueError, OverflowError):
        return rest_of_window(response)


def _limited(response: "requests.Response", body: bytes) -> bool:
    return (
        "Retry-After" in response.headers
        or rest_of_window(response) is not None
        or b"rate limit" in body[:2000].lower()
    )


def _is_page(response: "requests.Response", body: bytes) -> bool:
    is_marked = "html" in response.headers.get("Content-Type", "").lower()
    return is_marked or body[:100].lstrip(_BEFORE).startswith(b"<")


def _web_page(body: bytes, host: TrackerHost) -> NoAnswerError:
    found = _TITLE.search(body[:20_000])
    title = " ".join(found[1].decode("utf-8", "replace").split())[:60] if found else ""
    named = f" ({title!r})" if title else ""
    if _LOGIN.search(body[:20_000]):
        return NoAnswerError(f"answers with a login page{named}", _set_token(host), whole_host=True)
    return NoAnswerError(f"answers with a web page{named}, not with data", _ADDRESS, whole_host=True)


def _set_token(host: TrackerHost) -> str:
    if host.kind is TrackerKind.LAUNCHPAD:
        return "what is private on Launchpad cannot be read"
    user = ", and user in unfork.toml" if host.kind is TrackerKind.GERRIT and not host.user else ""
    return f"set a token in ${variable_of(host)} or the keyring ({SERVICE}, {host.name}){user}"


def _reason(response: "requests.Response") -> str:
    words = " ".join((response.reason or "").split())[:60]
    return words or "no reason given"


def _private(name: str) -> bool:
    if name == "localhost" or name.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ip_address(name).is_global
    except ValueError:
        return False


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, and all that led to it: requests and urllib3 wrap them in arguments, too."""
    met: set[int] = set()
    left: list[object] = [error]
    while left:
        each = left.pop()
        if isinstance(each, BaseException) and id(each) not in met:
            met.add(id(each))
            yield each
            left += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
