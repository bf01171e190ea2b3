"""What the operator wants of a plan."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """When the load is uneven, and how much one plan may do."""

    # An agent is overloaded when it is above its fair share by more than both of these. The first keeps
    # small clouds quiet, the second large ones.
    absolute: int = 1  # load
    relative: float = 0.1  # part of its fair share
    rebalance: bool = True  # False: only what has to be moved is
    spread: bool = True  # replicas in as many zones as there are
    max_moves: int | None = None  # of one plan; the rest is in the next

    def uneven(self, load: int, share: int) -> bool:
        """Whether an agent with this load and fair share is to give some away."""
        return load - share > self.absolute and load - share > self.relative * share
