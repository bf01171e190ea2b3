"""Who promised what: what holds up cutover or release has an owner and a date."""

from collections.abc import Iterator

from unfork.model.finding import Finding
from unfork.planning.join import blocking
from unfork.planning.rules.found import Asked


def check_promises(asked: Asked) -> Iterator[Finding]:
    """Missing, passed, near and contradicting promises."""
    plan = asked.joined.plan
    for name, item in plan.items.items():
        if item.ended is not None:
            continue
        if blocking(item) and item.owner is None:
            yield asked.about(
                "owner-missing", name, "gate", f"blocks {item.gate}, and nobody owns it", "add owner: NAME"
            )
        if item.commitment is None:
            if blocking(item):
                yield asked.about(
                    "commitment-missing",
                    name,
                    "gate",
                    f"blocks {item.gate}, and no date is promised",
                    f"unfork plan promise {name} --by NAME --date DATE",
                )
            continue
        day = item.commitment.date
        times = len(item.commitment.changes)
        moved = f", moved {'once' if times == 1 else f'{times} times'}" if times else ""
        if day < asked.today:
            yield asked.about(
                "commitment-passed",
                name,
                "commitment",
                f"{item.commitment.by} promised it for {day}{moved}",
                "end it, or promise another date: unfork plan promise",
            )
        elif asked.soon(day):
            yield asked.about(
                "commitment-near",
                name,
                "commitment",
                f"{item.commitment.by} promised it for {day}{moved}",
                "see that it holds",
            )
        if item.due is not None and day > plan.head.milestones[item.due].date:
            yield asked.about(
                "commitment-late",
                name,
                "commitment",
                f"promised for {day}, due at {item.due} on {plan.head.milestones[item.due].date}",
                "agree on one of them",
            )
        for other in item.after:
            before = plan.items[other]
            if before.ended is None and before.commitment is not None and before.commitment.date > day:
                yield asked.about(
                    "commitment-early",
                    name,
                    "after",
                    f"promised for {day}, and waits for {other}, promised for {before.commitment.date}",
                    "agree on dates in this order",
                )
