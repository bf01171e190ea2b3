"""Patches of a series that belong together: what each verdict says of the others, and one advice for all."""

from collections.abc import Sequence
from dataclasses import replace

from unfork.model import Advice, Evidence, Household, Kin, KinKind, State, Verdict
from unfork.model.decision import Ruling

METHOD = "series"
_KEPT = (Advice.CARRY, Advice.REWORK)


def judge_together(
    verdicts: Sequence[Verdict], household: Household, rulings: Sequence[Ruling], *, same: float, whole: float
) -> list[Verdict]:
    """The verdicts, each with what it is to the others, and one advice for what is one change: a patch and
    its revert, its repeat, a part and its squash.

    A patch of which people said what becomes of it keeps its advice. ``same`` is the share from which
    nothing is lost when one of two is left out, ``whole`` that from which a repeat is of the whole patch.
    """
    related = _with_household(verdicts, household)
    decided = (
        verdict.name for verdict, ruling in zip(verdicts, rulings, strict=True) if ruling.outcome is not None
    )
    advisor = _Advisor(related, frozenset(decided), same, whole)
    advisor.cancel()
    advisor.follow()
    advisor.leave_copies_out()
    return [advisor.verdicts[verdict.name] for verdict in related]


def _with_household(verdicts: Sequence[Verdict], household: Household) -> list[Verdict]:
    kin: dict[str, list[Kin]] = {}
    for each in household.kin:
        kin.setdefault(each.patch, []).append(each)
        kin.setdefault(each.other, []).append(each)
    parts = dict(household.parts)
    group = {name: each.patches for each in household.groups for name in each.patches}
    return [
        replace(
            verdict,
            kin=tuple(kin.get(verdict.name, ())),
            parts=parts.get(verdict.name, ()),
            together=tuple(name for name in group.get(verdict.name, ()) if name != verdict.name),
            shared=tuple(
                each
                for each in household.shared
                if any(holding.patch == verdict.name for holding in each.patches)
            ),
        )
        for verdict in verdicts
    ]


class _Advisor:
    def __init__(
        self, verdicts: Sequence[Verdict], decided: frozenset[str], same: float, whole: float
    ) -> None:
        self.verdicts = {verdict.name: verdict for verdict in verdicts}
        self.place = {verdict.name: at for at, verdict in enumerate(verdicts)}
        self.kin = [each for verdict in verdicts for each in verdict.kin if each.patch == verdict.name]
        self.decided, self.same, self.whole = decided, same, whole

    def cancel(self) -> None:
        """A patch and the one that takes it back whole: both can go, unless upstream has the first."""
        cancelled: set[str] = set()  # a revert of a revert leaves what came first
        for each in self.kin:
            if each.kind is not KinKind.REVERTS or min(each.share, each.other_share) < self.same:
                continue
            if not cancelled.isdisjoint((each.patch, each.other)):
                continue
            first = self.verdicts[each.other]
            if first.commits or first.state_alone is State.ABSORBED:
                said = (
                    f"it takes {each.other} back, which upstream has: without it the target keeps that change"
                )
                self._say(each.patch, Advice.DECIDE, said)
                continue
            if self.decided.isdisjoint((each.patch, each.other)):
                cancelled |= {each.patch, each.other}
                said = "it takes {} back whole: the two cancel each other out"
                self._say(each.patch, Advice.DROP, said.format(each.other))
                said = "{} takes it back whole: the two cancel each other out"
                self._say(each.other, Advice.DROP, said.format(each.patch))

    def follow(self) -> None:
        """A patch that mends one which goes for another reason than upstream's: a person looks at it."""
        for each in self.kin:
            mended, mending = self.verdicts[each.other], self.verdicts[each.patch]
            if each.kind is not KinKind.FIXES or mending.advice not in _KEPT:
                continue
            if mended.advice is Advice.DROP and not mended.commits:
                self._say(each.patch, Advice.DECIDE, f"it mends {each.other}, which is dropped")
            elif mended.advice in (Advice.DROP, Advice.DROP_AT):
                said = f"it mends {each.other}, which goes: what it does has to be made on upstream's version"
                self._say(each.patch, mending.advice, said)

    def leave_copies_out(self) -> None:
        """A patch that another one, which is carried, holds whole."""
        for each in self.kin:
            copy, kept = self.verdicts[each.patch], self.verdicts[each.other]
            if not each.copied or each.share < self.same:
                continue
            if copy.advice not in _KEPT or kept.advice not in _KEPT:
                continue
            if each.kind is KinKind.REPEATS:
                # Some lines of a patch once more may be meant: another test needs the same.
                if each.other_share < self.whole or self._touched_between(each):
                    continue
                self._say(each.patch, Advice.DROP, f"it repeats {each.other}, which is carried")
            elif each.kind is KinKind.PART_OF:
                said = f"{each.other} holds it whole and is carried: the same change is twice in the series"
                self._say(each.patch, Advice.DROP, said)

    def _touched_between(self, repeat: Kin) -> bool:
        """Whether the repeated patch was changed again before it was repeated: then nothing is spare."""
        first, last = self.place[repeat.other], self.place[repeat.patch]
        return any(
            each.kind in (KinKind.FIXES, KinKind.REVERTS)
            and (
                (each.other == repeat.other and first < self.place[each.patch] < last)
                or (each.patch == repeat.patch and first < self.place[each.other] < last)
            )
            for each in self.kin
        )

    def _say(self, name: str, advice: Advice, said: str) -> None:
        if name in self.decided:
            return
        verdict = self.verdicts[name]
        evidence = (*verdict.evidence, Evidence(METHOD, said))
        release = verdict.advice_release if advice is Advice.DROP_AT else None
        self.verdicts[name] = replace(verdict, advice=advice, advice_release=release, evidence=evidence)
