"""hostguard as a real process on a real nova, placement and neutron."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from outboard.corpus.real_libvirt import wait_for
from outboard.hostguard.model import OURS
from testbed.bed import Bed
from testbed.fake_agents import HostSpec

pytestmark = pytest.mark.e2e
_PATIENCE = 240.0  # seconds; the machine is shared
_NEW = "compute-new"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


class Guard:
    """Its settings, its daemon, its commands."""

    def __init__(self, bed: Bed, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ, "OS_CLIENT_CONFIG_FILE": str(bed.layout.clouds_yaml),
            "OUTBOARD_CONFIG": str(folder / "outboard.toml"),
        }  # fmt: skip
        self.configure()

    def configure(self, more: str = "") -> None:
        (self.folder / "outboard.toml").write_text(
            f'[host]\nrun_dir = "{self.folder}/run"\nstate_dir = "{self.folder}/state"\n'
            '[log]\nformat = "json"\n'
            '[cloud]\nname = "testbed"\ninterface = "public"\ntimeout = 60.0\n[leader]\nlease = 180.0\n'
            f'[hostguard]\naudit_interval = 1.0\nevents = "{self.folder}/events"\nconfirm_after = 1.0\n'
            f"tell_command = []\n{more or 'drain_command = []'}\n"
        )

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "outboard", "hostguard", *arguments], env=self.environment,
            capture_output=True, text=True, timeout=_PATIENCE,
        )  # fmt: skip

    @contextmanager
    def daemon(self) -> Iterator["subprocess.Popen[bytes]"]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "outboard", "hostguard", "run"], env=self.environment, stderr=log
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def rests(self) -> bool:
        """Whether nothing is left to do: a second run would write nothing."""
        return self.run("run", "--dry-run").returncode == 0


@pytest.fixture
def guard(bed: Bed, tmp_path: Path) -> Guard:
    return Guard(bed, tmp_path)


@pytest.fixture
def cloud(bed: Bed) -> Any:
    return bed.connection()


@pytest.fixture
def new_host(bed: Bed, cloud: Any) -> Iterator[str]:
    """A host whose nova-compute starts for the first time, and is disabled; the others are shut by hand."""
    bed.set_new_services_enabled(False)
    for service in cloud.compute.services(binary="nova-compute"):
        cloud.compute.update_service(service.id, status="disabled", disabled_reason="by hand")
    bed.agents.add([HostSpec(name=_NEW)])
    bed.start_compute(_NEW)
    yield _NEW
    # nova keeps the service of a host that has guests, and deletes guests only while their compute answers.
    for server in cloud.compute.servers(all_projects=True, details=False):
        cloud.compute.delete_server(server.id, force=True, ignore_missing=True)
    wait_for(lambda: not any(cloud.compute.servers(all_projects=True, details=False)), 120.0)
    bed.stop_compute(_NEW)
    for service in cloud.compute.services(binary="nova-compute", host=_NEW):
        cloud.compute.delete_service(service.id)
    bed.agents.remove(_NEW)
    bed.set_new_services_enabled(True)


def _boots(cloud: Any) -> Callable[[], Any]:
    image = cloud.image.create_image(
        name="i", disk_format="raw", container_format="bare", data=b"x", min_disk=0, min_ram=0
    )
    cloud.set_compute_quotas(cloud.current_project_id, instances=-1, cores=-1, ram=-1)
    flavor = cloud.compute.create_flavor(name="f", ram=64, vcpus=1, disk=0)
    return lambda: cloud.compute.create_server(
        name="s", image_id=image.id, flavor_id=flavor.id, networks="none"
    )


def _service(cloud: Any, host: str) -> Any:
    return next(iter(cloud.compute.services(binary="nova-compute", host=host)), None)


def test_no_boot_lands_on_a_host_before_its_gates_are_open(
    guard: Guard, cloud: Any, new_host: str, tmp_path: Path
) -> None:
    flag = tmp_path / "open"
    guard.configure(f'drain_command = []\nretry = 0.5\ngate_command = ["test", "-e", "{flag}"]')
    guard.run("set", new_host, "enabled")
    boot = _boots(cloud)
    with guard.daemon():
        wait_for(lambda: "script" in guard.run("status").stdout, _PATIENCE, every=1)
        early = [boot().id for _ in range(20)]
        wait_for(
            lambda: {cloud.compute.get_server(each).status for each in early} == {"ERROR"}, _PATIENCE, every=1
        )
        assert [s.id for s in cloud.compute.servers(all_projects=True, compute_host=new_host)] == []
        flag.touch()
        landed = wait_for(
            lambda: boot() and list(cloud.compute.servers(all_projects=True, compute_host=new_host)),
            _PATIENCE, every=1,
        )  # fmt: skip
    assert {server.id for server in landed}.isdisjoint(early)
    assert _service(cloud, new_host).status == "enabled"
    assert guard.rests()


def test_killed_at_any_moment_it_ends_right(guard: Guard, cloud: Any, bed: Bed) -> None:
    """kill -9, later and later within its work, until a life was long enough; then nothing is left to do."""
    host = bed.computes[0]
    guard.run("set", host, "drained")
    for tenths in range(5, 40, 5):
        with guard.daemon() as process:
            time.sleep(tenths / 10)
            process.send_signal(signal.SIGKILL)
    with guard.daemon():
        wait_for(guard.rests, _PATIENCE, every=1)
    service = _service(cloud, host)
    assert (service.status, service.disabled_reason) == ("disabled", f"{OURS}drained")
    down = {a.agent_type for a in cloud.network.agents(host=host) if not a.is_admin_state_up}
    assert down == {"DHCP agent", "L3 agent"}


def test_agents_go_down_only_after_the_networks_moved(
    guard: Guard, cloud: Any, bed: Bed, tmp_path: Path
) -> None:
    network = cloud.network.create_network(name="n")
    cloud.network.create_subnet(network_id=network.id, cidr="10.0.0.0/24", ip_version=4)
    bed.agents.wait_idle()
    (source,) = cloud.network.network_hosting_dhcp_agents(network.id)
    target = next(a for a in cloud.network.agents(agent_type="DHCP agent") if a.host != source.host)
    guard.run("set", source.host, "drained")
    with guard.daemon():
        wait_for(lambda: "DHCP agent hosts 1" in guard.run("status").stdout, _PATIENCE, every=1)
        assert cloud.network.get_agent(source.id).is_admin_state_up
        cloud.network.add_dhcp_agent_to_network(target, network.id)
        cloud.network.delete(f"/agents/{source.id}/dhcp-networks/{network.id}")
        wait_for(lambda: not cloud.network.get_agent(source.id).is_admin_state_up, _PATIENCE, every=1)
        wait_for(guard.rests, _PATIENCE, every=1)


def test_a_failed_host_is_handed_over_once_it_is_fenced(guard: Guard, cloud: Any, bed: Bed) -> None:
    server = _boots(cloud)()
    server = cloud.compute.wait_for_server(server, wait=_PATIENCE)
    host = cloud.compute.get_server(server.id).compute_host
    bed.stop_compute(host)
    bed.agents.fail(host)
    guard.configure('drain_command = []\nevacuate = "nova"')
    guard.run("set", host, "failed")
    with guard.daemon():
        wait_for(lambda: "fencing is not confirmed" in guard.run("status").stdout, _PATIENCE, every=1)
        assert not _service(cloud, host).is_forced_down
        guard.run("set", host, "failed", "--fenced")
        wait_for(lambda: _service(cloud, host).is_forced_down, _PATIENCE, every=1)
        wait_for(
            lambda: cloud.compute.get_server(server.id).compute_host not in (host, None), _PATIENCE, every=1
        )
        wait_for(guard.rests, _PATIENCE, every=1)


def test_the_alarm_of_a_dead_agent_is_raised_and_cleared(guard: Guard, cloud: Any, bed: Bed) -> None:
    host = bed.computes[0]
    guard.run("set", host, "enabled")

    def alarms() -> list[bool]:
        lines = (
            (guard.folder / "events").read_text().splitlines() if (guard.folder / "events").exists() else []
        )
        return [
            event["raised"] for event in map(json.loads, lines)
            if event["event"] == "alarm" and event["about"] == "L3 agent"
        ]  # fmt: skip

    with guard.daemon():
        wait_for(lambda: (guard.folder / "events").exists(), _PATIENCE)
        bed.agents.silence(host, kinds=["l3"])
        wait_for(lambda: alarms() == [True], _PATIENCE)
        bed.agents.revive(host, kinds=["l3"])
        wait_for(lambda: alarms() == [True, False], _PATIENCE)
