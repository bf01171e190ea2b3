"""The servers that links lead to. Apart from the rest: the command line reads these before any work."""

from dataclasses import dataclass
from enum import StrEnum


class TrackerKind(StrEnum):
    """The programs that keep reviews and bugs, each with an interface of its own."""

    GERRIT = "gerrit"
    GITHUB = "github"
    GITLAB = "gitlab"
    LAUNCHPAD = "launchpad"
    PATCHWORK = "patchwork"
    STORYBOARD = "storyboard"


@dataclass(frozen=True, slots=True)
class TrackerHost:
    """One server, as ``[trackers]`` of ``unfork.toml`` describes it; ``None``: as usual for its kind."""

    name: str  # the host in addresses, with the port where there is one
    kind: TrackerKind | None = None
    api: str | None = None  # address its interface is asked at
    also: tuple[str, ...] = ()  # further hosts of which links mean the same
    user: str | None = None  # whom the token belongs to; Gerrit wants it
    token_env: str | None = None  # environment variable with the token
    limit: str | None = None  # requests, as "300/minute"
    concurrency: int | None = None  # requests at a time
    ca: str | None = None  # file with the certificates to trust
    mirrors: tuple[str, ...] = ()  # Gerrit: repositories with its meta refs, read instead of asking
    default: bool = False  # a Change-Id or ORG/REPO#1 without a host is of this one
