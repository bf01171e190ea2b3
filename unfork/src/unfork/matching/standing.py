"""Which commits still stand: a revert upstream cancels, and a revert of the revert restores."""

from dataclasses import dataclass

import numpy as np

from unfork.history import History, only


@dataclass(frozen=True, slots=True)
class Standing:
    """Who reverts whom among the searched commits."""

    reverted_by: dict[int, list[int]]

    def reverter(self, number: int, _seen: frozenset[int] = frozenset()) -> int | None:
        """The commit that took this one back and itself still stands; ``None`` when there is none."""
        for revert in self.reverted_by.get(number, ()):
            if revert not in _seen and self.reverter(revert, _seen | {number}) is None:
                return revert
        return None


def read_standing(history: History) -> Standing:
    """Read ``This reverts commit ...`` of all searched commits. What one repository took back is not
    taken back in another."""
    infos = history.index.infos
    reverted_by: dict[int, list[int]] = {}
    for at in np.flatnonzero(history.index.reverting).tolist():
        for sha in only(infos[at].ids, "reverts"):
            number = history.find(sha) if len(sha) == len(infos[at].sha) else None
            if number is not None and history.source(number) is history.source(at):
                reverted_by.setdefault(number, []).append(at)
    return Standing(reverted_by)
