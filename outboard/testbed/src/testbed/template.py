"""Databases with their schema and keystone's first rows, made once for a venv: beds start from a copy.

The schemas take a minute of CPU, the copy of MariaDB's files less than a second.
"""

import hashlib
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from testbed import daemons, database, services
from testbed.control import launch
from testbed.install import CONSTRAINTS
from testbed.layout import Layout
from testbed.locks import locked
from testbed.ports import take_ports
from testbed.waiting import Processes

_FORMAT = 1  # raise when what is put into the databases changes
_SERVICES = {"placement": "placement", "nova": "compute", "neutron": "network", "glance": "image"}
PATHS = {"keystone": "/v3", "placement": "", "nova": "/v2.1", "neutron": "", "glance": ""}
SETTINGS = {"enable_new_services": "true", "agent_down_time": "12"}


def template_folder(venv: Path) -> Path:
    """Beside the packages that it was made with."""
    key = hashlib.sha256(CONSTRAINTS.read_bytes() + str(_FORMAT).encode()).hexdigest()[:12]
    return venv / f"template-{key}"


def ensure_template(venv: Path, say: Callable[[str], None]) -> Path:
    """The template, made where there is none. Killed in the middle, nothing of it counts."""
    target = template_folder(venv)
    with locked(target.with_suffix(".lock")):
        if target.exists():
            return target
        say("creating the databases: about a minute, once")
        partial = target.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        _make(venv, partial)
        partial.rename(target)
    return target


def _make(venv: Path, partial: Path) -> None:
    ports, fd = take_ports()
    bed = partial / "bed"
    layout = Layout(bed, venv, partial, ports)
    supervisor, control = launch(bed, keep=False, hold=[fd])
    os.close(fd)
    try:
        with control:
            layout.write_configuration(**SETTINGS)
            _fill(Processes(control, layout), partial)
            control.stop("keystone-api")
            control.stop("mariadb")  # in order, so that its files are whole
    finally:
        if supervisor.stdin:
            supervisor.stdin.close()
        supervisor.wait()
    shutil.rmtree(bed)


def _fill(processes: Processes, template: Path) -> None:
    layout = processes.layout
    daemons.create_data(processes, template / "mysql")
    daemons.start_mariadb(processes, layout, template / "mysql")
    processes.wait("mariadb", lambda: database.answers(layout), "mariadb")
    with ThreadPoolExecutor() as pool:  # two cores are enough for two halves
        for half in [pool.submit(step, processes) for step in (_half_keystone, _half_nova)]:
            half.result()


def _half_keystone(processes: Processes) -> None:
    layout = processes.layout
    manage: list[str | Path] = [layout.program("keystone-manage"), "--config-dir", layout.etc / "keystone"]
    owner = ["--keystone-user", "root", "--keystone-group", "root"]
    for words in (
        ["db_sync"],
        ["fernet_setup", *owner],
        ["credential_setup", *owner],
        [
            "bootstrap", "--bootstrap-password", "admin", "--bootstrap-region-id", "RegionOne",
            "--bootstrap-public-url", "http://keystone", "--bootstrap-internal-url", "http://keystone",
        ],
    ):  # fmt: skip
        processes.run("schema-keystone", [*manage, *words])
    services.start_api(processes, "keystone")
    for name, last in (("placement", ["db", "sync"]), ("glance", ["db_sync"])):
        tool = layout.program(f"{name}-manage")
        processes.run(f"schema-{name}", [tool, "--config-dir", layout.etc / name, *last])
    services.wait_api(processes, "keystone")
    with database.cursor(layout) as sql:
        set_catalogue(sql, layout)
    _seed(layout)


def _half_nova(processes: Processes) -> None:
    layout = processes.layout
    neutron: list[str | Path] = [
        layout.program("neutron-db-manage"),
        "--config-file",
        services.neutron_conf(layout),
    ]
    processes.run("schema-neutron", [*neutron, "upgrade", "heads"])
    manage: list[str | Path] = [layout.program("nova-manage"), "--config-dir", layout.etc / "nova"]
    cell = ["--transport-url", layout.transport_url, "--database_connection"]
    for words in (
        ["api_db", "sync"],
        ["cell_v2", "map_cell0", "--database_connection", f"{layout.database_url}/nova_cell0"],
        ["cell_v2", "create_cell", "--name", "cell1", *cell, f"{layout.database_url}/nova"],
        ["db", "sync"],
    ):
        processes.run("schema-nova", [*manage, *words])


def _seed(layout: Layout) -> None:
    """Service catalogue, and the user that services are to each other."""
    import openstack

    cloud = openstack.connect(
        auth={
            "auth_url": layout.url("keystone") + "/v3", "username": "admin", "password": "admin",
            "project_name": "admin", "user_domain_name": "Default", "project_domain_name": "Default",
        },
        region_name="RegionOne",
    )  # fmt: skip
    identity: Any = cloud.identity
    for name, kind in _SERVICES.items():
        service = identity.create_service(name=name, type=kind)
        for interface in ("public", "internal"):
            identity.create_endpoint(
                service_id=service.id, interface=interface, url=f"http://{name}", region_id="RegionOne"
            )
    project = identity.create_project(name="service", domain_id="default")
    user = identity.create_user(name="service", password="service", domain_id="default")  # noqa: S106
    for name in ("admin", "service"):
        role = identity.find_role(name) or identity.create_role(name=name)
        identity.assign_project_role_to_user(project, user, role)
    cloud.close()


def set_addresses(layout: Layout) -> None:
    """Put the bed's own ports where the databases hold addresses: keystone's catalogue, nova's cells."""
    with database.cursor(layout) as sql:
        set_catalogue(sql, layout)
        url = layout.transport_url
        sql.execute("UPDATE nova_api.cell_mappings SET transport_url = %s WHERE name = 'cell1'", (url,))
        for cell, name in (("cell0", "nova_cell0"), ("cell1", "nova")):
            sql.execute(
                "UPDATE nova_api.cell_mappings SET database_connection = %s WHERE name = %s",
                (f"{layout.database_url}/{name}", cell),
            )


def set_catalogue(sql: Any, layout: Layout) -> None:
    """Where keystone says that each API is."""
    for name, path in PATHS.items():
        kind = _SERVICES.get(name, "identity")
        sql.execute(
            "UPDATE keystone.endpoint e JOIN keystone.service s ON s.id = e.service_id SET e.url = %s"
            " WHERE s.type = %s",
            (layout.url(name) + path, kind),
        )
