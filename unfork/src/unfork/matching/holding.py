"""Upstream commits that hold several patches of a series."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from unfork.history import History
from unfork.matching.query import Query, query_of_patch
from unfork.matching.settings import Naming
from unfork.matching.share import covering, shared_lines
from unfork.model import Holding, Match, Patch, SharedCommit

_FEWEST = 3  # lines of a patch that claims nothing itself, below which a commit has them by chance


def find_shared(
    history: History, patches: Sequence[Patch], matches: Sequence[Match], naming: Naming
) -> tuple[SharedCommit, ...]:
    """The claimed commits that several patches are in, each with how much of it they are.

    A patch is in a commit when it claims it, or when it is whole in a commit that it has among
    its candidates.
    """
    claimed: dict[str, str] = {}
    for match in matches:
        for commit in match.commits:
            claimed.setdefault(commit.sha, commit.subject)
    by_sha: dict[str, list[int]] = {sha: [] for sha in claimed}
    for place, match in enumerate(matches):
        named = {commit.sha for commit in match.commits}
        for sha in named.union(candidate.sha for candidate in match.candidates) & claimed.keys():
            by_sha[sha].append(place)
    queries: dict[int, Query] = {}
    found = []
    for sha, places in by_sha.items():
        number = history.find(sha)
        if number is None or len(places) < 2:
            continue
        holdings = []
        lines = []
        for place in places:
            query = queries.setdefault(place, query_of_patch(patches[place]))
            share = shared_lines(history.index, query, number) / max(1, len(query.lines))
            owns = any(commit.sha == sha for commit in matches[place].commits)
            # A patch that claims other commits has found its own.
            whole = share >= naming.whole and len(query.lines) >= _FEWEST and not matches[place].commits
            if owns or whole:
                covers = covering(history.index, query, number)
                holdings.append(Holding(patches[place].name, round(share, 4), round(covers, 4)))
                lines.append(query.lines)
        if len(holdings) > 1:
            all_lines = replace(queries[places[0]], lines=np.concatenate(lines))
            together = covering(history.index, all_lines, number)
            found.append(SharedCommit(sha, claimed[sha], tuple(holdings), round(together, 4)))
    return tuple(found)
