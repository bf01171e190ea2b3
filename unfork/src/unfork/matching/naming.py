"""What a claim is called: the relation, by what is left over on which side and where it lies."""

import numpy as np
from numpy.typing import NDArray

from unfork.matching.query import Query
from unfork.matching.settings import Naming
from unfork.model import Relation


def name_one(
    query: Query, explained: NDArray[np.int64], share: float, naming: Naming, *, same: bool
) -> Relation:
    """The relation to one commit, of which the patch is a ``share``.

    With nothing of the patch left over the commit is as large (reworked: only a little was added)
    or larger (squashed). What is left over in places of its own never went upstream (partial); left
    over beside lines that did, it is other code for the same thing (reworked), unless the commit
    is another, larger change (squashed). ``same``: the commit is known to be the same change.
    """
    whole = len(explained) / len(query.lines) if len(query.lines) else 1.0
    if whole == share == 1:
        return Relation.EQUIVALENT
    if whole == 1:
        return Relation.REWORKED if share >= naming.whole else Relation.SQUASHED
    if left_apart(query, explained) >= naming.bulk:
        return Relation.PARTIAL
    if same or min(whole, share) >= naming.bulk:
        return Relation.REWORKED
    return Relation.SQUASHED if whole >= naming.whole else Relation.PARTIAL


def name_several(query: Query, explained: NDArray[np.int64], naming: Naming) -> Relation:
    """The relation to several commits together."""
    whole = len(explained) / len(query.lines)
    if whole >= naming.whole or left_apart(query, explained) < naming.bulk:
        return Relation.SPLIT
    return Relation.PARTIAL


def left_apart(query: Query, explained: NDArray[np.int64]) -> float:
    """Share of the lines nobody explains that lie in pieces of which nothing is explained."""
    pieces = query.line_paths if query.pieces is None else query.pieces
    left = np.setdiff1d(np.arange(len(query.lines)), explained, assume_unique=True)
    if not len(left):
        return 0.0
    return float(np.mean(~np.isin(pieces[left], pieces[explained])))
