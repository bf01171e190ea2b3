"""The secrets a tracker is asked with: from the environment or the keyring, never shown, never kept."""

import os
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from unfork.errors import InputError
from unfork.model.tracker_host import TrackerHost, TrackerKind

SERVICE = "unfork"  # what tokens are kept under in a keyring; the user name there is the tracker's name
# Variables that other programs of these services use, too.
_USUAL = {"github.com": ("GITHUB_TOKEN", "GH_TOKEN"), "gitlab.com": ("GITLAB_TOKEN",)}
_SECRET = re.compile(r"[!-~]+")  # what a header takes


@dataclass(frozen=True, slots=True)
class Token:
    """A secret, and where it is from."""

    source: str  # in words
    secret: str

    def __repr__(self) -> str:  # it must not get into a log or a crash report
        return f"Token(from {self.source})"


def variable_of(host: TrackerHost) -> str:
    """The environment variable that a tracker's token is looked for in first."""
    return host.token_env or f"UNFORK_TOKEN_{re.sub(r'[^A-Z0-9]', '_', host.name.upper())}"


def token_of(host: TrackerHost) -> Token | None:
    """A tracker's token; ``None`` when there is none, and it is asked as anybody.

    Raises ``InputError`` for one that cannot be sent: with a line break in it, or in the clear.
    """
    if host.kind is TrackerKind.LAUNCHPAD:  # it takes signed requests only; all we ask is public
        return None
    token = _from_environment(host) or _from_keyring(host)
    if token is None:
        return None
    if not _SECRET.fullmatch(token.secret):
        raise InputError(
            f"the token of {host.name} has a space or another character no token has",
            where=token.source,
            hint="set it again, without what is around it",
        )
    parts = urlsplit(host.api or "")
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise InputError(
            f"the token of {host.name} would be sent in the clear",
            where=f"api = {host.api}",
            hint="use an https address",
        )
    return token


def headers_of(host: TrackerHost, token: Token | None) -> dict[str, str]:
    """How the secret is sent to a tracker of this kind."""
    if token is None:
        return {}
    if host.kind is TrackerKind.GITLAB:
        return {"PRIVATE-TOKEN": token.secret}
    if host.kind is TrackerKind.PATCHWORK:
        return {"Authorization": f"Token {token.secret}"}
    if host.kind is TrackerKind.GERRIT and host.user:
        from requests.auth import _basic_auth_str

        return {"Authorization": _basic_auth_str(host.user, token.secret)}
    return {"Authorization": f"Bearer {token.secret}"}


def _from_environment(host: TrackerHost) -> Token | None:
    for name in (variable_of(host), *_USUAL.get(host.name, ())):
        if os.environ.get(name, "").strip():
            return Token(f"${name}", os.environ[name].strip())
    return None


def _from_keyring(host: TrackerHost) -> Token | None:
    """What the keyring has; nothing where there is none, or the package ``keyring`` is not installed."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        secret = keyring.get_password(SERVICE, host.name)
    except KeyringError:
        return None  # locked, or none on this machine: not asked for, so no error
    return Token("the keyring", secret) if secret else None
