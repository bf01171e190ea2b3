"""What the data-path bed needs of the machine."""

import os
import shutil
from pathlib import Path

_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_PROGRAMS = {
    "ovs-vswitchd": "openvswitch-switch",
    "ovsdb-server": "openvswitch-switch",
    "dnsmasq": "dnsmasq-base",
    "keepalived": "keepalived",
    "conntrack": "conntrack",
    "iptables": "iptables",
    "ip": "iproute2",
    "ethtool": "ethtool",
    "socat": "socat",
}


def missing() -> str | None:
    """The first part that is not there, with the Debian package that has it."""
    if os.geteuid() != 0:
        return "the data-path bed makes network namespaces and devices: it needs root"
    for program, package in _PROGRAMS.items():
        if shutil.which(program, path=_PATH) is None:
            return f"{program} is not installed (Debian: {package})"
    return None if Path("/dev/net/tun").exists() else "this kernel has no /dev/net/tun (CONFIG_TUN)"
