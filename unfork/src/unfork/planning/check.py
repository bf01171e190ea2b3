"""Every rule asked, and what people silenced taken out."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date

from unfork.config import PLAN_FILE
from unfork.model.finding import Check, Finding, Severity
from unfork.model.plan import Plan, Silence, Spot
from unfork.model.seen import SeenSeries
from unfork.planning.join import Joined, join
from unfork.planning.observed import Observed, links_line
from unfork.planning.rule import RULES
from unfork.planning.rules import CHECKS
from unfork.planning.rules.found import Asked

_ORDER = {severity: place for place, severity in enumerate(Severity)}


def check_plan(
    plan: Plan, seen: Mapping[str, SeenSeries], today: date, observed: Observed | None = None
) -> Check:
    """Everything that does not agree on ``today``, worst first, then in the order of the files."""
    return check_joined(join(plan, seen, observed), today)


def check_joined(joined: Joined, today: date) -> Check:
    """``check_plan`` of what was joined before."""
    plan = joined.plan
    asked = Asked(joined, today)
    found = [finding for check in CHECKS for finding in check(asked)]
    counted, silenced = _silence(plan, found, today)
    return Check(
        plan=plan.name,
        folder=plan.folder,
        today=today.isoformat(),
        findings=tuple(sorted(counted, key=_place)),
        silenced=tuple(sorted(silenced, key=_place)),
        items=len(plan.items),
        patches=sum(len(series.patches) for series in joined.seen.values()),
        scans=tuple(_scan_line(project, series) for project, series in joined.seen.items()),
        links=links_line(joined.links, today),
    )


def only_new(check: Check, joined: Joined, old: Mapping[str, Collection[str]]) -> Check:
    """The check with only what concerns patches that were not carried before.

    ``old`` are the content ids carried before, by project. What concerns an item counts when the item
    has a new patch.
    """
    new = {
        (project, patch.name)
        for project, series in joined.seen.items()
        for patch in series.patches
        if patch.id not in old.get(project, ())
    }
    touched = {
        item
        for item, patches in joined.carried.items()
        if any((joined.plan.items[item].project, patch.name) in new for patch in patches)
    }
    kept = tuple(
        each
        for each in check.findings
        if ((each.project, each.patch) in new if each.patch and not each.item else each.item in touched)
    )
    return replace(check, findings=kept)


def _silence(plan: Plan, found: list[Finding], today: date) -> tuple[list[Finding], list[Finding]]:
    said: list[tuple[Silence, Spot, str | None]] = [
        (each, plan.spot(name, "silence"), name) for name, item in plan.items.items() for each in item.silence
    ]
    said += [(each, Spot(f"{plan.folder}/{PLAN_FILE}", 1, 1), each.item) for each in plan.head.silence]
    by_rule: dict[str, list[int]] = {}
    for place, (each, _, _) in enumerate(said):
        if each.until is None or each.until >= today:
            by_rule.setdefault(each.rule, []).append(place)
    used: set[int] = set()
    counted, silenced = [], []
    for finding in found:
        meant = [at for at in by_rule.get(finding.rule, ()) if _meant(finding, said[at][0], said[at][2])]
        if meant:
            used.update(meant)
            silenced.append(replace(finding, silenced=said[meant[0]][0].reason))
        else:
            counted.append(finding)
    counted += [*_unused(said, used)]
    return counted, silenced


def _meant(finding: Finding, silence: Silence, item: str | None) -> bool:
    return (
        (item is None or item == finding.item)
        and (silence.patch is None or silence.patch == finding.patch)
        and (silence.project is None or silence.project == finding.project)
    )


def _unused(said: list[tuple[Silence, Spot, str | None]], used: set[int]) -> Iterator[Finding]:
    rule = RULES["silence-unused"]
    for place, (each, spot, item) in enumerate(said):
        if place not in used:
            over = f", its day {each.until} has passed" if each.until else ""
            what = f"{item or 'the plan'}: silences {each.rule}, which has nothing to say there{over}"
            yield Finding(rule.id, rule.severity, what, "take it out", spot, item=item)


def _scan_line(project: str, series: SeenSeries) -> str:
    return f"{project}: {series.at:%Y-%m-%d}, {len(series.patches)} patches on {series.target}"


def _place(finding: Finding) -> tuple[int, str, int, str, str]:
    return (_ORDER[finding.severity], finding.spot.file, finding.spot.line, finding.rule, finding.patch or "")
