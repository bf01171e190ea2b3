"""Checks, a comparison and a cutover's decision as JSON; ``docs/track-*.schema.json`` are made from here."""

import msgspec

from unfork import __version__
from unfork.model.compared import Comparison
from unfork.model.cutover import CutoverDecision
from unfork.model.tested import Tested
from unfork.reports.json import to_json

CHECKS_SCHEMA = "unfork-track-check/1"
COMPARE_SCHEMA = "unfork-track-compare/1"
CUTOVER_SCHEMA = "unfork-cutover/1"


class ChecksDocument(msgspec.Struct, frozen=True, tag_field="schema", tag=CHECKS_SCHEMA):
    """What `unfork track check --json` writes."""

    unfork: str  # version of unfork that wrote this
    tested: Tested


class CompareDocument(msgspec.Struct, frozen=True, tag_field="schema", tag=COMPARE_SCHEMA):
    """What `unfork track compare --json` writes."""

    unfork: str  # version of unfork that wrote this
    comparison: Comparison


class CutoverDocument(msgspec.Struct, frozen=True, tag_field="schema", tag=CUTOVER_SCHEMA):
    """What `unfork cutover --json` writes."""

    unfork: str  # version of unfork that wrote this
    decision: CutoverDecision


def render_checks_json(tested: Tested) -> bytes:
    """Checks as an ``unfork-track-check/1`` document."""
    return to_json(ChecksDocument(unfork=__version__, tested=tested))


def render_compare_json(comparison: Comparison) -> bytes:
    """A comparison as an ``unfork-track-compare/1`` document."""
    return to_json(CompareDocument(unfork=__version__, comparison=comparison))


def render_cutover_json(decision: CutoverDecision) -> bytes:
    """A decision as an ``unfork-cutover/1`` document."""
    return to_json(CutoverDocument(unfork=__version__, decision=decision))
