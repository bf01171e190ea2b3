"""What is done to an orphan. The only writes of outboard to libvirt, on a connection of their own."""

from outboard.errors import HypervisorError


def act(uri: str, uuid: str, action: str) -> None:
    """``pause`` or ``destroy`` a domain; one that is gone is fine. Raises ``HypervisorError``."""
    import libvirt

    try:
        connection = libvirt.open(uri)
        try:
            domain = connection.lookupByUUIDString(uuid)
            if action == "pause":
                if domain.isActive():
                    domain.suspend()
                return
            if domain.isActive():
                domain.destroy()
            if domain.isPersistent():
                domain.undefineFlags(_undefine_flags(libvirt, connection))
        finally:
            connection.close()
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
            raise HypervisorError(f"cannot {action}: {error.get_error_message()}", where=uuid) from error


def _undefine_flags(libvirt: object, connection: object) -> int:
    """All that hangs on a definition goes with it, as nova does: a UEFI guest cannot be undefined else."""
    names = ("MANAGED_SAVE", "SNAPSHOTS_METADATA", "CHECKPOINTS_METADATA", "NVRAM")
    flags = sum(getattr(libvirt, f"VIR_DOMAIN_UNDEFINE_{name}", 0) for name in names)
    if connection.getLibVersion() >= 8_009_000:  # type: ignore[attr-defined]  # TPM state: since 8.9
        flags |= getattr(libvirt, "VIR_DOMAIN_UNDEFINE_TPM", 0)
    return flags
