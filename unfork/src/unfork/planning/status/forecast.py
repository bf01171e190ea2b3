"""When the open items end if they go on ending as they did: Monte Carlo over the recorded weeks.

Each simulated week is one of the weeks that were, drawn at random with what ended and what was found in it
(bootstrap; the method teams know from throughput forecasts). It assumes that the coming weeks are like the
past ones and that items are alike; it knows nothing of promises. With little history it would still print
a date, so below the bounds here it says that there is not enough.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from unfork.model.status import Forecast
from unfork.planning.status.burndown import Life, by_week

LEAST_WEEKS = 8
LEAST_ENDS = 6
_RUNS = 4000
_HORIZON = 520  # weeks; "ten years" in the words of the report
_SEED = 20181112  # the same history gives the same answer


def forecast(lives: Sequence[Life], today: date, *, with_new: bool) -> Forecast:
    """The forecast for the items that are open; ``with_new``: scope goes on being found."""
    left = sum(each.ended is None for each in lives)
    ends = [each.ended for each in lives if each.ended is not None]
    start = min((each.added for each in lives), default=today)
    weeks = (today - start).days // 7
    if not left:
        return Forecast(0, weeks, len(ends), enough=True, likely=today, early=today, late=today)
    short = _too_little(weeks, len(ends))
    if short is not None:
        return Forecast(left, weeks, len(ends), enough=False, why_not=short)
    begin = today - timedelta(weeks=weeks)
    done = by_week(ends, begin, weeks)
    # What was there at the start is no scope that was found.
    found = by_week([each.added for each in lives if each.added > start], begin, weeks) if with_new else None
    finished = _simulate(left, done, found)
    never = sum(week is None for week in finished) / len(finished)
    reached = sorted(_HORIZON + 1 if week is None else week for week in finished)

    def day(share: float) -> date | None:
        week = reached[min(int(share * len(reached)), len(reached) - 1)]
        return today + timedelta(weeks=week) if week <= _HORIZON else None

    return Forecast(
        left, weeks, len(ends), enough=True, likely=day(0.5), early=day(0.1), late=day(0.9), never=never
    )


def _too_little(weeks: int, ends: int) -> str | None:
    if weeks < LEAST_WEEKS:
        return f"{weeks} weeks are recorded, {LEAST_WEEKS} are needed"
    if ends < LEAST_ENDS:
        return f"{ends} items have ended, {LEAST_ENDS} are needed"
    return None


def _simulate(left: int, done: Sequence[int], found: Sequence[int] | None) -> list[int | None]:
    """The week in which nothing is left, for each run."""
    import numpy as np

    random = np.random.default_rng(_SEED)
    change = np.asarray(done, dtype=np.int32)
    if found is not None:
        change = change - np.asarray(found, dtype=np.int32)
    rest = np.full(_RUNS, left, dtype=np.int64)
    finished = np.zeros(_RUNS, dtype=np.int32)
    for week in range(1, _HORIZON + 1):
        rest -= change[random.integers(0, len(change), _RUNS)]
        finished[(rest <= 0) & (finished == 0)] = week
        if finished.all():
            break
    return [int(week) or None for week in finished]
