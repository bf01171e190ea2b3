"""Evidence in words, for people."""

from collections.abc import Sequence

from unfork.comparing.hunks import Seen
from unfork.comparing.news import Mention
from unfork.model import Evidence

_SHOWN = 120  # characters of an entry
_MOST = 12  # hunks named one by one


def tree_evidence(seen: Sequence[Seen], taken: Sequence[bool], *, had: bool) -> list[Evidence]:
    """How many hunks the target has; which, where it has some only."""
    if had:
        return [Evidence("tree", "the base has it already: that the target has it too tells nothing")]
    if not seen:
        return []
    inside = sum(taken)
    whole, left = sum(each.weight for each in seen), sum(each.left for each in seen)
    found = [
        Evidence(
            "tree",
            f"{inside} of {len(seen)} hunk{'s are' if len(seen) > 1 else ' is'} in the target,"
            f" {whole - left} of {whole} telling lines",
        )
    ]
    if 0 < inside < len(seen):
        for each, yes in list(zip(seen, taken, strict=True))[:_MOST]:
            where = f"{each.path}:{each.hunk.old_start}"
            found.append(Evidence("tree", f"{where}: {_found(each, yes)}"))
    gone = sorted({each.path for each in seen if each.features.file_gone})
    found += [Evidence("tree", f"{path}: not in the target") for path in gone]
    return found


def _found(seen: Seen, taken: bool) -> str:
    if taken:
        return "in the target"
    if not seen.is_judged:
        return "its file is not in the target, which tells nothing"
    return "not in the target" if seen.is_missing else "not seen: the code around it has changed"


def mention_evidence(mention: Mention) -> list[Evidence]:
    """Which entry of the changelog, why it, and its release."""
    if mention.entry is None:
        return []
    reasons = []
    if mention.commit:
        reasons.append(f"both name the commit {mention.commit}")
    if both := [*mention.advisory, *mention.joined]:
        reasons.append(f"both name {', '.join(map(_spelled, both))}")
    if mention.named:
        reasons.append("it names the patch")
    if mention.same:
        reasons.append("it has the patch's subject")
    elif mention.near and not reasons:
        reasons.append(f"{mention.near:.0%} of its words and the subject's are the same")
    entry = mention.entry
    text = entry.text if len(entry.text) <= _SHOWN else entry.text[: _SHOWN - 1] + "…"
    under = f"under {entry.release}" if entry.release else "under no release"
    return [Evidence("changelog", f"{entry.path}:{entry.line}, {under}: “{text}”: {', '.join(reasons)}")]


def _spelled(reference: str) -> str:
    """A reference as people write it: "#12", "CVE-2024-1", "bug 1234567"."""
    kind, _, value = reference.partition(":")
    if kind == "number":
        return f"#{value}"
    return f"{kind.upper()}-{value}" if kind in ("cve", "ghsa") else f"{kind} {value}"
