"""A guest that is a real QEMU, booted by stock nova."""

import pytest
from outboard.corpus.real_libvirt import wait_for
from testbed.bed import Bed
from testbed.errors import MissingPartError
from testbed.real_compute import RealCompute

pytestmark = pytest.mark.e2e
PATIENCE = 180.0  # seconds; only a failure takes so long, or a machine that others want too


@pytest.fixture
def real(bed: Bed) -> RealCompute:
    try:
        compute = RealCompute(bed)
    except MissingPartError as error:
        pytest.skip(str(error))
    compute.start()
    return compute


def test_a_guest_is_a_real_qemu_and_nova_sees_it_die(bed: Bed, real: RealCompute) -> None:
    cloud = bed.connection()
    image = cloud.create_image(
        "image", data=bytes(1 << 20), container_format="bare", disk_format="raw", wait=True
    )
    flavor = cloud.compute.create_flavor(name="small", ram=64, vcpus=1, disk=1)
    server = cloud.compute.create_server(
        name="guest", image_id=image.id, flavor_id=flavor.id, networks="none",
        availability_zone=f"nova:{real.host}",
    )  # fmt: skip
    server = cloud.compute.wait_for_server(server, wait=PATIENCE)
    assert server.compute_host == real.host
    assert real.qemu_logs.joinpath(f"{server.instance_name}.log").exists()
    real.kill_guest(server.instance_name)
    wait_for(lambda: cloud.compute.get_server(server.id).status == "SHUTOFF", PATIENCE, every=0.5)
    cloud.compute.start_server(server)
    wait_for(lambda: cloud.compute.get_server(server.id).status == "ACTIVE", PATIENCE, every=0.5)
    assert real.qemu_pid(server.instance_name) > 1
