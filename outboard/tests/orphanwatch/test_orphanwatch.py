"""Domains nova does not own: two looks, moves left alone, answers not believed, real domains destroyed."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from outboard.cloud import CloudSection
from outboard.cloud_api import CloudApi
from outboard.corpus.fake_nova import FakeCloud, Fault
from outboard.corpus.real_libvirt import RealLibvirt, qemu_xml
from outboard.domain import parse_domain
from outboard.hypervisor import Census, DomainState, Hypervisor
from outboard.orphanwatch import OrphanWatch, OrphanWatchSection
from outboard.orphanwatch.act import act
from outboard.orphanwatch.nova import CloudNova
from outboard.orphanwatch.service import FORMAT, Libvirt, Suspect
from outboard.state import StateFile
from prometheus_client import CollectorRegistry

# openstacksdk warns of its own calls.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")

_UUIDS = [f"{number:08x}-1111-4111-8111-111111111111" for number in range(1, 5)]
_NOBODY = Census(())


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCloud]:
    with FakeCloud.serving() as fake:
        for name, value in fake.environment().items():
            monkeypatch.setenv(name, value)
        for uuid in _UUIDS:
            fake.add(uuid)
        yield fake


class Watch:
    """The service on four domains, with a clock that is set."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.now = 1000.0
        self.acts: list[tuple[str, str]] = []
        self.folder = folder
        self.settings = settings
        self.service = self.start()

    def start(self) -> OrphanWatch:
        domains = {u: parse_domain(qemu_xml(n)) for n, u in enumerate(_UUIDS, 1)}
        states = tuple(DomainState(u, f"instance-{u[:8]}", 1, 1) for u in _UUIDS)
        libvirt = Libvirt(lambda: states, domains.get, lambda uuid, action: self.acts.append((uuid, action)))
        nova = CloudNova(CloudApi(CloudSection(name="envvars", timeout=2.0)))
        state = StateFile(self.folder / "orphanwatch.json", dict[str, Suspect], number=FORMAT)
        return OrphanWatch(
            libvirt, nova, "node1", OrphanWatchSection(**self.settings), state, CollectorRegistry(),
            clock=lambda: self.now,
        )  # fmt: skip

    def look(self, later: float = 0.0) -> list[tuple[str, str]]:
        self.now += later
        self.service.level(_NOBODY)
        return [(row.uuid, row.state) for row in self.service.rows()]


def test_two_looks_and_no_act(cloud: FakeCloud, tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    assert watch.look() == []
    del cloud.servers[_UUIDS[0]]
    assert watch.look() == [(_UUIDS[0], "suspect")]
    assert watch.look(200) == [(_UUIDS[0], "suspect")]
    watch.service = watch.start()  # it is remembered over a restart
    assert watch.look(100) == [(_UUIDS[0], "orphan")]
    assert watch.acts == []
    cloud.add(_UUIDS[0])
    assert watch.look(300) == []


def test_a_server_elsewhere_is_one_unless_it_moves(cloud: FakeCloud, tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    server = cloud.servers[_UUIDS[1]]
    server.host = "node2"
    for status, task in (("MIGRATING", "migrating"), ("VERIFY_RESIZE", None), ("ACTIVE", "rebuilding")):
        server.status, server.task_state = status, task
        assert watch.look() == []
    server.status, server.task_state = "ACTIVE", None
    cloud.migrations = [{"id": 1, "instance_uuid": _UUIDS[1], "status": "post-migrating"}]
    assert watch.look() == []
    cloud.migrations[0]["status"] = "completed"
    assert watch.look() == [(_UUIDS[1], "suspect")]
    assert watch.service.rows()[0].why == "nova has it on node2"


@pytest.mark.parametrize(("action", "state"), [("pause", "paused"), ("destroy", "destroyed")])
def test_what_was_asked_for_is_done_once(cloud: FakeCloud, tmp_path: Path, action: str, state: str) -> None:
    watch = Watch(tmp_path, action=action)
    del cloud.servers[_UUIDS[2]]
    watch.look()
    assert watch.acts == []
    for _ in range(3):
        assert watch.look(300) == [(_UUIDS[2], state)]
    assert watch.acts == [(_UUIDS[2], action)]


def test_answers_that_cannot_be_believed_judge_nobody(
    cloud: FakeCloud, tmp_path: Path, logged: list[Any]
) -> None:
    watch = Watch(tmp_path, action="destroy")
    for uuid in _UUIDS[:3]:
        del cloud.servers[uuid]  # as for a user who may not see them
    assert watch.look() == watch.look(300) == watch.look(300) == []
    for uuid in _UUIDS[:2]:
        cloud.add(uuid)
    cloud.services.clear()
    assert watch.look(300) == watch.look(300) == []
    cloud.services.append("node1")
    cloud.faults.append(Fault("GET /compute/v2.1/servers", 503, 1))
    assert watch.look() == []
    assert watch.acts == []
    said = [
        line["why"]
        for line in logged
        if "not believed" in line["event"] or "cannot be asked" in line["event"]
    ]
    assert len(said) == 3  # each once


def test_a_real_orphan_is_destroyed_with_all_that_hangs_on_it(libvirt_host: RealLibvirt, qemu: Any) -> None:
    hypervisor = Hypervisor(libvirt_host.uri(read_only=True), SimpleQueue())
    hypervisor.connect()
    do = partial(act, libvirt_host.uri())
    domain = qemu.defineXML(qemu_xml(0x51))
    uuid = domain.UUIDString()
    domain.create()
    do(uuid, "pause")
    assert domain.state()[0] == 3
    domain.resume()
    domain.managedSave()  # plain undefine refuses a domain with one
    do(uuid, "destroy")
    assert hypervisor.definition(uuid) is None
    do(uuid, "destroy")  # gone is fine
    running = qemu.createXML(qemu_xml(0x52))
    do(running.UUIDString(), "destroy")
    assert hypervisor.states() == ()
    hypervisor.close()


def test_the_command(
    cloud: FakeCloud, libvirt_host: RealLibvirt, qemu: Any, fake: Any, settings_file: Callable[..., Path]
) -> None:
    for number in (1, 0x60):
        qemu.defineXML(qemu_xml(number))
    table = '[cloud]\nname = "envvars"\nhost = "node1"\n[orphanwatch]\nconfirm_after = 0\n'
    config = settings_file(fake, libvirt_host.uri(read_only=True), table)

    def run(*options: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "outboard", "orphanwatch", *options, "--config", str(config)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    dry = run("--dry-run", "--json")
    assert (dry.returncode, [row["state"] for row in json.loads(dry.stdout)]) == (0, ["suspect"])
    assert run("--once").returncode == 0
    second = run("--once")
    assert second.returncode == 1
    assert "instance-00000060" in second.stdout
    config.write_text(config.read_text().replace('name = "envvars"', ""))
    assert run("--once").returncode == 3
