"""How reports put what a patch is to the others of its series. Raw text: each report makes it safe."""

from collections import Counter
from collections.abc import Iterator

from unfork.model import Group, Joint, KinKind, ListedPart, Scan, SharedCommit, Verdict
from unfork.reports._words import SHORT, percent, plural, some

_MOST = 6  # names of a group that one line holds
_WORDS = {
    KinKind.FIXES: ("fixes", "fixed by"),
    KinKind.REVERTS: ("reverts", "reverted by"),
    KinKind.REPEATS: ("repeats", "repeated by"),
    KinKind.PART_OF: ("part of", "holds"),
}


def relations_of(verdict: Verdict) -> Iterator[tuple[str, str, str]]:
    """Each relation of a patch as its word, the other patch, and why."""
    for kin in verdict.kin:
        active = kin.patch == verdict.name
        why = "; ".join(found.detail for found in kin.evidence)
        yield _WORDS[kin.kind][0 if active else 1], kin.other if active else kin.patch, why


def part_line(part: ListedPart) -> str:
    """A part of a squash: as listed, and the patch that it is."""
    listed = f"{part.hash[:SHORT]} {part.subject}" if part.hash else part.subject
    if part.patch is None:
        return f"{listed}: not in the series"
    return f"{listed}: {part.patch}, joined by {part.joined_by}, {percent(part.share)} of this patch"


def shared_line(shared: SharedCommit, verdict: Verdict) -> str:
    """The other patches that an upstream commit holds too."""
    mine = next(holding.covers for holding in shared.patches if holding.patch == verdict.name)
    others = [
        f"{holding.patch} ({percent(holding.covers)})"
        for holding in shared.patches
        if holding.patch != verdict.name
    ]
    return (
        f"{shared.sha[:SHORT]} holds this patch ({percent(mine)} of the commit) and {some(others, _MOST)}; "
        f"together they are {percent(shared.covers)} of it"
    )


def joint_line(joint: Joint) -> str:
    """What patches are upstream as one change."""
    commits = ", ".join(commit.sha[:SHORT] for commit in joint.commits)
    return f"{some(joint.patches, _MOST)}: as one change {joint.relation} {commits}"


def together_line(verdict: Verdict) -> str:
    """The others of a patch's group."""
    return some(verdict.together, _MOST)


def group_line(group: Group) -> str:
    """A group as one line."""
    said = some(group.patches, _MOST)
    reason = "they cancel each other out" if group.cancels else group.reason
    return f"{said}: {reason}" if reason else said


def kin_counts(scan: Scan) -> str:
    """How often each relation occurs; empty when none does."""
    kinds = Counter(kin.kind for verdict in scan.patches for kin in verdict.kin if kin.patch == verdict.name)
    counted = [f"{_WORDS[kind][0]} {kinds[kind]}" for kind in KinKind if kinds[kind]]
    if scan.groups:
        counted.append(f"{plural(len(scan.groups), 'group')} to decide together")
    return ", ".join(counted)
