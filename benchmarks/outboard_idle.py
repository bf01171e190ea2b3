"""What the daemons cost while 50 guests idle: CPU as a share of one core, and memory.

    python benchmarks/outboard_idle.py [--guests N] [--seconds N]

Each daemon beside a real libvirtd with guests of its test driver, each with four devices of 16 vectors. The
first ten seconds (start, first look) are left out; the time holds the audits that fall into it. crashwatch
and orphanwatch have a cloud to ask, which is an HTTP server here; orphanwatch looks ten times as often as it
does by default. Run it with the Python of an environment that has outboard[host,cloud] and nothing else:
structlog loads rich where it finds it.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from queue import SimpleQueue

from bench.tmpfs import ON_TMPFS
from outboard.corpus import CellPlan, DevicePlan, FakeHost, Guest, Policy, Topology
from outboard.corpus.fake_nova import FakeCloud
from outboard.corpus.real_libvirt import RealLibvirt, missing, running
from outboard.domain import DeviceKind
from outboard.hypervisor import Hypervisor
from outboard.libvirt_events import Event

_CLOUD = '[cloud]\nname = "envvars"\nhost = "node1"\n'
_METRICS = 'metrics = "127.0.0.1:0"\n'
_SERVICES = (
    *((service, f"[{service}]\n{_METRICS}") for service in ("irqpin", "cpulat", "crashwatch")),
    ("crashwatch", f"{_CLOUD}[crashwatch]\n{_METRICS}"),
    ("orphanwatch", f"{_CLOUD}[orphanwatch]\naudit_interval = 30\n{_METRICS}"),
)
_DEVICES = 4
_VECTORS = 16


def main() -> int:
    """Print a row for each daemon."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--guests", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=180, help="per daemon (default 180)")
    options = parser.parse_args()
    if why := missing():
        print(f"not measured: {why}")
        return 0
    with tempfile.TemporaryDirectory(dir=ON_TMPFS) as name:
        folder = Path(name)
        fake = FakeHost(folder / "host", Topology.of(4, 64), idle=(0, 2))
        real = RealLibvirt(folder / "libvirt")
        keeper = Hypervisor(real.uri("test", read_only=True), SimpleQueue[Event]())
        keeper.connect()
        try:
            _start(real, fake, options.guests)
            with FakeCloud.serving() as cloud:
                os.environ.update(cloud.environment())
                for number in range(1, options.guests + 1):
                    cloud.add(_uuid(number))
                for service, more in _SERVICES:
                    _measure(service, more, folder, real, fake, options.seconds)
        finally:
            keeper.close()
            real.close()
    return 0


def _start(real: RealLibvirt, fake: FakeHost, guests: int) -> None:
    import libvirt

    connection = libvirt.open(real.uri("test"))
    for number in range(1, guests + 1):
        node = number % 4
        own = sorted(fake.topology.nodes[node])[number // 4 * 4 : number // 4 * 4 + 4]
        devices = tuple(
            DevicePlan(DeviceKind.HOSTDEV, f"0000:{number + 16:02x}:{each:02x}.0", node)
            for each in range(_DEVICES)
        )
        for device in devices:
            fake.add_device(device.address, node, vectors=_VECTORS)
        name, uuid = f"instance-{number:08x}", _uuid(number)
        cell = CellPlan(node, dict(enumerate(own)))
        guest = Guest(
            uuid, name, Policy.DEDICATED, (cell,), devices, extra_specs={"outboard:cpu_latency": "low"}
        )
        connection.createXML(guest.xml("test"))
    connection.close()


def _uuid(number: int) -> str:
    return f"{number:08x}-1111-4111-8111-111111111111"


def _measure(service: str, more: str, folder: Path, real: RealLibvirt, fake: FakeHost, seconds: int) -> None:
    config = folder / "outboard.toml"
    config.write_text(
        f'[host]\nlibvirt_uri = "{real.uri("test", read_only=True)}"\nsysfs = "{fake.sysfs}"\n'
        f'procfs = "{fake.procfs}"\nrun_dir = "{folder}/run"\n'
        f'state_dir = "{folder}/state"\n{more}'
    )
    with running(service, config, folder / "log") as daemon:
        time.sleep(10)
        pid = daemon.process.pid
        before = _cpu(pid)
        time.sleep(seconds)
        share = (_cpu(pid) - before) / seconds
        print(
            f"{service}{' with [cloud]' if _CLOUD in more else ''}: {share:.2%} of one core over {seconds} s,"
            f" {_resident(pid):.1f} MB resident",
            flush=True,
        )


def _cpu(pid: int) -> float:
    """Seconds of CPU the process has used, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> float:
    line = next(
        each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if each.startswith("VmRSS")
    )
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    sys.exit(main())
