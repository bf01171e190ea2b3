"""Days that passed in silence: reviews of what is carried, items on which nothing moves, order of ends."""

from collections.abc import Iterable, Iterator
from datetime import date

from unfork.model.finding import Finding
from unfork.model.plan import Item
from unfork.planning.observed import LinkNow, day_of
from unfork.planning.rules.found import Asked


def check_dates(asked: Asked) -> Iterator[Finding]:
    """Nothing moved, asked again too late, ended too early."""
    plan = asked.joined.plan
    quiet = plan.head.limits.quiet_days
    for name, item in plan.items.items():
        if item.ended is not None:
            for other in item.after:
                if plan.items[other].ended is None:
                    yield asked.about(
                        "ended-early",
                        name,
                        "ended",
                        f"ended on {item.ended.on}, and waits for {other}",
                        f"end {other} too, or take it out of after",
                    )
            continue
        if item.review_on is not None and item.review_on < asked.today:
            yield asked.about(
                "review-passed",
                name,
                "review-on",
                f"to be asked again on {item.review_on}",
                "ask, and set the next day",
            )
        last = last_moved(item, asked.joined.links[name], asked.today)
        if last is not None and (asked.today - last).days > quiet and item.review_on is None:
            yield asked.about(
                "not-moving", name, "", f"nothing moved for {(asked.today - last).days} days", "ask its owner"
            )


def last_moved(item: Item, links: Iterable[LinkNow], today: date) -> date | None:
    """The last day on which something happened, as plan and trackers say; ``None`` when they name none."""
    days = [item.added, item.agreed.on if item.agreed else None]
    if item.commitment is not None:
        days += [each.on for each in item.commitment.changes]
    # A tracker says when something happened there; people only when they looked.
    days += [
        day_of(each.observation.activity)
        if each.observation is not None and each.observation.activity is not None
        else each.link.seen
        for each in links
    ]
    past = [day for day in days if day is not None and day <= today]
    return max(past, default=None)
