"""Real guests, a cloud on loopback, settings and the spool: what the tests of crashwatch work with."""

import itertools
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from outboard.corpus.fake_nova import FakeCloud, FakeServer
from outboard.corpus.real_libvirt import RealLibvirt, qemu_xml

NAME = "instance-{:08x}"
UUID = "{:08x}-1111-4111-8111-111111111111"
_numbers = itertools.count(0x100)


class Bench:
    """One guest's worth of everything: guests, the cloud, settings, the spool."""

    def __init__(self, real: RealLibvirt, qemu: Any, cloud: FakeCloud, folder: Path) -> None:
        self.real = real
        self.qemu = qemu
        self.cloud = cloud
        self.folder = folder
        self.events_file = folder / "events.jsonl"

    def guest(self, *, xml: Callable[[int], str] = qemu_xml, **server: Any) -> tuple[int, FakeServer]:
        """A persistent guest that runs, as nova makes them; its number and its server."""
        number = next(_numbers)
        self.qemu.defineXML(xml(number)).create()
        return number, self.cloud.add(UUID.format(number), **server)

    def domain(self, number: int) -> Any:
        return self.qemu.lookupByUUIDString(UUID.format(number))

    def kill(self, number: int, how: int = signal.SIGKILL) -> None:
        os.kill(self.real.qemu_pid(NAME.format(number)), how)

    def again(self) -> None:
        """Connect anew after libvirtd was restarted."""
        import libvirt

        self.qemu = libvirt.open(self.real.uri())

    def config(self, more: str = "", cloud: str = 'name = "envvars"\nhost = "node1"') -> Path:
        path = self.folder / "outboard.toml"
        path.write_text(
            f'[host]\nlibvirt_uri = "{self.real.uri(read_only=True)}"\nrun_dir = "{self.folder}/run"\n'
            f'state_dir = "{self.folder}/state"\n[log]\nformat = "json"\n[cloud]\n{cloud}\n'
            f'[crashwatch]\nqemu_logs = "{self.real.qemu_logs}"\n'
            f'qemu_runs = "{self.real.qemu_runs}"\nevents = "{self.events_file}"\n{more}'
        )
        return path

    def events(self, what: str) -> list[dict[str, Any]]:
        if not self.events_file.exists():
            return []
        lines = [json.loads(line) for line in self.events_file.read_text().splitlines()]
        return [line for line in lines if line["event"] == what]

    def crashes(self, number: int) -> list[dict[str, Any]]:
        """Each once: an event may be told twice, with the same key."""
        found = {e["key"]: e for e in self.events("crash") if e["guest"] == UUID.format(number)}
        return list(found.values())

    def ended(self, number: int) -> set[str]:
        """Keys of the crashes whose outcome was told."""
        return {e["key"] for e in self.events("outcome") if e["guest"] == UUID.format(number)}

    def outcome(self, number: int) -> str:
        found = [e["outcome"] for e in self.events("outcome") if e["guest"] == UUID.format(number)]
        return found[-1] if found else ""
