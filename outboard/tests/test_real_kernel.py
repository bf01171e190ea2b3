"""The services on this machine's own kernel: interrupts are moved and put back, CPUs limited and freed.

Only where ``OUTBOARD_REAL_HOST=1`` allows it: it changes the machine for a moment. The guest is one of
libvirt's test driver that claims devices of this host.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from outboard.corpus import CellPlan, DevicePlan, Guest, Policy
from outboard.corpus.real_libvirt import RealLibvirt, wait_for
from outboard.domain import DeviceKind
from outboard.files import read_attribute
from outboard.host import Host
from outboard.irqpin.interrupts import Interrupts

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(os.environ.get("OUTBOARD_REAL_HOST") != "1", reason="OUTBOARD_REAL_HOST is not 1"),
]

_LATENCY = Path("/sys/devices/system/cpu/cpu1/power/pm_qos_resume_latency_us")


@pytest.fixture
def config(libvirt_host: RealLibvirt, tmp_path: Path) -> Path:
    path = tmp_path / "outboard.toml"
    path.write_text(
        f'[host]\nlibvirt_uri = "{libvirt_host.uri("test", read_only=True)}"\nrun_dir = "{tmp_path}/run"\n'
        '[irqpin]\nirqbalance = "ignore"\n[cpulat.policies]\nlow = "n/a"\n'
    )
    return path


def _outboard(*arguments: str) -> Any:
    done = subprocess.run([sys.executable, "-m", "outboard", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout else None


def _devices() -> dict[str, tuple[int, ...]]:
    """Devices of this host that have vectors somebody uses."""
    interrupts = Interrupts(Host())
    found = {}
    for path in Path("/sys/bus/pci/devices").iterdir():
        irqs = tuple(irq for irq in interrupts.of(path.name) if interrupts.affinity(irq) is not None)
        if irqs:
            found[path.name] = irqs
    return found


def _effective(irq: int) -> str:
    return read_attribute(f"/proc/irq/{irq}/effective_affinity_list")


def test_real_vectors_go_to_a_cpu_and_back(config: Path, test_driver: Any) -> None:
    devices = _devices()
    if not devices:
        pytest.skip("no device of this host has MSI vectors")
    plans = tuple(DevicePlan(DeviceKind.HOSTDEV, address, None) for address in devices)
    guest = Guest(
        "aaaaaaaa-1111-4111-8111-111111111111", "x", Policy.DEDICATED, (CellPlan(0, {0: 1}),), plans
    )
    interrupts = Interrupts(Host())
    before = {irq: interrupts.affinity(irq) for irqs in devices.values() for irq in irqs}
    elsewhere = {irq: _effective(irq) for irq in before}
    test_driver.createXML(guest.xml("test"))
    try:
        rows = _outboard("irqpin", "--once", "--json", "--config", str(config))
        states = {row["irq"]: row["state"] for row in rows}
        assert states.keys() == before.keys()
        for irq, state in states.items():
            moved = interrupts.affinity(irq) == {1}
            assert state in ({"moved", "right"} if moved else {"refused"}), irq
        # The kernel moves it when the next interrupt arrives: of the busy ones, soon.
        went = [irq for irq, state in states.items() if state == "moved" and elsewhere[irq] != "1"]
        wait_for(lambda: any(_effective(irq) == "1" for irq in went))
    finally:
        _outboard("irqpin", "--release", "--config", str(config))
    assert {irq: interrupts.affinity(irq) for irq in before} == before


def test_a_real_cpu_is_limited_and_freed(config: Path, test_driver: Any) -> None:
    before = read_attribute(_LATENCY)
    guest = Guest(
        "aaaaaaaa-1111-4111-8111-111111111111", "x", Policy.DEDICATED, (CellPlan(0, {0: 1}),),
        extra_specs={"outboard:cpu_latency": "low"},
    )  # fmt: skip
    test_driver.createXML(guest.xml("test"))
    try:
        (row,) = _outboard("cpulat", "--once", "--json", "--config", str(config))
        assert (row["cpu"], row["state"]) == (1, "set")
        assert read_attribute(_LATENCY) == "n/a"
    finally:
        _outboard("cpulat", "--release", "--config", str(config))
    assert read_attribute(_LATENCY) == before
