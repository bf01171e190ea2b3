"""How long netbalance takes to empty a host of a real neutron: networks, routers, a host that failed.

    python benchmarks/outboard_emptying.py [--networks 100] [--routers 100] [--failed 50] [--folder BED]

On the test bed (``make testbed``), its agents not real: what counts is neutron's own time. Everything is put
on one host of three; then that host is drained with the default settings, once for each of the three. Empty
it is when the last move has ended; reserved ports are deleted after that. The failed host's agents die first;
a daemon runs and is told, and the time is from that word until every network has an ACTIVE DHCP port on a
host that lives. A number of 0 leaves its part out. --folder: a bed that runs already; else one is started,
with neutron's own agent_down_time of 75 s.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from testbed.bed import Bed, Options
from testbed.reset import reset
from testbed.seeding import create_networks, create_routers

_COMMAND = (sys.executable, "-m", "outboard", "netbalance")
_PATIENCE = 600.0  # seconds


def main() -> int:
    """Measure what is asked for, one after the other on an empty bed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--networks", type=int, default=100)
    parser.add_argument("--routers", type=int, default=100)
    parser.add_argument("--failed", type=int, default=50)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with _bed(options.folder) as bed, tempfile.TemporaryDirectory() as name:
        for count, routers, failed in (
            (options.networks, False, False),
            (options.routers, True, False),
            (options.failed, False, True),
        ):
            if count:
                reset(bed)
                _seed(bed, count, routers=routers)
                environment = _settings(Path(name), bed)
                host = bed.options.hosts[0]
                (_fail if failed else _drain)(bed, environment, host)
    return 0


@contextlib.contextmanager
def _bed(folder: Path | None) -> Iterator[Bed]:
    if folder:
        bed = Bed.attach(folder)
        yield bed
        bed.close()
        return
    with tempfile.TemporaryDirectory() as name:
        bed = Bed.start(Path(name), Options(nova=False, agent_down_time=75), say=print)
        try:
            yield bed
        finally:
            bed.stop()


def _seed(bed: Bed, count: int, *, routers: bool) -> None:
    """``count`` networks, or routers, on the first host: the others' agents take nothing meanwhile. Networks
    that the routers are on have no DHCP, so that routers are what takes time."""
    network = bed.connection().network
    others = [
        agent
        for agent in network.agents()
        if agent.host != bed.options.hosts[0] and agent.agent_type in ("DHCP agent", "L3 agent")
    ]
    for agent in others:
        network.update_agent(agent, admin_state_up=False)
    if routers:
        subnets = []
        for number in range(count):
            made = network.create_network(name=f"net-{number}")
            subnet = network.create_subnet(
                network_id=made.id,
                cidr=f"10.{number // 256}.{number % 256}.0/24",
                ip_version=4,
                enable_dhcp=False,
            )
            subnets.append(subnet.id)
        create_routers(network, subnets)
    else:
        create_networks(network, count)
    bed.agents.wait_idle(_PATIENCE)
    for agent in others:
        network.update_agent(agent, admin_state_up=True)


def _settings(folder: Path, bed: Bed) -> dict[str, str]:
    file = folder / "outboard.toml"
    file.write_text(
        f'[host]\nrun_dir = "{folder}/run"\nstate_dir = "{folder}/state"\n[log]\nlevel = "info"\n'
        f'[cloud]\nname = "testbed"\n[netbalance]\nrebalance = false\n'
    )
    return os.environ | {"OUTBOARD_CONFIG": str(file), "OS_CLIENT_CONFIG_FILE": str(bed.layout.clouds_yaml)}


def _drain(bed: Bed, environment: dict[str, str], host: str) -> None:
    began = datetime.now(UTC)
    done = subprocess.run(
        [*_COMMAND, "drain", host, "--json"], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)
    report = json.loads(done.stdout)
    empty = (max(_moved(done.stderr), default=began) - began).total_seconds()
    kinds = Counter(move["kind"] for move in report["moves"])
    slowest = max((move["seconds"] for move in report["moves"]), default=0.0)
    print(
        f"{host}: {kinds['dhcp']} networks and {kinds['l3']} routers moved, {len(report['left'])} left: "
        f"empty after {empty:.1f} s, ended after {report['seconds']} s, {report['requests']} requests, "
        f"slowest move {slowest:.1f} s", flush=True,
    )  # fmt: skip
    bed.agents.wait_idle(_PATIENCE)


def _fail(bed: Bed, environment: dict[str, str], host: str) -> None:
    network = bed.connection().network
    networks = {made.id for made in network.networks()}
    folder = Path(environment["OUTBOARD_CONFIG"]).parent
    shutil.rmtree(folder / "state", ignore_errors=True)
    said = folder / "said"
    with said.open("w") as stream:
        daemon = subprocess.Popen([*_COMMAND, "run"], env=environment, stderr=stream)
    try:
        _until((folder / "state/netbalance-known.json").exists)  # its first look is behind it
        bed.agents.fail(host)
        began = datetime.now(UTC)
        subprocess.run([*_COMMAND, "tell", host, "failed"], env=environment, check=True)
        # By what it says, without a request: neutron is not to be kept busy meanwhile.
        _until(lambda: len(_moved(said.read_text())) >= len(networks))
        seconds = max(_moved(said.read_text())) - began
        missing = networks - _served(network, host)
        print(
            f"{host} failed: {len(networks) - len(missing)} of {len(networks)} networks served again "
            f"after {seconds.total_seconds():.1f} s", flush=True,
        )  # fmt: skip
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait()


def _until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"not within {_PATIENCE:.0f} s")
        time.sleep(0.1)


def _moved(said: str) -> list[datetime]:
    """When moves ended, by the log."""
    lines = [json.loads(line) for line in said.splitlines(keepends=True) if line.endswith("\n")]
    return [datetime.fromisoformat(line["timestamp"]) for line in lines if line["event"] == "moved"]


def _served(network: Any, host: str) -> set[str]:
    """Networks with an ACTIVE DHCP port elsewhere than on ``host``."""
    return {
        port.network_id
        for port in network.ports(device_owner="network:dhcp")
        if port.status == "ACTIVE" and port.binding_host_id != host
    }


if __name__ == "__main__":
    sys.exit(main())
