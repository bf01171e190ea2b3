"""cpulat: from a guest's start until the latency of its CPUs is written, and from its end until it is free.

    python benchmarks/outboard_cpulat.py [--starts N] [--qemu N]

The real daemon beside a real libvirtd: its test driver for volume, then QEMU (TCG, 64 MB). A start counts
from the end of the call that makes it: libvirt sends its event a little before. An end is a kill -9 of QEMU.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from queue import SimpleQueue

from bench.percentiles import percentiles
from bench.tmpfs import ON_TMPFS
from outboard.corpus import CellPlan, FakeHost, Guest, Policy, Topology
from outboard.corpus.real_libvirt import RealLibvirt, missing, qemu_xml, running
from outboard.files import read_attribute
from outboard.hypervisor import Hypervisor
from outboard.libvirt_events import Event


def main() -> int:
    """Print the times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--starts", type=int, default=300, help="on the test driver (default 300)")
    parser.add_argument("--qemu", type=int, default=30, help="on QEMU (default 30)")
    options = parser.parse_args()
    if why := missing():
        print(f"not measured: {why}")
        return 0
    with tempfile.TemporaryDirectory(dir=ON_TMPFS) as name:
        real = RealLibvirt(Path(name) / "libvirt")
        keeper = Hypervisor(real.uri("test", read_only=True), SimpleQueue[Event]())
        keeper.connect()
        try:
            _measure(Path(name), real, "test", options.starts)
            _measure(Path(name), real, "qemu", options.qemu)
        finally:
            keeper.close()
            real.close()
    return 0


def _measure(folder: Path, real: RealLibvirt, driver: str, starts: int) -> None:
    import libvirt

    fake = FakeHost(folder / driver, Topology.of(1, 64), idle=(0, 2))
    config = folder / f"{driver}.toml"
    config.write_text(
        f'[host]\nlibvirt_uri = "{real.uri(driver, read_only=True)}"\nsysfs = "{fake.sysfs}"\n'
        f'procfs = "{fake.procfs}"\nrun_dir = "{folder}/run"\n[cpulat]\ndefault = "low"\n'
    )
    connection = libvirt.open(real.uri(driver))
    written, freed = [], []
    with running("cpulat", config, folder / f"{driver}.log"):
        for number in range(1, starts + 1):
            domain = connection.createXML(_xml(driver, number))
            cpus = range(2) if driver == "qemu" else range(2, 6)
            written.append(_until(fake, cpus, "2"))
            if driver == "qemu":
                os.kill(real.qemu_pid(f"instance-{number:08x}"), signal.SIGKILL)
            else:
                domain.destroy()
            freed.append(_until(fake, cpus, "0"))
    connection.close()
    print(f"{driver}: guest started -> latency written: {percentiles(written)}")
    print(f"{driver}: guest ended -> CPUs free:         {percentiles(freed)}")


def _xml(driver: str, number: int) -> str:
    if driver == "qemu":
        return qemu_xml(number, vcpus=2, pins={0: 0, 1: 1})
    cell = CellPlan(0, {vcpu: vcpu + 2 for vcpu in range(4)})
    name, uuid = f"instance-{number:08x}", f"{number:08x}-1111-4111-8111-111111111111"
    return Guest(uuid, name, Policy.DEDICATED, (cell,)).xml("test")


def _until(fake: FakeHost, cpus: range, value: str) -> float:
    """Seconds until all have the value."""
    start = time.monotonic()
    while any(read_attribute(fake.latency_file(cpu)) != value for cpu in cpus):
        if time.monotonic() - start > 30:
            raise RuntimeError(f"the latency never became {value}")
        time.sleep(0.0005)
    return time.monotonic() - start


if __name__ == "__main__":
    sys.exit(main())
