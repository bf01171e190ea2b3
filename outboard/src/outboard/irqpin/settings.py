"""``[irqpin]`` of the settings."""

from typing import Annotated, Literal

import msgspec

from outboard.settings import ServiceSection


class IrqPinSection(ServiceSection, frozen=True):
    """How interrupts are pinned."""

    # Between two looks for vectors that came or went: a list of /proc/irq, nothing else. The kernel does
    # not tell through inotify what it adds to /proc and /sys itself.
    tick_interval: Annotated[float, msgspec.Meta(ge=0.05, le=60)] = 1.0
    # mask: each vector to the whole set. round-robin: each to one CPU of it.
    spread: Literal["mask", "round-robin"] = "mask"
    # Extra specs that name vCPUs for a guest's vectors, the first that is there. The second is StarlingX's;
    # nova refuses it from clients that ask for microversion 2.86 or later.
    extra_specs: tuple[str, ...] = ("outboard:irq_vcpus", "hw:pci_irq_affinity_mask")
    # The same by name of the flavor, for a nova that does not write extra specs into the domain.
    flavors: dict[str, str] = msgspec.field(default_factory=dict)
    # ban: tell irqbalance to leave our vectors. refuse: set nothing while it runs. ignore: do not look.
    irqbalance: Literal["ban", "refuse", "ignore"] = "ban"
    irqbalance_dir: str = "/run/irqbalance"
