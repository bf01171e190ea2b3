"""A guest as libvirt describes it: domain XML in, frozen types out."""

from outboard.domain.model import Cell, Device, DeviceKind, Domain, Nova
from outboard.domain.parse import parse_domain

__all__ = ["Cell", "Device", "DeviceKind", "Domain", "Nova", "parse_domain"]
