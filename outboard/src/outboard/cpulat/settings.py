"""``[cpulat]`` of the settings."""

from typing import Annotated

import msgspec

from outboard.cpulat.latency import Latency
from outboard.cpus import parse_cpus
from outboard.errors import InputError
from outboard.settings import ServiceSection


class CpuLatSection(ServiceSection, frozen=True):
    """Which guests get which latency."""

    # Between two looks whether CPUs came or went: one file.
    tick_interval: Annotated[float, msgspec.Meta(ge=0.05, le=60)] = 1.0
    # Policies by name: "n/a" (no idle state at all), microseconds, or "state:N": as much as idle state N of
    # that CPU takes to wake up.
    policies: dict[str, str] = msgspec.field(default_factory=lambda: {"low": "state:1", "none": "n/a"})
    # Policy of guests that ask for none; empty: they are left alone.
    default: str = ""
    # Extra specs that name a policy, the first that is there.
    extra_specs: tuple[str, ...] = ("outboard:cpu_latency",)
    # Policy by required trait (CUSTOM_LOW_LATENCY), and by name of the flavor for a nova that does not
    # write extra specs into the domain.
    traits: dict[str, str] = msgspec.field(default_factory=dict)
    flavors: dict[str, str] = msgspec.field(default_factory=dict)
    # CPUs that are never touched.
    never: str = ""

    def __post_init__(self) -> None:
        ServiceSection.__post_init__(self)
        try:
            parse_cpus(self.never)
            for text in self.policies.values():
                Latency.parse(text)
        except InputError as error:
            raise ValueError(str(error)) from error
        for name in (self.default, *self.traits.values(), *self.flavors.values()):
            if name and name not in self.policies:
                raise ValueError(f"no policy {name!r} in cpulat.policies")
