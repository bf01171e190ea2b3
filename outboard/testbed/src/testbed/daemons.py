"""MariaDB and RabbitMQ: Debian's, on loopback, with files of the bed's own."""

import shutil
from pathlib import Path

from testbed.layout import DATABASES, Layout
from testbed.waiting import Processes

_RABBIT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
# Schedulers that spin while idle would take the machine from everything else.
_ERLANG = "+sbwt none +sbwtdcpu none +sbwtdio none +S 2:2 -kernel inet_dist_use_interface {127,0,0,1}"


def missing() -> str | None:
    """Which of Debian's packages is not there."""
    for program, package in (("mariadbd", "mariadb-server"), ("mariadb-install-db", "mariadb-server")):
        if shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin") is None:
            return f"{program} is not installed (Debian: {package})"
    return None if _RABBIT.exists() else f"{_RABBIT} is not installed (Debian: rabbitmq-server)"


def start_mariadb(processes: Processes, layout: Layout, data: Path) -> None:
    """On a data folder that is there already; nothing is written through to the disk."""
    processes.start(
        "mariadb",
        [
            "/usr/sbin/mariadbd", "--no-defaults", "--user=root", f"--datadir={data}",
            f"--socket={data}/socket", f"--pid-file={data}/pid", "--bind-address=127.0.0.1",
            f"--port={layout.ports['mariadb']}",
            f"--init-file={_users(layout)}", "--skip-log-bin", "--skip-name-resolve",
            "--max-connections=1000", "--character-set-server=utf8mb3", "--performance-schema=OFF",
            "--innodb-buffer-pool-size=128M", "--innodb-log-file-size=16M",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-flush-method=nosync", "--innodb-doublewrite=0",
        ],
    )  # fmt: skip


def create_data(processes: Processes, data: Path) -> None:
    """An empty MariaDB in ``data``."""
    data.mkdir(parents=True)
    processes.run(
        "mariadb-install-db",
        [
            "mariadb-install-db", "--no-defaults", "--user=root", f"--datadir={data}", "--skip-test-db",
            "--auth-root-authentication-method=normal", "--innodb-log-file-size=16M",
        ],
    )  # fmt: skip


def _users(layout: Layout) -> Path:
    path = layout.etc / "users.sql"
    lines = [f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb3;" for name in DATABASES]
    lines.append("CREATE OR REPLACE USER 'openstack'@'%' IDENTIFIED BY 'openstack';")
    lines.append("GRANT ALL ON *.* TO 'openstack'@'%';")
    path.write_text("\n".join(lines) + "\n")
    return path


def start_rabbitmq(processes: Processes, layout: Layout) -> None:
    """A node of its own with an epmd of its own."""
    home = layout.state / "rabbitmq"
    home.mkdir(parents=True, exist_ok=True)
    plugins = layout.etc / "rabbitmq-plugins"
    plugins.write_text("[].\n")
    environment = layout.etc / "rabbitmq-env.conf"
    environment.write_text("")
    processes.start(
        "rabbitmq",
        [_RABBIT],
        {
            "HOME": str(home),
            "RABBITMQ_CONF_ENV_FILE": str(environment),  # the system's would win over what follows
            "RABBITMQ_NODENAME": f"testbed{layout.ports['rabbitmq']}@localhost",
            "RABBITMQ_CONFIG_FILE": str(layout.etc / "rabbitmq"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
            "RABBITMQ_MNESIA_BASE": str(home),
            "RABBITMQ_LOG_BASE": str(layout.log),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(home / "pid"),
            "RABBITMQ_DIST_PORT": str(layout.ports["erlang"]),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _ERLANG,
            "ERL_EPMD_PORT": str(layout.ports["epmd"]),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        },
    )
