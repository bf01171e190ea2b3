"""A track and an outlook as JSON; their schemas in ``docs/`` are made from the types here."""

import msgspec

from unfork import __version__
from unfork.model.carrying import TrackStatus
from unfork.model.outlook import Outlook
from unfork.reports.json import to_json

TRACK_SCHEMA = "unfork-track/1"
OUTLOOK_SCHEMA = "unfork-outlook/1"


class TrackDocument(msgspec.Struct, frozen=True, tag_field="schema", tag=TRACK_SCHEMA):
    """What `unfork track new`, `continue` and `status` write with `--json`."""

    unfork: str  # version of unfork that wrote this
    carried: TrackStatus


class OutlookDocument(msgspec.Struct, frozen=True, tag_field="schema", tag=OUTLOOK_SCHEMA):
    """What `unfork track outlook --json` writes."""

    unfork: str  # version of unfork that wrote this
    worse: bool  # a patch that fitted at the last look does not any longer
    outlook: Outlook


def render_carried_json(carried: TrackStatus) -> bytes:
    """How far a track is as an ``unfork-track/1`` document."""
    return to_json(TrackDocument(unfork=__version__, carried=carried))


def render_outlook_json(outlook: Outlook) -> bytes:
    """A forward look as an ``unfork-outlook/1`` document."""
    return to_json(OutlookDocument(unfork=__version__, worse=outlook.worse, outlook=outlook))
