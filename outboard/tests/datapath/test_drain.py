"""``outboard netbalance drain`` on neutron's real agents, seen by the guests."""

import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from testbed.datapath import moves
from testbed.datapath.bed import DataPath
from testbed.datapath.draining import drain
from testbed.datapath.tenant import make_tenant

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("datapath")]
SOURCE, GUESTS = "host-a", "host-c"


def test_a_drained_host_leaves_no_guest_without_a_lease(data_path: DataPath, tmp_path: Path) -> None:
    kinds = ("vxlan", "vlan", "vxlan")
    tenants = [
        make_tenant(
            data_path, f"drained-{number}", host=GUESTS, kind=kind, number=10 + number, served_on=SOURCE
        )
        for number, kind in enumerate(kinds)
    ]
    moves.warm_up(data_path, tenants[0])
    with ExitStack() as stack:
        leases = [stack.enter_context(tenant.ask_for_lease(data_path)) for tenant in tenants]
        pings = [stack.enter_context(data_path.ping(tenant.floating)) for tenant in tenants]
        for probing in (*leases, *pings):
            probing.wait_answered()
        before = [lease.served(time.time() - 2).servers for lease in leases]
        since = time.time()
        drain(data_path, SOURCE, tmp_path / "outboard")
        for tenant in tenants:
            assert SOURCE not in moves.network_hosts(data_path, tenant.network)
            assert SOURCE not in moves.router_hosts(data_path, tenant.router)
        for lease, servers in zip(leases, before, strict=True):
            lease.wait_served_by_others(servers)
        for ping in pings:
            ping.wait_answered()
        until = time.time()
        assert [lease.served(since, until).unanswered for lease in leases] == [0, 0, 0]
        # A router without a standby is away while it moves, each for its own time only.
        assert all(0 < ping.served(since, until).longest_gap < until - since for ping in pings)
