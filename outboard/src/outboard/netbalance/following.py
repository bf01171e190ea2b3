"""Waiting for the daemon that leads to empty a host."""

import time
from dataclasses import dataclass

from outboard.netbalance.emptying import Report, check_known, left_of
from outboard.netbalance.service import NetBalance
from outboard.netbalance.signals import HostMark, Marks

_INTERVAL = 2.0


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds without any item leaving after which the daemon is not waited for."""

    seconds: float


def follow(service: NetBalance, marks: Marks, host: str, patience: Patience) -> Report:
    """Mark ``host`` and wait until it is empty, or what is left cannot leave. Raises ``InputError``."""
    began = changed = time.monotonic()
    as_marked = {host: HostMark.DRAINING, **marks.read()}
    look = service.look(as_marked)
    check_known(look, host)
    marks.set(host, as_marked[host])
    before = len(look.on(host))
    while True:
        stuck = {each.item: each.why for each in service.plan(look).stuck}
        on = look.on(host)
        if len(on) != before:
            before, changed = len(on), time.monotonic()
        given_up = time.monotonic() - changed > patience.seconds
        if on.keys() <= stuck.keys() or given_up:
            break
        time.sleep(_INTERVAL)
        look = service.look(as_marked)
    whys = dict.fromkeys(on, "the daemon that leads did not move it: does it see this host's marks?") | stuck
    left = left_of(on, look.state, whys)
    return Report((), left, service.requests(), round(time.monotonic() - began, 1))
