"""Whether the new track can replace the old: a pure function of the plan and of what was seen."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from unfork.cutting.content_lines import content_lines
from unfork.cutting.item_lines import item_lines
from unfork.cutting.track_lines import track_lines
from unfork.model.compared import Comparison
from unfork.model.cutover import CutoverDecision, CutoverVerdict, Line, LineState, Signed, Subject
from unfork.model.plan import Accepted, Cutover, Gate, Item, Plan
from unfork.model.status import Readiness
from unfork.planning import Joined

_ORDER = {state: place for place, state in enumerate(LineState)}
_SUBJECTS = {subject: place for place, subject in enumerate(Subject)}
_OPEN = (LineState.BLOCKS, LineState.UNKNOWN)


def decide_cutover(
    joined: Joined, readiness: Readiness, compared: Mapping[str, Comparison], today: date
) -> CutoverDecision:
    """The decision on ``today``.

    ``joined`` is the plan with the last scans, ``readiness`` that of the cutover, ``compared`` has the two
    tracks of each project.
    """
    plan = joined.plan
    cutover = plan.head.cutover or Cutover()

    def agreed(name: str) -> Accepted | None:
        return _accepted_by(name, cutover.accepted, today)

    lines = [
        *item_lines(joined, compared, today),
        *track_lines(plan, compared, agreed),
        *(line for project, each in compared.items() for line in content_lines(plan, project, each)),
        *_promises(plan),
        *_milestones(plan, today),
    ]
    lines = [_settled(line, agreed(line.name)) for line in lines]
    lines.sort(key=lambda each: (_ORDER[each.state], _SUBJECTS[each.subject]))
    verdict = verdict_of(lines)
    commits = {project: each.new.commit for project, each in compared.items()}
    signed = tuple(Signed(each, bool(commits) and each.commits == commits) for each in cutover.signed)
    yes = {each.signature.by for each in signed if _counts(each, verdict)}
    unsigned = tuple(each for each in cutover.signers if each not in yes)
    return CutoverDecision(
        plan=plan.name,
        title=plan.head.title or plan.name,
        folder=plan.folder,
        today=today,
        old=cutover.old or "",
        new=cutover.new or "",
        commits=commits,
        verdict=verdict,
        lines=tuple(lines),
        possible=readiness.possible,
        signed=signed,
        unsigned=unsigned,
        agreed=bool(yes) and not unsigned,
        archived=cutover.archived,
    )


def verdict_of(lines: Iterable[Line]) -> CutoverVerdict:
    """One line that blocks is enough for "not yet"; one that is unknown for "unknown"."""
    states = {each.state for each in lines}
    if LineState.BLOCKS in states:
        return CutoverVerdict.NOT_YET
    return CutoverVerdict.UNKNOWN if LineState.UNKNOWN in states else CutoverVerdict.READY


def _counts(signed: Signed, verdict: CutoverVerdict) -> bool:
    """A yes is for one state of the new track; what is not ready needs a reason beside it."""
    return signed.current and (verdict is CutoverVerdict.READY or signed.signature.reason is not None)


def _accepted_by(name: str, accepted: Iterable[Accepted], today: date) -> Accepted | None:
    """What people agreed to of that name, and still do."""
    return next(
        (
            each
            for each in accepted
            if (each.until is None or each.until >= today) and _means(each.what, name)
        ),
        None,
    )


def _means(what: str, name: str) -> bool:
    """Whether a name is meant. Only "*" stands for something: names have brackets, ``[GROUP] NAME``."""
    return re.fullmatch(".*".join(map(re.escape, what.split("*"))), name, re.DOTALL) is not None


def _settled(line: Line, agreed: Accepted | None) -> Line:
    if agreed is None or line.state not in _OPEN or line.subject in (Subject.ITEM, Subject.TRACK):
        return line  # an item is ended or its gate changed: that is where it is agreed on
    return replace(line, state=LineState.ACCEPTED, proof=f"accepted: {agreed.reason}", todo="")


def _promises(plan: Plan) -> Iterator[Line]:
    """What holds up the release after the cutover is to be promised before it."""
    open_items = [
        (name, item) for name, item in plan.items.items() if item.gate is Gate.RELEASE and item.ended is None
    ]
    unpromised = [name for name, item in open_items if item.commitment is None]
    if unpromised:
        some = ", ".join(unpromised[:3]) + (f" and {len(unpromised) - 3} more" if len(unpromised) > 3 else "")
        yield Line(
            Subject.PROMISE, "release", "", LineState.SAID,
            f"open items that block the release without a promised day: {len(unpromised)} of "
            f"{len(open_items)}: {some}",
            "the plan", "unfork plan promise ITEM --by NAME --date DATE",
        )  # fmt: skip


def _milestones(plan: Plan, today: date) -> Iterator[Line]:
    for name, each in sorted(plan.head.milestones.items(), key=lambda pair: pair[1].date):
        days = (each.date - today).days
        freezes = f", freezes {each.freezes}" if each.freezes else ""
        when = f"in {days} days" if days > 0 else "today" if days == 0 else f"{-days} days ago"
        waiting = sum(_due(item, name) for item in plan.items.values())
        due = f"; open items that block the cutover and are due then: {waiting}" if waiting else ""
        yield Line(
            Subject.MILESTONE, name, "", LineState.FINE, f"on {each.date}, {when}{freezes}{due}", "the plan"
        )


def _due(item: Item, milestone: str) -> bool:
    return item.ended is None and item.gate is Gate.CUTOVER and item.due == milestone
