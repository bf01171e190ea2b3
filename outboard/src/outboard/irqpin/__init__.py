"""irqpin: interrupts of passthrough and SR-IOV devices go to the guest's own CPUs near the device.

Replaces StarlingX's nova patch "PCI interrupt affinity". Needs libvirt's read-only socket, ``/sys`` to
read and ``/proc/irq`` to write; no nova API, no message bus.
"""

from outboard.irqpin.service import IrqPin
from outboard.irqpin.settings import IrqPinSection

__all__ = ["IrqPin", "IrqPinSection"]
