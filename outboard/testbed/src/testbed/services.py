"""OpenStack's own processes: how each is started and when it is ready."""

from testbed.layout import Layout
from testbed.waiting import Processes, answers

_WSGI = {
    "keystone": "keystone.wsgi.api",
    "placement": "placement.wsgi.api",
    "nova": "nova.wsgi.osapi_compute",
    "neutron": "neutron.wsgi.api",
    "glance": "glance.wsgi.api",
}


def start_api(processes: Processes, api: str) -> None:
    """An API under uwsgi, as OpenStack's documentation has it: one process, eight threads."""
    layout = processes.layout
    processes.start(
        f"{api}-api",
        [
            layout.program("uwsgi"), "--http-socket", f"127.0.0.1:{layout.ports[api]}",
            "--module", f"{_WSGI[api]}:application", "--master", "--processes", "1", "--threads", "8",
            "--enable-threads", "--lazy-apps", "--need-app", "--die-on-term", "--buffer-size", "65535",
            # uwsgi closes each connection; clients that were not told would send the next request into it.
            "--add-header", "Connection: close",
        ],
    )  # fmt: skip


def wait_api(processes: Processes, api: str) -> None:
    """Until it answers."""
    processes.wait(f"{api}-api", lambda: answers(processes.layout.url(api) + "/"), f"{api}-api")


def start_nova(processes: Processes, name: str) -> None:
    """``nova-conductor``, ``nova-scheduler``."""
    layout = processes.layout
    processes.start(name, [layout.program(name), "--config-file", layout.etc / "nova/nova.conf"])


def start_compute(processes: Processes, host: str, *more: str) -> None:
    """A ``nova-compute`` under the name of ``host``, with nova's fake driver if ``more`` says no other."""
    layout = processes.layout
    (layout.state / host / "lock").mkdir(parents=True, exist_ok=True)
    own = layout.render("nova-compute.conf", layout.etc / f"nova-compute-{host}.conf", host=host)
    processes.start(
        f"nova-compute-{host}",
        [
            layout.program("nova-compute"), "--config-file", layout.etc / "nova/nova.conf",
            "--config-file", own, *more,
        ],
    )  # fmt: skip


def start_neutron(processes: Processes, name: str) -> None:
    """``neutron-rpc-server``, ``neutron-periodic-workers``."""
    layout = processes.layout
    processes.start(name, [layout.program(name), "--config-file", neutron_conf(layout)])


def neutron_conf(layout: Layout) -> str:
    """neutron's configuration."""
    return str(layout.etc / "neutron/neutron.conf")
