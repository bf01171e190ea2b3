"""Times of many tries in one line."""

import math
from collections.abc import Sequence


def percentiles(seconds: Sequence[float]) -> str:
    """Median, 99th percentile (nearest rank) and the longest, in milliseconds."""
    ordered = sorted(seconds)

    def at(share: float) -> str:
        return f"{ordered[math.ceil(share * len(ordered)) - 1] * 1000:.1f}"

    return f"p50 {at(0.5)} ms, p99 {at(0.99)} ms, longest {at(1)} ms, n={len(ordered)}"
