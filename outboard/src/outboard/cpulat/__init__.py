"""cpulat: CPUs that run a low-latency guest's pinned vCPUs do not sleep deeply; the others may.

Replaces StarlingX's nova patch "low-latency per-CPU power management" and its libvirt hook. Needs
libvirt's read-only socket, and ``power/pm_qos_resume_latency_us`` of the CPUs to write.
"""

from outboard.cpulat.service import CpuLat
from outboard.cpulat.settings import CpuLatSection

__all__ = ["CpuLat", "CpuLatSection"]
