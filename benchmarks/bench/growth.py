"""Whether a commit costs the same in a long history as in a short one.

Two generated histories of the same character and the same series; what grows faster than the
number of commits (a sort, a cache that no longer fits) shows here. git's own growth is given beside it.
"""

from collections.abc import Sequence

from bench.figures import Answer, Figure, at_most
from bench.scanning import Scanned

BAR = 1.3


def answer_of(done: Sequence[Scanned]) -> Answer:
    """Cost a commit of the longest history over that of the shortest."""
    short, long = done[0], done[-1]
    sizes = f"{short.commits:,} against {long.commits:,} commits"
    return Answer(
        name="growth",
        title=f"cost a commit, {sizes}",
        figures=(
            at_most("cold scan, long / short", _growth(short.cold, long.cold, short, long), BAR),
            at_most("index build, long / short", _growth(short.build, long.build, short, long), BAR,
                    note="without what a scan costs once"),
            Figure("git log -p -U0, long / short", _growth(short.plain, long.plain, short, long)),
            Figure("changed lines, long / short", _growth(short.lines, long.lines, short, long)),
        ),
    )  # fmt: skip


def _growth(at_short: float, at_long: float, short: Scanned, long: Scanned) -> float:
    return (at_long / long.commits) / (at_short / short.commits)
