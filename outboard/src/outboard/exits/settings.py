"""What the settings say of guests' files, and where exit statuses are kept."""

from pathlib import Path

from outboard.exits.records import Records
from outboard.settings import HostSection, ServiceSection


class GuestFiles(ServiceSection, frozen=True, forbid_unknown_fields=False):
    """Of ``[crashwatch]``: where libvirt writes about guests."""

    qemu_logs: str = "/var/log/libvirt/qemu"  # how each guest ended
    qemu_runs: str = "/run/libvirt/qemu"  # the process ids of guests, and its own


def records_of(where: HostSection) -> Records:
    """Those of this host, for whoever keeps or reads them."""
    return Records(Path(where.run_dir) / "exits")
