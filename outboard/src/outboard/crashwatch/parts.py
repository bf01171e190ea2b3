"""What the service is made of, and what it must know again."""

from collections.abc import Callable
from dataclasses import dataclass, field

from outboard.crashwatch.brake import Brake
from outboard.crashwatch.endings import Known
from outboard.crashwatch.metrics import WatchMetrics
from outboard.crashwatch.recovery import Recovery
from outboard.crashwatch.spool import Spool
from outboard.crashwatch.teller import Teller
from outboard.domain import Domain
from outboard.hypervisor import DomainState

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Memory:
    """What must be known again after a restart within this boot; ``since``: see ``endings.unseen``."""

    since: str
    guests: dict[str, Known] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Eyes:
    """What crashwatch asks of libvirt itself. Both raise ``HypervisorError``."""

    states: Callable[[], tuple[DomainState, ...]]
    definition: Callable[[str], Domain | None]


@dataclass(frozen=True, slots=True)
class Inner:
    """The parts that work on what was found."""

    spool: Spool
    recovery: Recovery
    teller: Teller
    brake: Brake
    metrics: WatchMetrics
