"""nova-compute on a real libvirtd and QEMU, in a bed with nova's real API, conductor and scheduler."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from outboard.corpus.real_libvirt import RealLibvirt, wait_for

HOST = "node1"
_CONF = """\
[DEFAULT]
host = {host}
state_path = {folder}
compute_driver = libvirt.LibvirtDriver
instances_path = {folder}/instances
flat_injected = false
[libvirt]
virt_type = qemu
cpu_mode = none
connection_uri = {uri}
images_type = raw
inject_partition = -2
[vnc]
enabled = false
[nova_sys_admin]
helper_command = {venv}/bin/privsep-helper --config-file {nova_conf} --config-file {folder}/compute.conf
[os_vif_privileged]
helper_command = {venv}/bin/privsep-helper --config-file {nova_conf} --config-file {folder}/compute.conf
[oslo_concurrency]
lock_path = {folder}/lock
"""


@contextmanager
def stock_bed(folder: Path) -> Iterator[Any]:
    """A bed without computes: the one that ``OUTBOARD_TESTBED_RUNNING`` names, or a new one."""
    from testbed.bed import Bed, Options

    running = os.environ.get("OUTBOARD_TESTBED_RUNNING")
    bed = Bed.attach(Path(running)) if running else Bed.start(folder, Options(hosts=(HOST,), computes=0))
    try:
        yield bed
    finally:
        bed.close()


@contextmanager
def nova_compute(bed: Any, real: RealLibvirt) -> Iterator[Any]:
    """A cloud connection while ``node1`` has a nova-compute on ``real``."""
    folder = bed.layout.state / HOST  # with the bed: nova refuses a known host that lost its identity
    for name in ("instances", "lock"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    nova_conf = bed.layout.etc / "nova/nova.conf"
    (folder / "compute.conf").write_text(
        _CONF.format(host=HOST, folder=folder, uri=real.uri(), venv=bed.layout.venv, nova_conf=nova_conf)
    )
    bed.processes.start(
        f"nova-compute-{HOST}",
        [
            bed.layout.program("nova-compute"), "--config-file", nova_conf, "--config-file",
            folder / "compute.conf",
        ],
        # oslo.privsep and nova's own commands are found there.
        {"PATH": f"{bed.layout.venv}/bin:{os.environ['PATH']}"},
    )  # fmt: skip
    bed.wait_compute(HOST)
    try:
        yield bed.connection()
    finally:
        bed.stop_compute(HOST)


def boot(cloud: Any, name: str) -> Any:
    """A server that runs."""
    # Nothing to boot from: the firmware waits, which is all a guest has to do here.
    image = cloud.image.find_image("blank") or cloud.create_image(
        "blank", data=bytes(1024 * 1024), disk_format="raw", container_format="bare", wait=True
    )
    flavor = cloud.compute.find_flavor("tiny") or cloud.compute.create_flavor(
        name="tiny", ram=64, vcpus=1, disk=1
    )
    server = cloud.compute.create_server(name=name, image_id=image.id, flavor_id=flavor.id, networks="none")
    return wait_for(lambda: _active(cloud, server.id), 300, 1.0)


def _active(cloud: Any, uuid: str) -> Any:
    server = cloud.compute.get_server(uuid)
    assert server.status != "ERROR", server.fault
    return server if server.status == "ACTIVE" and not server.task_state else None
