"""What a test says about a host; used on both sides of the socket, so it imports nothing of neutron."""

from collections.abc import Mapping
from dataclasses import dataclass, field

KINDS = ("ovs", "dhcp", "l3")


@dataclass(frozen=True)
class HostSpec:
    """One host as its agents describe it."""

    name: str
    kinds: tuple[str, ...] = KINDS
    bridge_mappings: Mapping[str, str] = field(
        default_factory=lambda: {"physnet0": "br-physnet0", "physnet1": "br-physnet1"}
    )
    tunnel_types: tuple[str, ...] = ("vxlan",)
    tunneling_ip: str = "127.0.0.1"
    zone: str = "nova"
    l3_mode: str = "legacy"  # or dvr, dvr_snat, dvr_no_external
