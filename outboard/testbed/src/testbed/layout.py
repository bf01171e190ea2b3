"""Where things of one bed are: its folder, its ports, its addresses, its configuration files."""

import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

DATABASES = ("keystone", "placement", "nova_api", "nova", "nova_cell0", "neutron", "glance")
APIS = ("keystone", "placement", "nova", "neutron", "glance")
_IN_VENV = {"nova": ("api-paste.ini",), "glance": ("glance-api-paste.ini",)}


@dataclass(frozen=True)
class Layout:
    """The one place that knows the names of files and the forms of addresses."""

    folder: Path
    venv: Path
    template: Path  # databases and keys that every bed starts from
    ports: Mapping[str, int]

    @property
    def etc(self) -> Path:
        """Configuration: ``etc/nova/nova.conf``, ``etc/clouds.yaml``."""
        return self.folder / "etc"

    @property
    def log(self) -> Path:
        """One file a process: ``log/nova-api.log``."""
        return self.folder / "log"

    @property
    def state(self) -> Path:
        """What services keep in files."""
        return self.folder / "state"

    @property
    def clouds_yaml(self) -> Path:
        """For clients: the cloud ``testbed``, as its administrator."""
        return self.etc / "clouds.yaml"

    @property
    def transport_url(self) -> str:
        """RabbitMQ as oslo.messaging names it."""
        return f"rabbit://guest:guest@127.0.0.1:{self.ports['rabbitmq']}/"

    @property
    def database_url(self) -> str:
        """MariaDB as SQLAlchemy names it; ``/NAME`` follows."""
        return f"mysql+pymysql://openstack:openstack@127.0.0.1:{self.ports['mariadb']}"

    def url(self, api: str) -> str:
        """An API's address, without a version."""
        return f"http://127.0.0.1:{self.ports[api]}"

    def program(self, name: str) -> Path:
        """A program of the bed's venv."""
        return self.venv / "bin" / name

    @property
    def environment(self) -> dict[str, str]:
        """Where OpenStack's WSGI modules find their configuration."""
        folders = {f"OS_{name.upper()}_CONFIG_DIR": str(self.etc / name) for name in APIS}
        return {
            **folders,
            "OS_NEUTRON_CONFIG_FILES": "neutron.conf",
            "HOME": str(self.state),
            # oslo.privsep and nova look for their own commands there.
            "PATH": f"{self.venv}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL": "C.UTF-8",
            # The dev venv's, or the caller's, would be seen by the services.
            "PYTHONPATH": "",
            "PYTHONUNBUFFERED": "1",
        }

    def write_configuration(self, **settings: str) -> None:
        """Render ``testbed/etc`` into ``etc/``; ``settings`` fill what is chosen for this bed."""
        for api in APIS:
            (self.etc / api).mkdir(parents=True, exist_ok=True)
            for name in _IN_VENV.get(api, ()):
                (self.etc / api / name).write_bytes((self.venv / "etc" / api / name).read_bytes())
        for path in ("nova/lock", "neutron/lock", "glance/images", "glance/tasks", "glance/staging"):
            (self.state / path).mkdir(parents=True, exist_ok=True)
        for api in APIS:
            name = "glance-api.conf" if api == "glance" else f"{api}.conf"
            self.render(name, self.etc / api / name, **settings)
        self.render("rabbitmq.conf", self.etc / "rabbitmq.conf")
        self.render("clouds.yaml", self.clouds_yaml)

    def render(self, name: str, target: Path, **settings: str) -> Path:
        """Fill the template ``name`` and write it."""
        text = (importlib.resources.files("testbed") / "etc" / name).read_text(encoding="utf-8")
        target.write_text(
            Template(text).substitute(
                settings,
                database=self.database_url, transport=self.transport_url, state=self.state, venv=self.venv,
                template=self.template, keystone=self.url("keystone"), glance=self.url("glance"),
                rabbitmq_port=self.ports["rabbitmq"],
            ),
            encoding="utf-8",
        )  # fmt: skip
        return target
