"""The scan as JSON. The schema's name is its version: a change that could break a reader raises it.

``docs/scan.schema.json`` and ``docs/show.schema.json`` are made from the types here.
"""

from pathlib import Path
from typing import Any

import msgspec

from unfork import __version__
from unfork.model import Group, Joint, Scan, Searched, Verdict
from unfork.model.decision import Decision
from unfork.model.detail import DiffLine, PatchDetail, Side
from unfork.model.evaluation import Bin, Evaluation, Miss, Share
from unfork.reports._safe import valid
from unfork.reports._words import counts

SCAN_SCHEMA = "unfork-scan/1"
SHOW_SCHEMA = "unfork-show/1"
EVALUATE_SCHEMA = "unfork-evaluate/1"
DECISIONS_SCHEMA = "unfork-decisions/1"


class Summary(msgspec.Struct, frozen=True):
    """How often each value occurs."""

    patches: int
    advice: dict[str, int]
    relation: dict[str, int]
    state: dict[str, int]
    unreadable: tuple[str, ...]  # names of the patches that could not be read


class ScanDocument(msgspec.Struct, frozen=True, tag_field="schema", tag=SCAN_SCHEMA):
    """What `unfork scan --json` writes."""

    unfork: str  # version of unfork that wrote this
    series: str  # as the user named it
    carrier: str  # the form the series is kept in
    upstream: str  # the repository, as the user named it
    base: str  # full hash
    base_name: str  # as the user named it
    target: str  # full hash
    target_name: str  # as the user named it
    also: tuple[Searched, ...]  # further repositories that were searched
    commits_searched: int  # commits of all of them that were compared with the patches
    summary: Summary
    patches: tuple[Verdict, ...]  # in series order
    groups: tuple[Group, ...]  # patches that are decided together
    joints: tuple[Joint, ...]  # patches that are one change upstream
    warnings: tuple[str, ...]  # about the scan as a whole
    entries_searched: int | None = None  # changelog entries, where upstream has no history; null: it has


class ShowDocument(msgspec.Struct, frozen=True, tag_field="schema", tag=SHOW_SCHEMA):
    """What `unfork show --json` writes."""

    unfork: str  # version of unfork that wrote this
    patch: Verdict
    message: str  # body of the patch's message
    trailers: tuple[tuple[str, str], ...]  # in order, keys as written
    lines: tuple[DiffLine, ...]  # the patch's diff
    sides: tuple[Side, ...]  # each upstream commit laid beside it
    residue: tuple[int, ...]  # changed lines no claimed commit explains, as indexes into lines


class EvaluateDocument(msgspec.Struct, frozen=True, tag_field="schema", tag=EVALUATE_SCHEMA):
    """What `unfork evaluate --json` writes. Shares are 0..1, an interval is [low, high] at 95 %."""

    unfork: str  # version of unfork that wrote this
    upstream: str
    ranges: tuple[str, ...]
    content_only: bool
    leave_out: bool
    commits_searched: int
    truth: int  # backports that name what they were picked from
    recall_at_1: float
    recall_at_1_interval: tuple[float, float]
    recall_at_5: float
    recall_at_5_interval: tuple[float, float]
    differing: int  # backports whose patch-id differs from that of their original
    differing_recall_at_1: float
    differing_recall_at_1_interval: tuple[float, float]
    wrong: float  # share of rows for which another commit was claimed
    wrong_count: int
    wrong_interval: tuple[float, float]
    false_claims: float  # share of rows with a claim that is not true, the original left out or not
    false_claims_count: int
    false_claims_interval: tuple[float, float]
    part_claims: float  # share of rows of which some is claimed to be in other commits; siblings share code
    part_claims_interval: tuple[float, float]
    reliability: tuple[Bin, ...]  # confidence of the best candidate against how often it is right, by tenths
    calibration_error: float  # the mean gap between the two
    misses: tuple[Miss, ...]


