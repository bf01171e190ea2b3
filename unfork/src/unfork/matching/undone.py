"""Reverts that do not say so: upstream commits that change a patch's lines the other way round."""

from collections.abc import Mapping, Sequence

from unfork.history import History
from unfork.matching.lookup import Lookup
from unfork.matching.model import Models
from unfork.matching.query import Query, query_of_lines
from unfork.matching.rank import rank_by_lines
from unfork.model import Patch

_FLIPPED = {b"+": b"-", b"-": b"+"}


def find_undone(lookup: Lookup, patches: Mapping[int, Patch], models: Models) -> dict[int, list[int]]:
    """For each patch (by its place) the commits that undo the whole of it, by their numbers.

    A commit that also does other things does not count: code that is moved is undone in one file.
    """
    places = list(patches)
    queries = [_inverse(patches[place]) for place in places]
    found: dict[int, list[int]] = {}
    for place, ranked in zip(places, rank_by_lines(lookup, queries, models.same), strict=True):
        undoing = [each.number for each in ranked if each.features.jaccard_path >= models.naming.whole]
        if undoing:
            found[place] = undoing
    return found


def _inverse(patch: Patch) -> Query:
    """The patch taken back: what it adds is removed and the other way round; no message."""
    return query_of_lines(
        [
            (
                change.path,
                [[_FLIPPED[line[:1]] + line[1:] for line in hunk.changed()] for hunk in change.hunks],
            )
            for change in patch.files
        ]
    )


def newer(numbers: Sequence[int], than: int, history: History) -> int | None:
    """The first of some commits that is newer than another in the same repository, of which the
    searched range has the newest first."""
    if not numbers:
        return None
    source = history.source(than)
    return next((each for each in numbers if each < than and history.source(each) is source), None)
