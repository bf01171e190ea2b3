"""Compare what a scan says of a generated fork with what is true.

A patch's relation is judged by seven labels (``LABELS``). Identical and equivalent are one label, "as it
stands": which of the two depends on the context lines alone. It is the true label of ``dropped`` and
``renamed`` patches, and of ``reverted`` ones that are in the target after all: they came back, or
were taken out only after it. The label "reverted" is given to an answer that names the commit
which took the change back and does not advise to drop the patch, whatever relation it states. An
answer that names no true commit at all counts as wrong, with the label "other commit".
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from unfork.commands.scan import Scanned
from unfork.matching import Lookup, calibration_error, make_lookup, query_of_patch, reliability, wanted_of
from unfork.matching.cover import explained_by  # which line goes to which commit is its answer to give
from unfork.model import Advice, Patch, Relation, Verdict
from unfork.model.evaluation import Bin

from forked.carried import Carried, Kind
from forked.fork import Fork

LABELS = ("as it stands", "split", "squashed", "partial", "reworked", "reverted", "none")
OTHER = "other commit"
_WHOLE = (Relation.IDENTICAL, Relation.EQUIVALENT)
_DROPS = (Advice.DROP, Advice.DROP_AT)


@dataclass(frozen=True, slots=True)
class Judged:
    """One patch: the truth, the answer, and how its lines were given away."""

    patch: Carried
    verdict: Verdict
    truth: str
    answer: str
    lines: int  # changed lines upstream has, none blank
    right: int  # of these, given to a true commit
    foreign: int  # changed lines upstream has not (never taken); reworked-away lines are not counted
    kept: int  # of these, given to nobody

    @property
    def correct(self) -> bool:
        """Whether the relation is right, with a true commit."""
        return self.truth == self.answer


@dataclass(frozen=True, slots=True)
class Figures:
    """What all patches come to."""

    macro_f1: float
    f1: dict[str, float]
    recall: dict[Kind, tuple[int, int]]
    confusion: dict[tuple[str, str], int]  # (class and truth, answer) -> patches
    line_share: float
    line_share_all: float  # untaken lines counted too: right when given to nobody
    ece: float
    bins: tuple[Bin, ...]


def judge(fork: Fork, scanned: Scanned) -> list[Judged]:
    """Every patch with its truth beside the answer."""
    lookup = make_lookup(scanned.history.index, wanted_of(scanned.history))
    in_target = set(scanned.history.repository.text("rev-list", fork.target).split())
    by_number = sorted(fork.patches, key=lambda patch: patch.number)
    numbers = {info.sha: number for number, info in enumerate(lookup.index.infos)}
    judged = []
    for patch, read, verdict in zip(by_number, scanned.series.patches, scanned.scan.patches, strict=True):
        truth = _truth(patch, in_target)
        lines, right, foreign, kept = _lines(patch, read, verdict, lookup, numbers)
        judged.append(
            Judged(patch, verdict, truth, _answer(patch, verdict, truth), lines, right, foreign, kept)
        )
    return judged


def _truth(patch: Carried, in_target: set[str]) -> str:
    """The label that is true at the target."""
    match patch.kind:
        case Kind.DROPPED | Kind.RENAMED:
            return "as it stands"
        case Kind.UNRELATED:
            return "none"
        case Kind.REVERTED:
            taken = min(patch.landed[0] & in_target, default=None)
            later = taken is not None and not in_target.intersection(patch.reverts)
            return "as it stands" if patch.variant == "came back" or later else "reverted"
        case kind:
            return kind.value


def _answer(patch: Carried, verdict: Verdict, truth: str) -> str:
    """The label of what the scan says."""
    named = {commit.sha for commit in verdict.commits}
    warned = any(sha[:12] in warning for sha in patch.reverts for warning in verdict.warnings)
    if warned and verdict.advice not in _DROPS:
        # Taken back only after the target: to say so is right as well.
        return truth if truth == "as it stands" and patch.variant != "came back" else "reverted"
    if verdict.relation is Relation.NONE:
        return "none"
    if not named & set().union(*patch.landed.values()):
        return OTHER
    return "as it stands" if verdict.relation in _WHOLE else verdict.relation.value


def _lines(
    patch: Carried, read: Patch, verdict: Verdict, lookup: Lookup, numbers: dict[str, int]
) -> tuple[int, int, int, int]:
    """How many lines upstream has, and how many of them were given to a true commit; then how many it
    has not, and how many of those to nobody."""
    given = _given(read, verdict, lookup, numbers)
    owners = list(_owners(patch, read))
    stock = {at: Counter(_ink(text) for text in lines) for at, lines in patch.other.items()}
    lines = right = foreign = kept = 0
    for (edit, sign, text), sha in zip(owners, given, strict=True):
        true = patch.landed.get(edit, set())
        if not true:
            foreign += 1
            kept += sha is None
            continue
        if sign == "+" and edit in stock:
            if not stock[edit][_ink(text)]:
                continue  # upstream has other text here
            stock[edit][_ink(text)] -= 1
        if patch.kind is Kind.REVERTED and sha is None and verdict.relation is Relation.NONE:
            continue  # taken back: to give its lines to nobody is as right
        lines += 1
        right += sha in true
    return lines, right, foreign, kept


def _given(read: Patch, verdict: Verdict, lookup: Lookup, numbers: dict[str, int]) -> list[str | None]:
    """For each changed line the claimed commit it is given to, in the order of the claim."""
    query = query_of_patch(read)
    given: list[str | None] = [None] * len(query.lines)
    left = np.arange(len(query.lines))
    for commit in verdict.commits:
        rest = replace(query, lines=query.lines[left], line_paths=query.line_paths[left])
        taken = left[explained_by(lookup, rest, numbers[commit.sha])]
        for place in taken.tolist():
            given[place] = commit.sha
        left = np.setdiff1d(left, taken, assume_unique=True)
    return given


def _owners(patch: Carried, read: Patch) -> Iterator[tuple[int, str, str]]:
    """The edit, sign and text of each changed line of the fork's diff that is not blank."""
    for change in read.files:
        for hunk in change.hunks:
            found: list[tuple[int | None, str, str]] = []
            old, new = hunk.old_start, hunk.new_start
            for raw in hunk.lines:
                sign, text = chr(raw[0]), raw[1:].decode()
                if sign == "-":
                    found.append((patch.removed[change.path].get(old), sign, text))
                elif sign == "+":
                    found.append((patch.added[change.path].get(new), sign, text))
                old += sign in " -"
                new += sign in " +"
            for at, (edit, sign, text) in enumerate(found):
                if text.strip():
                    yield _nearest(found, at) if edit is None else edit, sign, text


