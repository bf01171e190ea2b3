"""What the operator wants of a plan."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """When the load is uneven, and how much one plan may do."""

    # The load of an agent is uneven when it is off its fair share by more than both of these. The first
    # keeps small clouds quiet, the second large ones.
    absolute: int = 1  # load
    relative: float = 0.1  # part of its fair share
    rebalance: bool = True  # False: only what has to be moved is
    fill: bool = True  # also agents far below their share (a host that joined) are seen to
    spread: bool = True  # replicas in as many zones as there are
    max_moves: int | None = None  # of one plan; the rest is in the next

    def slack(self, share: int) -> int:
        """How far off the fair share still counts as even."""
        return max(self.absolute, int(self.relative * share))

    def uneven(self, off: int, share: int) -> bool:
        """Whether ``off`` the fair share is too much."""
        return off > self.slack(share)
