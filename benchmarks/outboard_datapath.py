"""netbalance: for how long clients go without an answer while a host is emptied, on real neutron agents.

    python benchmarks/outboard_datapath.py [--networks N] [--clients N] [--rounds N] [--json FILE]

The data-path bed: three hosts with Open vSwitch and neutron's own agents. Every network and router begins on
host-a; then "outboard netbalance drain host-a" empties it. Guests on host-c ask for their lease every 200 ms,
and are pinged at their floating address from outside every 100 ms. By hand, for comparison: a network moved
with add before remove and with remove before add, and a router moved by remove and add. A lease is unanswered
after 4 s, a ping after 1 s; a gap lasts from the first request without an answer to the next answered one.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from testbed.bed import Bed, Options
from testbed.datapath import moves
from testbed.datapath.answers import Service
from testbed.datapath.bed import DataPath
from testbed.datapath.draining import PROGRAM, drain
from testbed.datapath.probing import Probing
from testbed.datapath.tenant import Tenant, make_tenant
from testbed.errors import MissingPartError

SOURCE, OTHER, GUESTS = "host-a", "host-b", "host-c"


@dataclass(frozen=True)
class Row:
    """One measurement: what was done, how long it took, and how each client was served meanwhile."""

    what: str
    seconds: float
    leases: list[Service]
    pings: list[Service]


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--networks", type=int, default=20, help="each with a router (default 20)")
    parser.add_argument("--clients", type=int, default=5, help="that ask and are pinged (default 5)")
    parser.add_argument("--rounds", type=int, default=3, help="moves by hand of each kind (default 3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--outboard", type=Path, default=PROGRAM, help="the program (default: beside Python)")
    options = parser.parse_args()
    rows: list[Row] = []
    try:
        with tempfile.TemporaryDirectory() as folder, _bed(Path(folder)) as bed:
            _say(f"the bed is up, load {os.getloadavg()[0]:.0f}")
            tenants = [
                make_tenant(bed, f"tenant-{number}", host=GUESTS, number=number, served_on=SOURCE)
                for number in range(max(options.networks, options.clients))
            ]
            _say(f"{len(tenants)} networks and routers on {SOURCE}")
            bench = _Bench(bed, tenants[: options.clients], Path(folder), options.outboard)
            for tenant in tenants:
                bench.wait_served(tenant)
            for row in bench.measure(options.rounds):
                rows.append(row)
                _print(row)
    except MissingPartError as error:
        print(f"not measured: {error}")
        return 0
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    return 0


@contextmanager
def _bed(folder: Path) -> Iterator[DataPath]:
    bed = Bed.start(folder / "bed", Options(hosts=(), nova=False, agent_down_time=75), say=_say)
    try:
        with closing(DataPath(bed)) as path:
            yield path
    finally:
        bed.close()


class _Bench:
    """The clients, and what is done to them."""

    def __init__(self, bed: DataPath, tenants: Sequence[Tenant], folder: Path, program: Path) -> None:
        self.bed = bed
        self.tenants = tenants
        self.folder = folder
        self.program = program

    def measure(self, rounds: int) -> Iterator[Row]:
        """The drain first, then by hand."""
        moves.warm_up(self.bed, self.tenants[0])
        yield self._row("drain", self.tenants, self._drain)
        one = self.tenants[:1]
        for _ in range(rounds):
            yield self._row(
                "network, add then remove", one, lambda: self._network(add_first=True), pings=False
            )
            yield self._row(
                "network, remove then add", one, lambda: self._network(add_first=False), pings=False
            )
            yield self._row("router, remove then add", one, self._router)

    def wait_served(self, tenant: Tenant) -> None:
        """Until its guest has a lease offered and is reached from outside."""
        with tenant.ask_for_lease(self.bed) as lease, self.bed.ping(tenant.floating) as ping:
            lease.wait_answered()
            ping.wait_answered()

    def _row(
        self, what: str, tenants: Sequence[Tenant], work: Callable[[], None], *, pings: bool = True
    ) -> Row:
        with ExitStack() as stack:
            leases = [stack.enter_context(tenant.ask_for_lease(self.bed)) for tenant in tenants]
            others = [stack.enter_context(self.bed.ping(tenant.floating)) for tenant in tenants if pings]
            for probing in (*leases, *others):
                probing.wait_answered()
            since = time.time()
            work()
            seconds = time.time() - since
            self._settle([*leases, *others])
            until = time.time()
            return Row(
                what, seconds, [each.served(since, until) for each in leases],
                [each.served(since, until) for each in others],
            )  # fmt: skip

    def _settle(self, probings: Sequence[Probing]) -> None:
        """Agents hear of a move after the API said that it was done."""
        time.sleep(10)
        for probing in probings:
            probing.wait_answered()

    def _drain(self) -> None:
        drain(self.bed, SOURCE, self.folder, self.program)
        left = [
            tenant.network
            for tenant in self.tenants
            if SOURCE
            in moves.network_hosts(self.bed, tenant.network) | moves.router_hosts(self.bed, tenant.router)
        ]
        if left:
            raise SystemExit(f"drain said it was done, and {SOURCE} still has {', '.join(left)}")

    def _network(self, *, add_first: bool) -> None:
        network = self.tenants[0].network
        source, target = moves.away(self.bed, moves.network_hosts(self.bed, network))
        if add_first:
            moves.add_network(self.bed, network, target)
        moves.remove_network(self.bed, network, source)
        if not add_first:
            moves.add_network(self.bed, network, target)

    def _router(self) -> None:
        router = self.tenants[0].router
        source, target = moves.away(self.bed, moves.router_hosts(self.bed, router))
        moves.remove_router(self.bed, router, source)
        moves.add_router(self.bed, router, target)


def _print(row: Row) -> None:
    print(f"{row.what}: {row.seconds:.1f} s, load {os.getloadavg()[0]:.0f}")
    for name, services in (("leases", row.leases), ("pings", row.pings)):
        if services:
            asked = sum(each.asked for each in services)
            unanswered = sum(each.unanswered for each in services)
            gaps = sorted(each.longest_gap for each in services)
            print(
                f"  {name}: {unanswered} of {asked} unanswered; longest gap of each client"
                f" {gaps[len(gaps) // 2]:.1f} s (median), {gaps[-1]:.1f} s (worst)"
            )
    sys.stdout.flush()


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
