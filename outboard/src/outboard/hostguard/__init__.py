"""hostguard: one state machine a host over nova-compute and the neutron agents.

Opens a host once its gates are open, empties it before its agents go down, and hands a failed one over once
it is fenced.
"""

from outboard.hostguard.service import HostGuard
from outboard.hostguard.settings import HostGuardSection

__all__ = ["HostGuard", "HostGuardSection"]
