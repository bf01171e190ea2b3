"""crashwatch and orphanwatch beside unmodified nova: its API, its compute on a real libvirt and QEMU."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from outboard.corpus.real_libvirt import RealLibvirt, missing, qemu_xml, running, wait_for
from stock_nova import HOST, boot, nova_compute, stock_bed

pytest.importorskip("testbed", reason="the test bed is not installed")
pytestmark = [
    pytest.mark.e2e,
    # openstacksdk warns of its own calls.
    pytest.mark.filterwarnings("ignore::PendingDeprecationWarning"),
]
_LONG = 300.0  # a busy machine; what is timed is read from the record


@dataclass
class Stock:
    """The cloud, its one host, and settings for our daemons."""

    cloud: Any
    real: RealLibvirt
    folder: Path

    def config(self, name: str, more: str = "") -> Path:
        path = self.folder / f"{name}.toml"
        path.write_text(
            f'[host]\nlibvirt_uri = "{self.real.uri(read_only=True)}"\nrun_dir = "{self.folder}/{name}/run"\n'
            f'state_dir = "{self.folder}/{name}/state"\n[log]\nformat = "json"\n'
            f'[cloud]\nname = "testbed"\ninterface = "public"\nhost = "{HOST}"\n{more}'
        )
        return path

    def watch(self, name: str, more: str = "") -> Path:
        logs, runs = self.real.qemu_logs, self.real.qemu_runs
        table = f'[crashwatch]\nqemu_logs = "{logs}"\nqemu_runs = "{runs}"\n'
        return self.config(name, f'{table}events = "{self.folder}/{name}.jsonl"\n{more}')

    def events(self, name: str, what: str) -> list[dict[str, Any]]:
        path = self.folder / f"{name}.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [event for event in map(json.loads, lines) if event["event"] == what]

    def actions(self, uuid: str) -> list[Any]:
        """What was done to a server, oldest first."""
        return sorted(self.cloud.compute.server_actions(uuid), key=lambda action: action.start_time)

    def status(self, uuid: str) -> tuple[str, str | None]:
        server = self.cloud.compute.get_server(uuid)
        return server.status, server.task_state

    def kill(self, server: Any) -> None:
        os.kill(self.real.qemu_pid(server.instance_name), signal.SIGKILL)


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stock]:
    if why := missing():
        pytest.skip(why)
    folder = tmp_path_factory.mktemp("stock")
    with (
        stock_bed(folder / "bed") as bed,
        contextlib.closing(RealLibvirt(folder / "libvirt")) as real,
        nova_compute(bed, real) as cloud,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("OS_CLIENT_CONFIG_FILE", str(bed.layout.clouds_yaml))
        yield Stock(cloud, real, folder)
        for server in cloud.compute.servers(all_projects=True):
            cloud.compute.delete_server(server.id, force=True)
            cloud.compute.wait_for_delete(server, wait=_LONG)


def test_a_killed_guest_is_up_again_before_nova_stops_it(stock: Stock) -> None:
    server = boot(stock.cloud, "killed")
    with running("crashwatch", stock.watch("killed"), stock.folder / "killed.log"):
        wait_for(lambda: (stock.folder / "killed/run/crashwatch.json").exists())
        pid = stock.real.qemu_pid(server.instance_name)
        stock.kill(server)
        wait_for(lambda: stock.events("killed", "outcome"), _LONG)
        assert [event["outcome"] for event in stock.events("killed", "outcome")] == ["recovered"]
        time.sleep(20)  # nova's delay, after which it would stop a guest that it still held for dead
    assert stock.status(server.id) == ("ACTIVE", None)
    assert stock.real.qemu_pid(server.instance_name) != pid
    assert [action.action for action in stock.actions(server.id)] == ["create", "reboot"]


def test_one_that_nova_stopped_is_started_and_one_that_a_user_stopped_is_not(stock: Stock) -> None:
    crashed, stopped = boot(stock.cloud, "crashed"), boot(stock.cloud, "stopped")
    with running("crashwatch", stock.watch("later", "recover = false\n"), stock.folder / "watched.log"):
        wait_for(lambda: (stock.folder / "later/run/crashwatch.json").exists())
        stock.kill(crashed)
        stock.cloud.compute.stop_server(stopped.id)
        for server in (crashed, stopped):
            wait_for(lambda server=server: stock.status(server.id) == ("SHUTOFF", None), _LONG, 0.5)
        wait_for(lambda: stock.events("later", "outcome"))
    assert [event["guest"] for event in stock.events("later", "crash")] == [crashed.id]
    # Another state folder: the crash is found by the log alone, as after an outage of the daemon.
    with running("crashwatch", stock.watch("again"), stock.folder / "again.log"):
        wait_for(lambda: stock.events("again", "outcome"), _LONG)
    assert [event["outcome"] for event in stock.events("again", "outcome")] == ["recovered"]
    last = stock.actions(crashed.id)
    assert [action.action for action in last] == ["create", "stop", "start"]
    assert last[1].user_id is None  # nova itself
    assert stock.status(stopped.id) == ("SHUTOFF", None)


def test_a_domain_that_nova_does_not_know_is_an_orphan_and_its_own_is_none(stock: Stock) -> None:
    import libvirt

    server = boot(stock.cloud, "own")
    connection = libvirt.open(stock.real.uri())
    orphan = connection.defineXML(qemu_xml(0x77))
    orphan.create()
    config = stock.config("orphan", '[orphanwatch]\nconfirm_after = 0\naction = "destroy"\n')
    config.write_text(config.read_text().replace("libvirt-sock-ro", "libvirt-sock"))

    def look() -> list[dict[str, Any]]:
        command = [
            sys.executable,
            "-m",
            "outboard",
            "orphanwatch",
            "--once",
            "--json",
            "--config",
            str(config),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_LONG)
        return list(json.loads(done.stdout))

    assert [(row["uuid"], row["state"]) for row in look()] == [(orphan.UUIDString(), "suspect")]
    assert [row["state"] for row in look()] == ["destroyed"]
    assert orphan.UUIDString() not in [each.UUIDString() for each in connection.listAllDomains()]
    assert connection.lookupByUUIDString(server.id).isActive()
    connection.close()
