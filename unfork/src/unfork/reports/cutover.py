"""The cutover's decision, as a sheet."""

from collections import Counter
from collections.abc import Mapping

from unfork.model.compared import Comparison
from unfork.model.cutover import CutoverDecision, CutoverVerdict, Line, LineState, Subject
from unfork.reports._words import SHORT
from unfork.reports.compared import comparison_sheet
from unfork.reports.sheet import Row, Section, Sheet

_VERDICT = {
    CutoverVerdict.READY: ("ready", "good"),
    CutoverVerdict.NOT_YET: ("not yet", "bad"),
    CutoverVerdict.UNKNOWN: ("unknown", "unsure"),
}
_TONE = {
    LineState.BLOCKS: "bad",
    LineState.UNKNOWN: "unsure",
    LineState.ACCEPTED: "faint",
    LineState.SAID: "",
    LineState.FINE: "good",
}
_TITLES = {
    LineState.BLOCKS: "What blocks",
    LineState.UNKNOWN: "What is not known",
    LineState.ACCEPTED: "What was accepted",
}
_COUNTED = {
    LineState.BLOCKS: "block",
    LineState.UNKNOWN: "not known",
    LineState.ACCEPTED: "accepted",
    LineState.SAID: "by the plan's word",
    LineState.FINE: "fine",
}
_SUBJECTS = {
    Subject.ITEM: "Items that block the cutover",
    Subject.CHECK: "Checks",
    Subject.TEST: "Tests",
    Subject.CONTENT: "Content of the old track",
    Subject.PATCH: "Patches that the new track carries",
    Subject.PROMISE: "Promises",
    Subject.MILESTONE: "Milestones",
    Subject.TRACK: "Tracks",
}


def decision_sheet(decision: CutoverDecision, compared: Mapping[str, Comparison] | None = None) -> Sheet:
    """The decision; with ``compared`` the whole comparison of the tracks behind it, for the archive."""
    word, tone = _VERDICT[decision.verdict]
    sections = [
        _section(title, [each for each in decision.lines if each.state is state])
        for state, title in _TITLES.items()
    ]
    rest = [each for each in decision.lines if each.state not in _TITLES]
    sections += [
        _section(title, [each for each in rest if each.subject is subject])
        for subject, title in _SUBJECTS.items()
    ]
    sections.append(_signatures(decision))
    for project, comparison in (compared or {}).items():
        sheet = comparison_sheet(comparison)
        label = f"{project}: " if project else ""
        sections.append(
            Section(f"{label}{sheet.title}", tuple(f"{name}: {text}" for name, text in sheet.facts))
        )
        sections += sheet.sections
    return Sheet(
        f"{decision.title}: cutover from {decision.old or '?'} to {decision.new or '?'}: {word}",
        tone,
        tuple(_facts(decision)),
        tuple(each for each in sections if each is not None),
    )


def _facts(decision: CutoverDecision) -> list[tuple[str, str]]:
    numbers = Counter(each.state for each in decision.lines)
    counts = [f"{numbers[state]} {words}" for state, words in _COUNTED.items() if numbers[state]]
    facts = [("on", str(decision.today)), ("lines", ", ".join(counts) or "none")]
    facts += [
        (f"{decision.new}{f' of {project}' if project else ''}", commit[:SHORT])
        for project, commit in decision.commits.items()
    ]
    open_items = any(
        each.subject is Subject.ITEM and each.state is LineState.BLOCKS for each in decision.lines
    )
    if open_items:
        day = str(decision.possible) if decision.possible else "not known: an item has no promised day"
        facts.append(("possible on", day))
    if decision.archived is not None:
        facts.append(("archived", f"on {decision.archived.on}, tag {decision.archived.tag}"))
    return facts


def _section(title: str, lines: list[Line]) -> Section | None:
    if not lines:
        return None
    todo = any(each.todo for each in lines)
    rows = [
        Row(
            (
                each.state,
                f"{each.subject} {each.name}",
                each.what,
                each.proof,
                *((each.todo,) if todo else ()),
            ),
            _TONE[each.state],
        )
        for each in lines
    ]
    head = ("state", "what", "is so", "known by", *(("what to do",) if todo else ()))
    return Section(f"{title}: {len(lines)}", (), head, tuple(rows))


def _signatures(decision: CutoverDecision) -> Section:
    rows = [
        Row(
            (
                each.signature.by,
                str(each.signature.on),
                each.signature.verdict,
                each.signature.reason or "",
                "" if each.current else "the new track has moved since",
            ),
            "good" if each.current else "unsure",
        )
        for each in decision.signed
    ]
    missing = f"Missing: {', '.join(decision.unsigned)}." if decision.unsigned else ""
    if decision.agreed:
        said = "Everybody asked has signed for what the new track is now."
    else:
        said = missing or "Nobody has signed for what the new track is now."
    head = ("by", "on", "it was", "why all the same", "")
    return Section("Signatures", (said,), head if rows else (), tuple(rows))
