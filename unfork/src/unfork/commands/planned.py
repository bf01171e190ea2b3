"""``unfork plan``: a plan joined with what scans saw."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from unfork import __version__
from unfork.cutting import retired_of
from unfork.errors import InputError
from unfork.model.finding import Check
from unfork.model.history import ItemChange
from unfork.model.plan import Ended, Ending, Plan
from unfork.model.seen import SeenSeries
from unfork.model.status import Status
from unfork.planning import (
    Joined,
    Observed,
    check_joined,
    end,
    join,
    links_of,
    load_plan,
    promise,
    status_of,
)
from unfork.store import store_address
from unfork.trackers import Registry, registry_of

if TYPE_CHECKING:
    from unfork.store.database import Store


@dataclass(frozen=True)
class PlanRequest:
    """Which plan, on which day."""

    folder: Path
    store: str | None = None
    today: date | None = None  # None: the present day; any other is a question, and is not recorded
    registry: Registry = field(default_factory=registry_of)  # which links lead to a tracker


def run_plan_check(request: PlanRequest) -> Check:
    """Check a plan against the last scan of each project, and record that."""
    plan = load_plan(request.folder)
    with open_store(request.store) as store:
        joined = join_scans(store, plan, request.registry)
        check = check_joined(joined, day_of(request))
        record(store, joined, check, request)
    return check


def run_plan_status(request: PlanRequest) -> Status:
    """What there is to say about a plan; it is checked, and that is recorded, on the way."""
    plan = load_plan(request.folder)
    today = day_of(request)
    with open_store(request.store) as store:
        joined = join_scans(store, plan, request.registry)
        check = check_joined(joined, today)
        record(store, joined, check, request)
        changes = store.item_changes(plan.name)
    return status_of(joined, check, changes, today)


def run_plan_promise(
    folder: Path, item: str, *, by: str, until: date, why: str | None, today: date | None
) -> None:
    """Write down who promised an item until when."""
    promise(load_plan(folder), item, by=by, until=until, today=today or _now(), why=why)


def run_plan_end(folder: Path, item: str, *, how: Ending, on: date | None, note: str | None) -> None:
    """Write down the end an item came to."""
    end(load_plan(folder), item, Ended(on=on or _now(), how=how, note=note))


def join_scans(store: "Store", plan: Plan, registry: Registry) -> Joined:
    """A plan with its last scans, and with what of an archived track they saw unchanged."""
    seen = store.last_scans(plan.name, plan.head.projects)
    retired = retired_of(plan)
    returned = {
        project: {
            each.id: f"it is {each.name}, unchanged"
            for each in retired.get(project, ())
            if each.id in {patch.id for patch in series.patches}
        }
        for project, series in seen.items()
    }
    return joined_in(store, plan, seen, registry, returned)


def open_store(address: str | None) -> "Store":
    """The store, with what waited for it taken in."""
    from unfork.store.database import Store  # SQLAlchemy takes longer to load than most commands to run

    return Store(store_address(address))


def joined_in(
    store: "Store",
    plan: Plan,
    seen: Mapping[str, SeenSeries],
    registry: Registry,
    returned: Mapping[str, Mapping[str, str]] | None = None,
) -> Joined:
    """The plan with the scans, and with what trackers said of its links and of those of its patches."""
    from unfork.store.links import links_named, links_seen

    named = links_named(store, {patch.id for series in seen.values() for patch in series.patches})
    keys = links_of(plan, registry) | {key for links in named.values() for key in links}
    return join(plan, seen, Observed(links_seen(store, keys), named, registry), returned)


def record(store: "Store", joined: Joined, check: Check, request: PlanRequest) -> None:
    """Record a check, unless it was made for another day than today."""
    if request.today is not None and request.today != _now():
        return
    items = {
        name: ItemChange(
            name,
            item.project,
            str(item.disposition),
            str(item.gate),
            str(joined.stages[name]),
            str(item.ended.how) if item.ended else None,
        )
        for name, item in joined.plan.items.items()
    }
    store.record_check(check, items, at=datetime.now(UTC), version=__version__)


def day_of(request: PlanRequest) -> date:
    """The day asked for, else today."""
    return request.today or _now()


def day_in(text: str, option: str) -> date:
    """A day given on the command line; raises ``InputError`` for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{text!r} is no date", where=option, hint="write it as 2019-04-12") from error


def _now() -> date:
    return datetime.now(UTC).astimezone().date()
