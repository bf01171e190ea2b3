"""Bring a bed back to what it was when it started, between tests."""

import time
from typing import Any

from testbed import baseline
from testbed.bed import Bed
from testbed.errors import BedError

_GONE_SECONDS = 90.0  # for guests; nova deletes three in a second or two where nobody else wants the machine


def reset(bed: Bed) -> None:
    """Remove all that was created since, bring agents and computes back, enable what was disabled."""
    # First, so that the last reports on their way have arrived when the rows are restored.
    bed.agents.reset(bed.options.hosts)
    if bed.options.nova:
        cloud = bed.connection()
        _restart_computes(bed)
        _delete_guests(cloud.compute)
        _delete_around(cloud)
        _enable(bed, cloud.compute)
        cloud.close()
    baseline.restore(bed.layout)
    bed.agents.revive(*bed.options.hosts)
    bed.agents.wait_idle()


def _delete_guests(compute: Any) -> None:
    for server in compute.servers(all_projects=True, details=False):
        compute.delete_server(server.id, force=True, ignore_missing=True)
    end = time.monotonic() + _GONE_SECONDS
    while any(compute.servers(all_projects=True, details=False)):
        if time.monotonic() > end:
            raise BedError("guests are not deleted: see nova-compute's logs")
        time.sleep(0.2)


def _delete_around(cloud: Any) -> None:
    compute = cloud.compute
    for image in cloud.image.images():
        cloud.image.delete_image(image.id)
    for group in compute.server_groups(all_projects=True):
        compute.delete_server_group(group.id)
    for flavor in compute.flavors(is_public=None):
        compute.delete_flavor(flavor.id)
    for aggregate in compute.aggregates():
        for host in aggregate.hosts or ():
            compute.remove_host_from_aggregate(aggregate.id, host)
        compute.delete_aggregate(aggregate.id)


def _restart_computes(bed: Bed) -> None:
    """They have to live to delete their guests."""
    alive = {state.name for state in bed.status() if state.alive}
    for host in bed.computes:
        if f"nova-compute-{host}" not in alive:
            bed.stop_compute(host)
            bed.start_compute(host)
    bed.wait_compute(*bed.computes)


def _enable(bed: Bed, compute: Any) -> None:
    for service in compute.services(binary="nova-compute"):
        if service.host not in bed.computes:
            bed.stop_compute(service.host)
            compute.delete_service(service.id)
            continue
        if service.is_forced_down:
            compute.update_service_forced_down(service, forced=False)
        if service.status != "enabled":
            compute.enable_service(service)
