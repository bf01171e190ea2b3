"""The test bed itself: what it claims to be able to do, done on a real OpenStack."""

import contextlib
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from outboard.corpus.real_libvirt import wait_for
from testbed.bed import Bed, Options
from testbed.errors import BedError
from testbed.fake_agents import HostSpec

pytestmark = pytest.mark.e2e
PATIENCE = 180.0  # seconds; only a failure takes so long, or a machine that others want too


def network_with_subnet(network: Any, name: str = "net", **more: Any) -> tuple[Any, Any]:
    made = network.create_network(name=name, **more)
    return made, network.create_subnet(network_id=made.id, cidr="10.0.0.0/24", ip_version=4)


def hosts_of(network: Any, router: Any) -> dict[str, str | None]:
    """Host of each L3 agent of a router, with its HA state."""
    answer = network.get(f"/routers/{router.id}/l3-agents").json()
    return {agent["host"]: agent["ha_state"] for agent in answer["agents"]}


def agent_on(network: Any, host: str, kind: str) -> Any:
    return next(agent for agent in network.agents(host=host) if agent.agent_type == kind)


@pytest.fixture
def network(bed: Bed) -> Any:
    return bed.connection().network


def test_a_network_gets_a_dhcp_agent_with_an_active_port_and_moves_with_it(bed: Bed, network: Any) -> None:
    made, _ = network_with_subnet(network)
    bed.agents.wait_idle()
    (first,) = network.network_hosting_dhcp_agents(made.id)

    def port() -> Any:
        (found,) = network.ports(network_id=made.id, device_owner="network:dhcp")
        return found

    wait_for(lambda: port().status == "ACTIVE", PATIENCE)
    before = port()
    assert before.binding_host_id == first.host
    assert bed.agents.hosted(first.host, "dhcp") == (made.id,)
    assert agent_on(network, first.host, "DHCP agent").configuration["networks"] in (0, 1)

    second = next(agent for agent in network.agents(agent_type="DHCP agent") if agent.id != first.id)
    assert network.delete(f"/agents/{first.id}/dhcp-networks/{made.id}").status_code == 204
    wait_for(lambda: port().device_id == "reserved_dhcp_port", PATIENCE)
    network.add_dhcp_agent_to_network(second, made.id)
    wait_for(lambda: (port().binding_host_id, port().status) == (second.host, "ACTIVE"), PATIENCE)
    assert port().fixed_ips == before.fixed_ips  # clients' server keeps its address
    wait_for(lambda: agent_on(network, second.host, "DHCP agent").configuration["networks"] == 1, PATIENCE)


def test_a_router_moves_and_its_ports_follow(bed: Bed, network: Any) -> None:
    _, subnet = network_with_subnet(network)
    router = network.create_router(name="router", is_ha=False)
    network.add_interface_to_router(router, subnet=subnet.id)
    (first,) = hosts_of(network, router)
    second = next(host for host in bed.options.hosts if host != first)

    def interface() -> Any:
        (found,) = network.ports(device_id=router.id)
        return found

    wait_for(lambda: (interface().binding_host_id, interface().status) == (first, "ACTIVE"), PATIENCE)
    network.remove_router_from_agent(agent_on(network, first, "L3 agent"), router)
    network.add_router_to_agent(agent_on(network, second, "L3 agent"), router)
    wait_for(lambda: (interface().binding_host_id, interface().status) == (second, "ACTIVE"), PATIENCE)
    wait_for(lambda: router.id in bed.agents.hosted(second, "l3"), PATIENCE)  # the ports come first
    wait_for(lambda: router.id not in bed.agents.hosted(first, "l3"), PATIENCE)


