"""crashwatch: a guest whose QEMU died is recorded with its reason, and started again through nova's API.

Replaces StarlingX's nova patch "KVM crash detection". Needs libvirt's read-only socket, QEMU's logs to
read, a spool of its own to write, and for recovery a user of the cloud who may reboot any server.
"""

from outboard.crashwatch.service import CrashWatch
from outboard.crashwatch.settings import CrashWatchSection

__all__ = ["CrashWatch", "CrashWatchSection"]
