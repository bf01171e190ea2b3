"""Which trackers are known: those of ``hosts.toml``, and what the user's ``unfork.toml`` says over them."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files
from typing import Any

from unfork.errors import InputError
from unfork.model.tracker_host import TrackerHost, TrackerKind

# Requests. GitHub documents 900 points a minute, GitLab.com 500 requests a minute without a token.
_LIMITS = {
    TrackerKind.GERRIT: "240/minute",
    TrackerKind.GITHUB: "450/minute",
    TrackerKind.GITLAB: "250/minute",
    TrackerKind.LAUNCHPAD: "240/minute",
    TrackerKind.PATCHWORK: "240/minute",
    TrackerKind.STORYBOARD: "120/minute",
}
_AT_A_TIME = 6  # requests to one host: with answers after 50 ms a hundred take a second
_LIMIT = re.compile(r"([1-9]\d{0,5})\s*/\s*(second|minute|hour)")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600}


@dataclass(frozen=True, slots=True)
class Registry:
    """The trackers by the hosts that addresses name."""

    hosts: Mapping[str, TrackerHost]  # by name; each has its kind, address and limits

    def named(self, netloc: str) -> TrackerHost | None:
        """The tracker that an address with this host is of."""
        netloc = netloc.rpartition("@")[2].lower().removesuffix(":443")
        host = self.hosts.get(netloc)
        if host is not None:
            return host
        return next((each for each in self.hosts.values() if netloc in each.also), None)

    def default(self, kind: TrackerKind) -> TrackerHost | None:
        """The tracker that is meant where no host is named: the user's own choice, else the usual one."""
        return next(
            (each for each in reversed([*self.hosts.values()]) if each.kind is kind and each.default), None
        )


def registry_of(configured: Iterable[TrackerHost] = ()) -> Registry:
    """The known trackers with the user's own over them. Raises ``InputError`` for one without a kind."""
    hosts = dict(_built_in())
    for each in configured:
        name = each.name.lower()
        known = hosts.pop(name, None)  # to the end: the user's default wins
        given = {field.name: value for field in fields(each) if (value := getattr(each, field.name))}
        host = replace(known or TrackerHost(name), **given | {"name": name})
        if host.kind is None:
            raise InputError(
                "a tracker has no kind",
                where=f'unfork.toml [trackers."{each.name}"]',
                hint=f"kind is one of {', '.join(TrackerKind)}",
            )
        hosts[name] = _whole(host, host.kind)
    return Registry(hosts)


def rate_of(limit: str) -> tuple[int, int]:
    """Requests, and the seconds they are allowed in; raises ``ValueError`` for what is no limit."""
    match = _LIMIT.fullmatch(limit.strip())
    if match is None:
        raise ValueError(limit)
    return int(match[1]), _SECONDS[match[2]]


@cache
def _built_in() -> Mapping[str, TrackerHost]:
    table = tomllib.loads((files("unfork.trackers") / "hosts.toml").read_text(encoding="utf-8"))
    found = {}
    for name, values in table.items():
        kind = TrackerKind(values.pop("kind"))
        given: dict[str, Any] = {
            key.replace("-", "_"): tuple(value) if isinstance(value, list) else value
            for key, value in values.items()
        }
        found[name] = _whole(TrackerHost(name, kind, **given), kind)
    return found


def _whole(host: TrackerHost, kind: TrackerKind) -> TrackerHost:
    return replace(
        host,
        api=(host.api or f"https://{host.name}").rstrip("/"),
        also=tuple(each.lower() for each in host.also),
        limit=host.limit or _LIMITS[kind],
        concurrency=host.concurrency or _AT_A_TIME,
    )
