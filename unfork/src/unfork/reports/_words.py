"""Words all reports share: how a verdict's parts read, and how often each value occurs."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from unfork.model import (
    Advice,
    Candidate,
    Relation,
    Scan,
    State,
    Suggestion,
    UpstreamCommit,
    Verdict,
)

SHORT = 10  # hex digits of a hash shown to people: no two of a million commits are likely to share them

ADVICE_MEANING = {
    Advice.DROP: "leave it out: the target has it, its code has left, or the series does without it",
    Advice.DROP_AT: "upstream, in a later release than the target",
    Advice.TRIM: "part of it is upstream: keep the rest",
    Advice.CARRY: "not upstream: carry it on",
    Advice.REWORK: "carry it, but it conflicts with the target",
    Advice.DECIDE: "between yes and no: look at the evidence",
}
RELATION_MEANING = {
    Relation.IDENTICAL: "same patch-id as an upstream commit",
    Relation.EQUIVALENT: "same change, other surroundings",
    Relation.REWORKED: "same change, partly other code",
    Relation.SPLIT: "several upstream commits make it up",
    Relation.SQUASHED: "part of one larger upstream commit",
    Relation.PARTIAL: "only some of it is upstream",
    Relation.NONE: "not found upstream",
    Relation.UNKNOWN: "could not be judged",
}
STATE_MEANING = {
    State.ABSORBED: "already there",
    State.CLEAN: "applies where it says",
    State.OFFSET: "applies at other line numbers",
    State.FUZZY: "applies with less context or by three-way merge",
    State.CONFLICT: "does not apply",
    State.OBSOLETE: "every file it changes is gone, or a command matches nothing",
    State.UNKNOWN: "could not be asked",
}
ADVICE_COLOR = {
    Advice.DROP: "green",
    Advice.DROP_AT: "cyan",
    Advice.TRIM: "yellow",
    Advice.CARRY: "",
    Advice.REWORK: "red",
    Advice.DECIDE: "magenta",
}


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each value occurs, in the order of its enum, without those that do not."""

    advice: tuple[tuple[Advice, int], ...]
    relation: tuple[tuple[Relation, int], ...]
    state: tuple[tuple[State, int], ...]


def counts(scan: Scan) -> Counts:
    """Count the verdicts of a scan."""
    advice = Counter(verdict.advice for verdict in scan.patches)
    relation = Counter(verdict.relation for verdict in scan.patches)
    state = Counter(verdict.state for verdict in scan.patches)
    return Counts(
        tuple((value, advice[value]) for value in Advice if advice[value]),
        tuple((value, relation[value]) for value in Relation if relation[value]),
        tuple((value, state[value]) for value in State if state[value]),
    )


def ends(scan: Scan) -> str:
    """``16.0.0..master``; without a base the target alone."""
    return f"{scan.base_name}..{scan.target_name}" if scan.base_name else scan.target_name


def name_of(verdict: Verdict) -> str:
    """The patch's name for people: a full hash is cut short, a file name stays whole."""
    is_hash = len(verdict.name) in (40, 64) and not verdict.name.strip("0123456789abcdef")
    return verdict.name[:SHORT] if is_hash else verdict.name


def advice_of(verdict: Verdict) -> str:
    """The advice in words: ``drop-at 17.0.0``."""
    if verdict.advice_release:
        return f"{verdict.advice} {verdict.advice_release}"
    return str(verdict.advice)


Labels = Mapping[str, str]  # short names of the repositories that are not the upstream itself


def labels_of(upstreams: Sequence[str]) -> Labels:
    """A short name for each repository but the first: the part of its path that tells them apart."""
    parts = [re.sub(r"(\.git)?/*$", "", name).split("/") for name in upstreams]
    longest = max((len(each) for each in parts), default=0)
    for count in range(1, longest + 1):
        ends = [each[-count:] for each in parts]
        if len({tuple(each) for each in ends}) == len(ends):
            same = len({tuple(each[1:]) for each in ends}) == 1
            return {
                name: end[0] if same else "/".join(end)
                for name, end in list(zip(upstreams, ends, strict=True))[1:]
            }
    return {name: name for name in upstreams[1:]}


def labels_in(scan: Scan) -> Labels:
    """The short names of the further repositories of a scan."""
    return labels_of((scan.upstream, *(each.upstream for each in scan.also)))


def hash_of(commit: UpstreamCommit | Candidate, labels: Labels, digits: int = SHORT) -> str:
    """A commit's hash, short, behind the name of its repository when that is not the upstream."""
    label = labels.get(commit.repo)
    return f"{label}:{commit.sha[:digits]}" if label else commit.sha[:digits]


def release_of(suggestion: Suggestion, labels: Labels) -> str:
    """The release of a suggestion, behind the name of its repository when that is not the upstream."""
    return " ".join(filter(None, (labels.get(suggestion.repo), suggestion.release)))


def searched(scan: Scan) -> str:
    """What the patches were compared with, and how much of it is of further repositories."""
    if scan.entries_searched is not None:
        return f"{plural(scan.entries_searched, 'changelog entry', 'changelog entries')} searched"
    labels = labels_in(scan)
    others = [f"{each.commits:,} of them of {labels[each.upstream]}" for each in scan.also]
    return ", ".join([f"{plural(scan.commits_searched, 'upstream commit')} searched", *others])


def commits_of(verdict: Verdict, labels: Labels) -> str:
    """The first upstream commit, short, and how many more there are; empty for none."""
    if not verdict.commits:
        return ""
    more = len(verdict.commits) - 1
    return hash_of(verdict.commits[0], labels) + (f"+{more}" if more else "")


def percent(share: float | None) -> str:
    """``99%``; never 100% for what is less, nor 0% for what is more, since both would be claims."""
    if share is None:
        return ""
    if 0.995 <= share < 1:
        return "99%"
    if 0 < share < 0.01:
        return "1%"
    return f"{share:.0%}"


def plural(number: int, one: str, many: str | None = None) -> str:
    """``1 patch``, ``1,200 patches``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def same_warnings(scan: Scan) -> list[tuple[str, list[str]]]:
    """The warnings of all patches, each text once, with the patches that have it."""
    by_text: dict[str, list[str]] = {}
    for verdict in scan.patches:
        # A parser's warning begins with the file's name, which the reports put in front anyway.
        for text in dict.fromkeys(each.removeprefix(f"{verdict.name}:") for each in verdict.warnings):
            by_text.setdefault(text, []).append(name_of(verdict))
    return list(by_text.items())


def some(names: Iterable[str], limit: int = 3) -> str:
    """The first few names, and how many more there are."""
    names = list(names)
    shown = ", ".join(names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown


def odds(chance: float) -> str:
    """A chance as people say it: "1 in 7", "9 in 10"."""
    if chance <= 0:
        return "not known"
    tenths = min(9, round(10 * chance))
    return f"{tenths} in 10" if tenths > 5 else f"1 in {round(1 / chance)}"


def promising(scan: Scan) -> list[Verdict]:
    """The patches with a suggestion that is worth a look, the best chance first."""
    found = [verdict for verdict in scan.patches if any(each.promising for each in verdict.suggestions)]
    return sorted(found, key=lambda verdict: -verdict.suggestions[0].chance)