class DecisionsDocument(msgspec.Struct, frozen=True, tag_field="schema", tag=DECISIONS_SCHEMA):
    """What `unfork decide --list --json` writes."""

    unfork: str  # version of unfork that wrote this
    path: str  # the file they are kept in
    decisions: tuple[Decision, ...]  # in the file's order


def render_decisions_json(decisions: tuple[Decision, ...], path: str) -> bytes:
    """Decisions as an ``unfork-decisions/1`` document."""
    return _encode(DecisionsDocument(unfork=__version__, path=path, decisions=decisions))


def render_json(scan: Scan) -> bytes:
    """The scan as an ``unfork-scan/1`` document, indented, ending in a line end."""
    total = counts(scan)
    return _encode(
        ScanDocument(
            unfork=__version__,
            series=scan.series,
            carrier=scan.carrier,
            upstream=scan.upstream,
            base=scan.base,
            base_name=scan.base_name,
            target=scan.target,
            target_name=scan.target_name,
            also=scan.also,
            commits_searched=scan.commits_searched,
            summary=Summary(
                patches=len(scan.patches),
                advice=dict(total.advice),
                relation=dict(total.relation),
                state=dict(total.state),
                unreadable=tuple(verdict.name for verdict in scan.patches if verdict.error),
            ),
            patches=scan.patches,
            groups=scan.groups,
            joints=scan.joints,
            warnings=scan.warnings,
            entries_searched=scan.entries_searched,
        )
    )


def render_detail_json(detail: PatchDetail) -> bytes:
    """One patch's evidence as an ``unfork-show/1`` document."""
    return _encode(
        ShowDocument(
            unfork=__version__,
            patch=detail.verdict,
            message=detail.patch.message,
            trailers=detail.patch.trailers,
            lines=detail.lines,
            sides=detail.sides,
            residue=detail.residue,
        )
    )


def render_evaluation_json(result: Evaluation) -> bytes:
    """An evaluation as an ``unfork-evaluate/1`` document."""
    return _encode(
        EvaluateDocument(
            unfork=__version__,
            upstream=result.upstream,
            ranges=result.ranges,
            content_only=result.content_only,
            leave_out=result.leave_out,
            commits_searched=result.commits_searched,
            truth=result.truth,
            recall_at_1=result.recall_at_1.value,
            recall_at_1_interval=_interval(result.recall_at_1),
            recall_at_5=result.recall_at_5.value,
            recall_at_5_interval=_interval(result.recall_at_5),
            differing=result.differing.of,
            differing_recall_at_1=result.differing.value,
            differing_recall_at_1_interval=_interval(result.differing),
            wrong=result.wrong.value,
            wrong_count=result.wrong.hits,
            wrong_interval=_interval(result.wrong),
            false_claims=result.false_claims.value,
            false_claims_count=result.false_claims.hits,
            false_claims_interval=_interval(result.false_claims),
            part_claims=result.part_claims.value,
            part_claims_interval=_interval(result.part_claims),
            reliability=result.reliability,
            calibration_error=result.calibration_error,
            misses=result.misses,
        )
    )


def _interval(share: Share) -> tuple[float, float]:
    return share.low, share.high


def to_json(result: object) -> bytes:
    """Any frozen result as indented JSON, undecodable bytes written out, ending in a line end."""
    return _encode(result)


def _encode(document: object) -> bytes:
    try:
        data = msgspec.json.encode(document, enc_hook=_plain)
    except UnicodeEncodeError:  # a name in another encoding, kept as lone surrogates
        data = msgspec.json.encode(_all_valid(msgspec.to_builtins(document, enc_hook=_plain)))
    return msgspec.json.format(data, indent=2) + b"\n"


def _plain(value: object) -> str:
    """For what JSON has no form of: a path."""
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(type(value))


def _all_valid(value: Any) -> Any:
    if isinstance(value, str):
        return valid(value)
    if isinstance(value, dict):
        return {valid(str(key)): _all_valid(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_all_valid(item) for item in value]
    return value
