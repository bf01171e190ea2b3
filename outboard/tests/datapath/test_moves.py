"""neutron's real agents, a client that asks: what moves by hand cost it."""

import time
from collections.abc import Iterator

import pytest
from testbed.datapath import moves
from testbed.datapath.bed import DataPath
from testbed.datapath.probing import Probing
from testbed.datapath.tenant import Tenant, make_tenant

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("datapath")]
GUEST = "host-c"


@pytest.fixture(scope="module")
def tenant(data_path: DataPath) -> Tenant:
    """A VXLAN network, on every host once: an agent's helpers start with its first network and router."""
    tenant = make_tenant(data_path, "legacy", host=GUEST)
    moves.warm_up(data_path, tenant)
    return tenant


@pytest.fixture
def lease(data_path: DataPath, tenant: Tenant) -> Iterator[Probing]:
    """The guest asks, and is answered."""
    with tenant.ask_for_lease(data_path) as probing:
        probing.wait_answered()
        yield probing


def test_a_network_that_is_added_before_it_is_removed_serves_all_the_time(
    data_path: DataPath, tenant: Tenant, lease: Probing
) -> None:
    source, target = moves.away(data_path, moves.network_hosts(data_path, tenant.network))
    before = lease.served(time.time() - 1).servers
    since = time.time()
    moves.add_network(data_path, tenant.network, target)
    moves.remove_network(data_path, tenant.network, source)
    lease.wait_served_by_others(before)
    found = lease.served(since)
    assert moves.network_hosts(data_path, tenant.network) == {target}
    assert found.unanswered == 0, found
    assert len(found.servers) == 2, found


def test_a_network_that_is_removed_first_leaves_a_gap(
    data_path: DataPath, tenant: Tenant, lease: Probing
) -> None:
    source, target = moves.away(data_path, moves.network_hosts(data_path, tenant.network))
    since = time.time()
    moves.remove_network(data_path, tenant.network, source)
    lease.wait_unanswered()
    moves.add_network(data_path, tenant.network, target)
    lease.wait_answered()
    found = lease.served(since)
    assert found.unanswered > 0, found
    assert found.longest_gap > 0.5, found


def test_a_router_that_moves_is_away_for_a_while(data_path: DataPath, tenant: Tenant, lease: Probing) -> None:
    source, target = moves.away(data_path, moves.router_hosts(data_path, tenant.router))
    with data_path.ping(tenant.floating) as ping:
        ping.wait_answered()
        since = time.time()
        moves.remove_router(data_path, tenant.router, source)
        ping.wait_unanswered()
        moves.add_router(data_path, tenant.router, target)
        ping.wait_answered()
        found = ping.served(since)
        assert moves.router_hosts(data_path, tenant.router) == {target}
        assert found.unanswered > 0, found
        assert found.longest_gap > 0.2, found
    # Who only asks for a lease does not notice.
    assert lease.served(since, time.time()).unanswered == 0


def test_a_router_with_a_standby_answers_again_without_its_active_host(data_path: DataPath) -> None:
    tenant = make_tenant(data_path, "ha", host=GUEST, kind="vlan", ha=True, number=1)
    with data_path.ping(tenant.floating) as ping:
        ping.wait_answered()
        moves.wait_ha(data_path, tenant.router, standbys=1)
        [active] = moves.ha_hosts(data_path, tenant.router, "active")
        [target] = set(data_path.hosts) - moves.router_hosts(data_path, tenant.router)
        since = time.time()
        moves.add_router(data_path, tenant.router, target)
        moves.wait_ha(data_path, tenant.router, standbys=2)
        assert ping.served(since).unanswered == 0  # one more standby costs nothing
        since = time.time()
        moves.remove_router(data_path, tenant.router, active)
        moves.wait_ha(data_path, tenant.router, standbys=1)
        ping.wait_answered()
        found = ping.served(since)
        assert active not in moves.router_hosts(data_path, tenant.router)
        assert found.unanswered > 0, found
