"""orphanwatch: domains of nova's that nova does not know, or has on another host, in two looks.

Replaces the audit of StarlingX's nova patch "KVM crash detection" and its chart patch. Reports unless told
to pause or destroy.
"""

from outboard.orphanwatch.service import OrphanWatch
from outboard.orphanwatch.settings import OrphanWatchSection

__all__ = ["OrphanWatch", "OrphanWatchSection"]
