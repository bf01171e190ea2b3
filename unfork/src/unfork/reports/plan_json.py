"""A plan's check and status as JSON; ``docs/plan-*.schema.json`` are made from the types here."""

import msgspec

from unfork import __version__
from unfork.model.finding import Check
from unfork.model.status import Status
from unfork.reports.json import to_json

CHECK_SCHEMA = "unfork-plan-check/1"
STATUS_SCHEMA = "unfork-plan-status/1"


class CheckDocument(msgspec.Struct, frozen=True, tag_field="schema", tag=CHECK_SCHEMA):
    """What `unfork plan check --json` and `unfork gate --json` write."""

    unfork: str  # version of unfork that wrote this
    check: Check


class StatusDocument(msgspec.Struct, frozen=True, tag_field="schema", tag=STATUS_SCHEMA):
    """What `unfork plan status --json` writes."""

    unfork: str  # version of unfork that wrote this
    status: Status


def render_check_json(check: Check) -> bytes:
    """A check as an ``unfork-plan-check/1`` document."""
    return to_json(CheckDocument(unfork=__version__, check=check))


def render_status_json(status: Status) -> bytes:
    """A status as an ``unfork-plan-status/1`` document."""
    return to_json(StatusDocument(unfork=__version__, status=status))
