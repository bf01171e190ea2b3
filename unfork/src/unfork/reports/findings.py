"""Findings as text, grouped by file and line for people, one a line for a pipe."""

from unfork.model.finding import Check, Finding, Severity
from unfork.reports._safe import printable
from unfork.reports._terminal import Paint
from unfork.reports._words import plural

_COLOR = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


def render_check(check: Check, *, color: bool = False, quiet: bool = False, verbose: bool = False) -> str:
    """One line a finding, as compilers write them, then counts; ``verbose`` has the silenced ones too."""
    paint = Paint(color=color)
    lines = [_line(each, paint) for each in check.findings]
    if verbose:
        lines += [
            f"{_line(each, paint)}\n    silenced: {printable(each.silenced or '')}" for each in check.silenced
        ]
    if not quiet:
        lines += [f"# {line}" for line in _summary(check)]
    return "".join(f"{line}\n" for line in lines)


def _line(finding: Finding, paint: Paint) -> str:
    return (
        f"{printable(str(finding.spot))}: {paint(str(finding.severity), _COLOR[finding.severity])}: "
        f"{printable(finding.message)} ({printable(finding.hint)}) [{finding.rule}]"
    )


def _summary(check: Check) -> list[str]:
    counts = [
        plural(sum(each.severity is severity for each in check.findings), str(severity))
        for severity in Severity
    ]
    lines = [
        f"{printable(check.plan)} on {check.today}: {plural(check.items, 'item')}, {', '.join(counts)}, "
        f"{len(check.silenced)} silenced"
    ]
    lines += [f"joined with {printable(scan)}" for scan in check.scans]
    if not check.scans:
        lines.append("joined with no scan: none is recorded")
    if check.links:
        lines.append(f"links: {printable(check.links)}")
    return lines