def test_what_is_taken_from_an_agent_while_it_sets_it_up_does_not_stay_there(bed: Bed, network: Any) -> None:
    bed.agents.delay(3.0, *bed.options.hosts)
    made, subnet = network_with_subnet(network)
    router = network.create_router(name="router", is_ha=False)
    network.add_interface_to_router(router, subnet=subnet.id)
    (l3,) = hosts_of(network, router)
    (dhcp,) = network.network_hosting_dhcp_agents(made.id)

    def bound() -> list[str]:
        return [port.binding_host_id for port in network.ports(device_id=router.id)]

    wait_for(lambda: bound() == [l3], PATIENCE)  # the agents have their answers and are at work
    network.remove_router_from_agent(agent_on(network, l3, "L3 agent"), router)
    assert network.delete(f"/agents/{dhcp.id}/dhcp-networks/{made.id}").status_code == 204
    bed.agents.wait_idle()
    assert bed.agents.hosted(l3, "l3") == ()
    # neutron schedules the network once more for the port that a late DHCP agent makes, as it does anywhere.
    told = {agent.host for agent in network.network_hosting_dhcp_agents(made.id)}
    assert {each.host for each in bed.agents.status() if each.kind == "dhcp" and each.hosted} == told


def test_an_ha_router_becomes_active_elsewhere_when_its_host_dies(bed: Bed, network: Any) -> None:
    router = network.create_router(name="router", is_ha=True)
    wait_for(lambda: sorted(map(str, hosts_of(network, router).values())) == ["active", "standby"], PATIENCE)
    states = hosts_of(network, router)
    (active,) = (host for host, state in states.items() if state == "active")
    (standby,) = (host for host, state in states.items() if state == "standby")
    bed.agents.silence(active, kinds=["l3"])  # the process alone: it goes on forwarding
    time.sleep(1)
    assert hosts_of(network, router)[standby] == "standby"
    bed.agents.fail(active)
    wait_for(lambda: hosts_of(network, router)[standby] == "active", PATIENCE)
    wait_for(lambda: not agent_on(network, active, "L3 agent").is_alive, PATIENCE)
    bed.agents.revive(active)
    wait_for(lambda: hosts_of(network, router)[active] == "standby", PATIENCE)


def test_neutron_itself_moves_a_router_from_a_dead_agent(bed: Bed, network: Any) -> None:
    router = network.create_router(name="router", is_ha=False)
    network.add_interface_to_router(router, subnet=network_with_subnet(network)[1].id)
    (first,) = hosts_of(network, router)
    bed.agents.fail(first)
    wait_for(lambda: hosts_of(network, router).keys() not in ({first}, set()), PATIENCE)
    (second,) = hosts_of(network, router)
    wait_for(lambda: router.id in bed.agents.hosted(second, "l3"), PATIENCE)


def test_a_host_joins_and_its_bridge_mappings_decide_what_it_reaches(bed: Bed, network: Any) -> None:
    bed.agents.add([HostSpec("rack-9", bridge_mappings={"physnet9": "br-9"}, zone="nine")])
    wait_for(lambda: len(list(network.agents(host="rack-9"))) == 3, PATIENCE)
    assert agent_on(network, "rack-9", "DHCP agent").availability_zone == "nine"
    made, _ = network_with_subnet(network, provider_network_type="flat", provider_physical_network="physnet9")
    wait_for(lambda: [agent.host for agent in network.network_hosting_dhcp_agents(made.id)], PATIENCE)
    port = network.create_port(network_id=made.id, binding_host_id="rack-9", device_owner="compute:nova")
    wait_for(lambda: network.get_port(port).status == "ACTIVE", PATIENCE)
    elsewhere = network.create_port(network_id=made.id, binding_host_id=bed.options.hosts[0])
    assert elsewhere.binding_vif_type == "binding_failed"
    bed.agents.remove("rack-9")
    wait_for(lambda: not agent_on(network, "rack-9", "L3 agent").is_alive, PATIENCE)


