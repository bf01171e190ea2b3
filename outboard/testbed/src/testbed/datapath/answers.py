"""What a probe wrote down, as figures: how much was left unanswered, and for how long at a stretch."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

# How long a client waits. RFC 2131, section 4.1: four seconds to the first retransmission of a DISCOVER.
DHCP_PATIENCE = 4.0
PING_PATIENCE = 1.0


@dataclass(frozen=True)
class Request:
    """One request. Times in seconds since 1970; ``answered`` is None when nothing came."""

    sent: float
    answered: float | None = None
    by: tuple[str, ...] = ()  # each server that answered, in order


@dataclass(frozen=True)
class Service:
    """How a client was served in an interval."""

    asked: int
    unanswered: int
    longest_gap: float  # seconds from the first request of a run without an answer to the next answered one
    slowest: float  # seconds until the answer that took longest
    servers: tuple[str, ...]  # who answered, in the order they appeared


def read_requests(lines: Iterable[str]) -> list[Request]:
    """The requests of a probe's log, as they were sent. A last line that is not whole is left out."""
    found: dict[int, Request] = {}
    for line in lines:
        if not line.endswith("\n"):
            break
        each = json.loads(line)
        number = each["id"]
        if "sent" in each:
            found[number] = Request(each["sent"])
        elif request := found.get(number):
            first = each["answered"] if request.answered is None else request.answered
            found[number] = Request(request.sent, first, (*request.by, each["by"]))
    return list(found.values())


def served(requests: Iterable[Request], since: float, until: float, patience: float) -> Service:
    """What became of the requests sent from ``since`` on and before ``until``.

    An answer after ``patience`` seconds is none. A gap that lasts beyond ``until`` ends with the first
    request answered after it, or with the last request there is.
    """
    inside = 0
    unanswered = 0
    longest = slowest = 0.0
    begun: float | None = None
    last = until
    servers: dict[str, None] = {}
    for request in sorted(requests, key=lambda each: each.sent):
        within = since <= request.sent < until
        if request.sent < since or not (within or begun is not None):
            continue
        last = request.sent
        took = None if request.answered is None else request.answered - request.sent
        if took is None or took > patience:
            if within:
                inside += 1
                unanswered += 1
                begun = request.sent if begun is None else begun
            continue
        if within:
            inside += 1
            slowest = max(slowest, took)
            servers |= dict.fromkeys(request.by)
        if begun is not None:
            longest = max(longest, request.sent - begun)
            begun = None
    if begun is not None:
        longest = max(longest, last - begun)
    return Service(inside, unanswered, longest, slowest, tuple(servers))