def _nearest(found: Sequence[tuple[int | None, str, str]], at: int) -> int:
    """Where git shifts a block over equal lines, a line at its end belongs to the block all the same."""
    near = sorted((abs(place - at), edit) for place, (edit, _, _) in enumerate(found) if edit is not None)
    return near[0][1]


def _ink(text: str) -> str:
    return "".join(text.split())


def figures(judged: Sequence[Judged]) -> Figures:
    """The table over all patches."""
    f1 = {label: _f1(judged, label) for label in LABELS if any(each.truth == label for each in judged)}
    recall = {
        kind: (sum(each.correct for each in judged if each.patch.kind is kind),
               sum(each.patch.kind is kind for each in judged))
        for kind in Kind
    }  # fmt: skip
    lines, right = sum(each.lines for each in judged), sum(each.right for each in judged)
    foreign, kept = sum(each.foreign for each in judged), sum(each.kept for each in judged)
    bins = reliability([(each.verdict.confidence, each.correct) for each in judged])
    return Figures(
        macro_f1=sum(f1.values()) / len(f1),
        f1=f1,
        recall=recall,
        confusion=dict(Counter((f"{each.patch.kind} = {each.truth}", each.answer) for each in judged)),
        line_share=right / lines,
        line_share_all=(right + kept) / (lines + foreign),
        ece=calibration_error(bins),
        bins=bins,
    )


def _f1(judged: Sequence[Judged], label: str) -> float:
    hit = sum(each.truth == label == each.answer for each in judged)
    said = sum(each.answer == label for each in judged)
    true = sum(each.truth == label for each in judged)
    return 2 * hit / (said + true)
