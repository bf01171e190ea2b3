"""Why a commit is claimed or offered: every sign that fired, in words and numbers."""

from collections.abc import Sequence

from unfork.history import CommitInfo, History, only
from unfork.matching.cover import Part
from unfork.matching.query import Query
from unfork.matching.rank import Ranked
from unfork.matching.share import covering, shared_lines
from unfork.model import Evidence


def evidence_for(history: History, query: Query, ranked: Ranked) -> list[Evidence]:
    """The signs that speak for a commit, the strongest kinds first."""
    info = history.index.infos[ranked.number]
    found = [
        *_identifiers(query, info, ranked),
        *_content(history, query, ranked),
        *_message(info, ranked),
    ]
    return [
        *(Evidence(method, detail, info.sha) for method, detail in found),
        *_copies(history, ranked.number),
    ]


def part_evidence(history: History, query: Query, part: Part) -> list[Evidence]:
    """The signs that a commit is part of a patch, or the patch part of it."""
    info = history.index.infos[part.number]
    ranked = Ranked(part.number, part.features, part.probability, part.probability)
    whole = 100 * covering(history.index, query, part.number)
    text = (
        f"explains {len(part.lines)} of {len(query.lines)} changed lines; "
        f"{whole:.0f} % of the commit's lines are in the patch"
    )
    found = [*_identifiers(query, info, ranked), ("lines", text), *_message(info, ranked)]
    return [
        *(Evidence(method, detail, info.sha) for method, detail in found),
        *_copies(history, part.number),
    ]


def _copies(history: History, number: int) -> list[Evidence]:
    """Where else the commit is: a repository that was split out keeps a part of the past."""
    return [
        Evidence("copy", f"{source.name} has a copy of this commit", sha)
        for source, sha in history.copies.get(number, ())
    ]


def _identifiers(query: Query, info: CommitInfo, ranked: Ranked) -> list[tuple[str, str]]:
    found = []
    if ranked.features.picked:
        found.append(("trailer", "the patch says it was picked from this commit"))
    elif ranked.features.named:
        found.append(("hash", "the patch's message names this commit"))
    shared = sorted(set(query.ids).intersection(info.ids))
    for each in shared:
        kind, _, value = each.partition(":")
        if kind in ("change-id", "bug", "cve", "issue", "blueprint"):
            found.append((kind, f"both name {value}"))
    return found


def _content(history: History, query: Query, ranked: Ranked) -> list[tuple[str, str]]:
    features, found = ranked.features, []
    if features.patch_id:
        found.append(("patch-id", "same patch-id, context included"))
    elif features.same_lines:
        found.append(("patch-id", "same patch-id without context (-U0)"))
    total = len(query.lines)
    if total:
        common = shared_lines(history.index, query, ranked.number)
        text = (
            f"{common} of {total} changed lines are in it ({100 * features.contained:.0f} % by weight); "
            f"they are {100 * features.covering:.0f} % of the commit"
        )
        if common and features.moved > 0.5:
            text += "; in files of other names"
        found.append(("lines", text))
    if features.looked and not features.patch_id:
        found.append(
            ("context", f"{100 * features.surroundings:.0f} % of the lines with context are the same")
        )
    return found


def _message(info: CommitInfo, ranked: Ranked) -> list[tuple[str, str]]:
    features, found = ranked.features, []
    if features.subject_same:
        found.append(("subject", "same subject"))
    elif features.subject > 0.7:
        found.append(("subject", f"similar subject ({100 * features.subject:.0f} %)"))
    if features.numbers_differ and features.subject > 0.7:
        found.append(("subject", "but a number or a Revert in it differs"))
    if features.author:
        found.append(("author", f"same author, {info.author}"))
    return found


def trailer_warnings(history: History, query: Query, claimed: Sequence[int]) -> list[str]:
    """What the patch's own trailers say that its content does not bear out."""
    shas = [history.index.infos[number].sha for number in claimed]
    warnings = []
    for named in only(query.ids, "picked"):
        if any(sha.startswith(named) for sha in shas):
            continue
        number = history.find(named)
        if number is None:
            warnings.append(f"its trailer names {named[:12]}, which is not among the searched commits")
        else:
            instead = f"; it looks like {', '.join(sha[:12] for sha in shas)}" if shas else ""
            known = history.shas[number]
            warnings.append(f"its trailer names {known[:12]}, but the content is not that commit's{instead}")
    return warnings
