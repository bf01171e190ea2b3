"""A row of the table: what a scan says about one patch, from its match and its placement."""

from collections.abc import Sequence

from unfork.model import Advice, Evidence, Match, Patch, Placement, State, Verdict


def verdict_row(
    patch: Patch,
    match: Match,
    placement: Placement,
    *,
    advice: Advice,
    first_release: str | None,
    said: Sequence[str],
) -> Verdict:
    """The row; ``said`` are warnings about the advice."""
    return Verdict(
        name=patch.name,
        id=patch.id,
        subject=patch.subject,
        relation=match.relation,
        commits=match.commits,
        candidates=match.candidates,
        suggestions=(),
        first_release=first_release,
        state=placement.in_series,
        state_alone=placement.alone,
        advice=advice,
        advice_release=first_release if advice is Advice.DROP_AT else None,
        confidence=match.confidence,
        evidence=(*match.evidence, *_edit_evidence(patch), *_state_evidence(placement)),
        residue=match.residue,
        files=len(patch.files),
        added=_count(patch, b"+"),
        removed=_count(patch, b"-"),
        author=str(patch.author) if patch.author else None,
        warnings=(*patch.warnings, *match.warnings, *said),
        error=patch.error,
        edit=patch.edit.kind if patch.edit else None,
    )


def _edit_evidence(patch: Patch) -> Sequence[Evidence]:
    """Why nothing is said of upstream's commits where a command stands for the diff."""
    if patch.edit is None:
        return ()
    said = (
        f"it is a command ({patch.edit.kind}) without a diff: upstream's commits cannot be compared with it"
    )
    return (Evidence("edit", said),)


def _state_evidence(placement: Placement) -> Sequence[Evidence]:
    """What git said of the target, as evidence beside that of the matcher."""
    found = [Evidence("state", detail) for detail in placement.details]
    if placement.present is not None:
        found.append(
            Evidence("tree", f"{100 * placement.present:.0f} % of its added lines are in the target's files")
        )
    if placement.absorbed_at:
        found.append(Evidence("tree", "it is whole in the tree of this commit", placement.absorbed_at))
    if placement.alone is not placement.in_series and placement.alone is not State.UNKNOWN:
        found.append(Evidence("state", f"alone on the target it is {placement.alone}"))
    return found


def _count(patch: Patch, sign: bytes) -> int:
    return sum(line[:1] == sign for change in patch.files for hunk in change.hunks for line in hunk.lines)
