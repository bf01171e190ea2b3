"""One bed: start it, attach to one that runs, and what can be done with it."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from testbed import baseline, daemons, database, services
from testbed.control import Control, ProcessState, launch
from testbed.errors import BedError, MissingPartError
from testbed.fake_agents import FakeAgents
from testbed.install import ensure_venv
from testbed.layout import Layout
from testbed.locks import locked
from testbed.ports import take_ports
from testbed.template import ensure_template, set_addresses
from testbed.waiting import Processes, listens

Say = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """What a bed is made of."""

    hosts: tuple[str, ...] = ("compute-0", "compute-1", "compute-2")  # each with three fake agents
    computes: int = 3  # so many of the hosts, from the first, have a nova-compute
    nova: bool = True  # False: keystone and neutron alone, in half the time
    new_services_enabled: bool = True  # nova's enable_new_services
    agent_down_time: int = 12  # seconds, neutron's; the agents report every third of it


class Bed:
    """A running bed. While one of these is open anywhere, it runs; ``keep`` makes it outlive them."""

    def __init__(self, control: Control, layout: Layout, options: Options) -> None:
        self.control = control
        self.layout = layout
        self.options = options
        self.processes = Processes(control, layout)
        self.agents = FakeAgents(self.processes)
        self._supervisor: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(
        cls, folder: Path, options: Options | None = None, *, keep: bool = False, say: Say = lambda _: None
    ) -> "Bed":
        """Start a bed in ``folder``; each part answers when this returns.

        Raises ``MissingPartError`` where something it is made of cannot be installed, and ``BedError`` with
        the tail of the log of the part that failed.
        """
        options = options or Options()
        if why := daemons.missing():
            raise MissingPartError(why)
        venv = ensure_venv(say)
        template = ensure_template(venv, say)
        ports, fd = take_ports()
        layout = Layout(folder.resolve(), venv, template, ports)
        with locked(layout.folder / "lock"):
            _make_room(layout.folder)
            supervisor, control = launch(layout.folder, keep=keep, hold=[fd])
            os.close(fd)
            try:
                bed = cls(control, layout, options)
                bed._supervisor = supervisor
                bed._bring_up(say)
            except BaseException:
                supervisor.kill()
                supervisor.wait()
                raise
            bed._remember()
        return bed

    @classmethod
    def attach(cls, folder: Path) -> "Bed":
        """The bed that runs in ``folder``. Raises ``BedError`` when none runs, or it still starts."""
        folder = folder.resolve()
        control = Control(folder)
        try:
            known = json.loads((folder / "bed.json").read_text())
        except OSError as error:
            control.close()
            raise BedError(f"the bed in {folder} is still starting") from error
        layout = Layout(folder, Path(known["venv"]), Path(known["template"]), known["ports"])
        known["options"]["hosts"] = tuple(known["options"]["hosts"])
        return cls(control, layout, Options(**known["options"]))

    def close(self) -> None:
        """Let go of the bed; when nobody else holds it, it ends, and has ended when this returns."""
        self.control.close()
        if self._supervisor and self._supervisor.stdin:
            self._supervisor.stdin.close()
            self._supervisor.wait()

    def stop(self) -> None:
        """End the bed, whoever holds it."""
        self.control.end()
        self.close()

    def status(self) -> list[ProcessState]:
        """Each process and what became of it."""
        return self.control.processes()

    @property
    def computes(self) -> tuple[str, ...]:
        """Hosts that have a nova-compute from the start."""
        return self.options.hosts[: self.options.computes] if self.options.nova else ()

    def connection(self, **options: Any) -> Any:
        """A new openstacksdk connection as administrator; ``options`` as ``openstack.connect`` has them."""
        import openstack

        loader = openstack.config.OpenStackConfig(config_files=[str(self.layout.clouds_yaml)])
        return openstack.connection.Connection(config=loader.get_one(cloud="testbed", **options))

    def start_compute(self, host: str) -> None:
        """Start the nova-compute of ``host``, new or stopped before; ``wait_compute`` waits for it."""
        services.start_compute(self.processes, host)

    def wait_compute(self, *hosts: str) -> None:
        """Until nova has each host as up, and its scheduler can choose it."""
        for host in hosts:
            self.processes.wait(
                f"nova-compute-{host}",
                lambda host=host: self._compute_known(host),  # type: ignore[misc]
                f"nova-compute-{host}",
            )

    def stop_compute(self, host: str) -> None:
        """End the nova-compute of ``host``; nova sees it down after ``service_down_time``, 20 s."""
        self.control.stop(f"nova-compute-{host}")

    def set_new_services_enabled(self, enabled: bool) -> None:
        """nova's ``enable_new_services``: whether a compute that nova never saw before is enabled at once.
        The conductor decides, so it starts anew."""
        self.options = replace(self.options, new_services_enabled=enabled)
        self.layout.write_configuration(**_settings(self.options))
        self.control.stop("nova-conductor")
        services.start_nova(self.processes, "nova-conductor")

    def _compute_known(self, host: str) -> bool:
        started = next((each.started for each in self.status() if each.name == f"nova-compute-{host}"), 0.0)
        query = (
            "SELECT count(*) FROM nova_api.host_mappings m JOIN nova.services s ON s.host = m.host"
            " WHERE s.deleted = 0 AND s.`binary` = 'nova-compute' AND m.host = %s AND s.last_seen_up >= %s"
        )
        since = datetime.fromtimestamp(started, UTC).replace(tzinfo=None)
        return database.count(self.layout, query, host, since) > 0

    def _bring_up(self, say: Say) -> None:
        begun = time.monotonic()

        def done(what: str) -> None:
            say(f"{time.monotonic() - begun:6.1f} s  {what}")

        layout, processes, nova = self.layout, self.processes, self.options.nova
        layout.write_configuration(**_settings(self.options))
        daemons.start_rabbitmq(processes, layout)
        data = layout.folder / "mysql"
        data.mkdir()
        self.control.mount(data, 1024)
        processes.run("mariadb", ["cp", "-r", f"{layout.template}/mysql/.", data])
        daemons.start_mariadb(processes, layout, data)
        processes.wait("mariadb", lambda: database.answers(layout), "mariadb")
        set_addresses(layout)
        done("databases")
        apis = ["keystone", "neutron", *(["placement", "nova", "glance"] if nova else [])]
        for api in apis:
            services.start_api(processes, api)
        for api in apis:
            services.wait_api(processes, api)
        processes.wait("rabbitmq", lambda: listens(layout.ports["rabbitmq"]), "rabbitmq")
        done("APIs: " + ", ".join(apis))
        if nova:  # it asks keystone while it starts, and ends where that does not answer
            services.start_nova(processes, "nova-conductor")
        services.start_neutron(processes, "neutron-rpc-server")
        services.start_neutron(processes, "neutron-periodic-workers")
        for host in self.computes:
            self.start_compute(host)
        self.agents.start(self.options.hosts, interval=self.options.agent_down_time / 3)
        if nova:
            services.start_nova(processes, "nova-scheduler")
        self.agents.wait_alive()
        done(f"fake agents of {', '.join(self.options.hosts)}")
        baseline.remember(layout)
        self.wait_compute(*self.computes)
        if nova:
            done(f"computes: {', '.join(self.computes)}")

    def _remember(self) -> None:
        layout = self.layout
        text = json.dumps(
            {
                "ports": dict(layout.ports), "venv": str(layout.venv), "template": str(layout.template),
                "options": asdict(self.options),
            },
            indent=1,
        )  # fmt: skip
        partial = layout.folder / "bed.json.partial"
        partial.write_text(text)
        partial.rename(layout.folder / "bed.json")


def _settings(options: Options) -> dict[str, str]:
    return {
        "enable_new_services": str(options.new_services_enabled).lower(),
        "agent_down_time": str(options.agent_down_time),
    }


def _make_room(folder: Path) -> None:
    """Remove what an earlier bed left: logs and state. Raises ``BedError`` when one runs there."""
    try:
        Control(folder).close()
    except BedError:
        for name in ("etc", "log", "state", "mysql", "libvirt", "control", "agents", "bed.json"):
            path = folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        return
    raise BedError(f"a bed runs in {folder} already: testbed stop --folder {folder}")
