"""A guest that migrates takes its latency along: real libvirtd on both sides, real QEMU."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from outboard.corpus import FakeHost, Topology
from outboard.corpus.real_libvirt import RealLibvirt, missing, qemu_xml, running, wait_for

pytestmark = pytest.mark.e2e


def test_latency_follows_a_guest_to_another_host(tmp_path: Path, settings_file: Callable[..., Path]) -> None:
    import libvirt

    if why := missing():
        pytest.skip(why)
    names = ("one", "two")
    with contextlib.ExitStack() as stack:
        hosts: dict[str, tuple[FakeHost, Any]] = {}
        for name in names:
            real = RealLibvirt(tmp_path / f"libvirt-{name}", hostname=name)
            stack.callback(real.close)
            fake = FakeHost(tmp_path / name, Topology.of(1, 8), idle=(0, 2, 40))
            fake.latency_file(1).write_text("77\n")  # what its administrator set
            config = settings_file(fake, real.uri(read_only=True), '[cpulat]\ndefault = "low"\n')
            config.write_text(config.read_text().replace('/run"', f'/run-{name}"'))
            stack.enter_context(running("cpulat", config, tmp_path / f"{name}.log"))
            connection = libvirt.open(real.uri())
            stack.callback(connection.close)
            hosts[name] = fake, connection

        def latencies() -> list[str]:
            return [hosts[name][0].latency(1) for name in names]

        guest = hosts["one"][1].createXML(qemu_xml(0x91, pins={0: 1}))
        wait_for(lambda: latencies() == ["2", "77"])
        for source, target in (names, names[::-1]):
            parameters = {libvirt.VIR_MIGRATE_PARAM_URI: "tcp://127.0.0.1"}
            flags = libvirt.VIR_MIGRATE_LIVE | libvirt.VIR_MIGRATE_UNSAFE
            guest = guest.migrate3(hosts[target][1], parameters, flags)
            wait_for(lambda: latencies() == (["77", "2"] if target == "two" else ["2", "77"]))  # noqa: B023
            assert not hosts[source][1].listAllDomains()
        guest.destroy()
        wait_for(lambda: latencies() == ["77", "77"])