def test_a_guest_boots_moves_and_its_port_is_active(bed: Bed, network: Any) -> None:
    cloud = bed.connection()
    made, _ = network_with_subnet(network)
    image = cloud.create_image(
        "image", data=bytes(1024), container_format="bare", disk_format="raw", wait=True
    )
    flavor = cloud.compute.create_flavor(name="small", ram=64, vcpus=1, disk=0)
    server = cloud.compute.create_server(
        name="guest", image_id=image.id, flavor_id=flavor.id, networks=[{"uuid": made.id}]
    )
    server = cloud.compute.wait_for_server(server, wait=PATIENCE)
    first = server.compute_host
    assert first in bed.computes
    (port,) = network.ports(device_id=server.id)
    wait_for(lambda: network.get_port(port).status == "ACTIVE", PATIENCE)
    cloud.compute.live_migrate_server(server, host=None, block_migration="auto")

    def moved() -> bool:
        now = cloud.compute.get_server(server.id)
        assert now.status != "ERROR", now.fault
        return bool(now.status == "ACTIVE" and now.compute_host != first)

    wait_for(moved, PATIENCE, every=0.5)
    second = cloud.compute.get_server(server.id).compute_host
    wait_for(lambda: network.get_port(port).status == "ACTIVE", PATIENCE)
    assert network.get_port(port).binding_host_id == second


def test_a_compute_that_nova_never_saw_starts_disabled_where_that_is_asked_for(bed: Bed) -> None:
    compute = bed.connection().compute
    bed.set_new_services_enabled(False)
    try:
        bed.start_compute("fresh")
        bed.wait_compute("fresh")
        (service,) = compute.services(host="fresh", binary="nova-compute")
        assert (service.status, service.state) == ("disabled", "up")
    finally:
        bed.set_new_services_enabled(True)


def test_a_part_that_does_not_start_is_named_with_its_log(bed: Bed) -> None:
    bed.processes.start("broken", ["sh", "-c", "echo the reason; exit 7"])
    with pytest.raises(BedError, match=r"(?s)broken ended with 7.*the reason"):
        bed.processes.wait("broken", lambda: False, "broken")
    bed.control.stop("broken")


def test_the_reset_leaves_nothing_of_a_test(bed: Bed, network: Any) -> None:
    """Whatever the tests before this one made: a clean bed has only what it started with."""
    assert not list(network.networks())
    assert not list(network.routers())
    assert not list(network.ports())
    assert {agent.host for agent in network.agents()} == set(bed.options.hosts)
    assert all(agent.is_alive for agent in network.agents())
    compute = bed.connection().compute
    assert not list(compute.servers(all_projects=True))
    services = list(compute.services(binary="nova-compute"))
    assert {service.host: service.status for service in services} == dict.fromkeys(bed.computes, "enabled")


@pytest.mark.parametrize("victim", ["user", "supervisor"])
def test_kill_9_leaves_nothing(running_bed: Bed, tmp_path: Path, victim: str) -> None:
    """A second bed beside the first: also its ports must not meet."""
    folder = tmp_path / "bed"
    script = (
        "import sys, time; from pathlib import Path; from testbed.bed import Bed, Options\n"
        "bed = Bed.start(Path(sys.argv[1]), Options(nova=False, hosts=('one',)))\n"
        "print('up', flush=True); time.sleep(600)"
    )
    user = subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert user.stdout is not None
    try:
        assert user.stdout.readline() == "up\n", user.communicate()
        second = Bed.attach(folder)
        assert second.options == Options(nova=False, hosts=("one",))
        pid = second.control.pid
        inside = len(processes_below(pid))
        assert inside > 8  # MariaDB, RabbitMQ with its helpers, uwsgi, neutron's, the agents
        if victim == "user":
            second.close()
            user.kill()
        else:
            subprocess.run(["kill", "-9", str(pid)], check=True)
        wait_for(lambda: not processes_below(pid), 10)
        assert "bed/mysql" not in Path("/proc/mounts").read_text()
        with contextlib.suppress(BedError):
            second.close()
    finally:
        user.kill()
        user.communicate()


def processes_below(pid: int) -> list[str]:
    """Processes of the process namespace that process ``pid`` is the first of, dead or alive ones of it."""
    try:
        namespace = Path(f"/proc/{pid}/ns/pid").readlink()
    except OSError:
        return []
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (folder / "ns/pid").readlink() == namespace:
                found.append(folder.name)
    return found
