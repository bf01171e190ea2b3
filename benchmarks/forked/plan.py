"""When carried patches arrive upstream, by class, and what happens in between."""

import itertools
from collections import defaultdict
from collections.abc import Callable, Sequence

from forked.carried import Carried, Kind, person, subject_of, subjects
from forked.upstream import Upstream, rework, take

_NEAR = 40  # commits between the parts of a split
_SOON, _LATE = 5, 120  # commits from a change to its revert, and from that to its return

Step = Callable[[], object]


class Plan:
    """Everything that is to happen, by the number of the upstream commit."""

    def __init__(self, up: Upstream, patches: Sequence[Carried], commits: int) -> None:
        self._up = up
        self._rng = up.author.rng
        self._commits = commits
        self._steps: dict[int, list[Step]] = defaultdict(list)
        squashed = [patch for patch in patches if patch.kind is Kind.SQUASHED]
        for group in _groups(squashed):
            self._at(self._when(), lambda group=group: self._squash(group))  # type: ignore[misc]
        plans = {
            Kind.DROPPED: self._take, Kind.REWORKED: self._rework, Kind.RENAMED: self._renamed,
            Kind.SPLIT: self._split, Kind.PARTIAL: self._partial, Kind.REVERTED: self._reverted,
        }  # fmt: skip
        for patch in patches:
            if patch.kind in plans:
                plans[patch.kind](patch)

    def run(self, release: Callable[[int], None]) -> None:
        """Write the whole history; ``release`` is told the number of steps that are done."""
        for number in range(1, self._commits + 1):
            for step in self._steps.pop(number, []):
                step()
            self._up.work()
            release(number)
        for number in sorted(self._steps):
            for step in self._steps[number]:
                step()

    def _when(self, room: int = 0) -> int:
        return self._rng.randint(1, max(1, self._commits - room))

    def _at(self, number: int, step: Step) -> None:
        self._steps[number].append(step)

    def _take(self, patch: Carried) -> None:
        self._at(self._when(), lambda: take(self._up, patch))

    def _rework(self, patch: Carried) -> None:
        patch.other = rework(patch, self._up.author)
        self._at(self._when(), lambda: take(self._up, patch, patch.other))

    def _renamed(self, patch: Carried) -> None:
        when = self._when(_LATE)
        patch.variant = "moved code" if self._rng.random() < 0.25 else "moved file"
        self._at(when, lambda: self._move(patch))
        self._at(when + self._rng.randint(1, _LATE), lambda: take(self._up, patch))

    def _move(self, patch: Carried) -> None:
        up = self._up
        if patch.variant == "moved code":
            up.move_block(patch.edits)
            up.commit(f"Cut {patch.edits[0].path} up\n\nNo change of behaviour.\n")
            return
        for old in sorted({edit.home for edit in patch.edits}):
            new = up.new_name(old)
            up.rename(old, new)
            up.commit(f"Move {old} to {new}\n\nNo change of behaviour.\n")

    def _split(self, patch: Carried) -> None:
        count = self._rng.randint(2, min(4, len(patch.edits)))
        places = list(range(len(patch.edits)))
        self._rng.shuffle(places)
        parts = [sorted(places[at::count]) for at in range(count)]
        start = self._when(_NEAR)
        who = patch.author if self._rng.random() < 0.3 else person(self._rng)
        for part in parts:
            near = start + self._rng.randint(0, _NEAR)
            self._at(near, lambda part=part: self._land_part(patch, part, who, extra=0.3))  # type: ignore[misc]

    def _partial(self, patch: Carried) -> None:
        sizes = [edit.size for edit in patch.edits]
        for _ in range(100):
            count = self._rng.randint(1, len(patch.edits) - 1)
            part = sorted(self._rng.sample(range(len(patch.edits)), k=count))
            if 0.2 <= sum(sizes[at] for at in part) / sum(sizes) <= 0.75:
                break
        who = person(self._rng)
        self._at(self._when(), lambda: self._land_part(patch, part, who, extra=0.2))

    def _land_part(self, patch: Carried, part: Sequence[int], who: str, *, extra: float) -> None:
        edits = [patch.edits[at] for at in part]
        self._up.land(edits)
        if self._rng.random() < extra:
            self._up.extra()
        name = subjects(patch.subject, edits, self._up.author)
        sha = self._up.commit(f"{name}\n\nThe next step of {self._up.author.donors.word()}.\n", who)
        for at in part:
            patch.landed[at] = {sha}

    def _squash(self, group: Sequence[Carried]) -> None:
        up = self._up
        edits = [edit for patch in group for edit in patch.edits]
        up.land(edits)
        if self._rng.random() < 0.3:
            up.extra()
        name = self._rng.choice(group).subject if self._rng.random() < 0.4 else subject_of(edits, up.author)
        sha = up.commit(f"{name}\n\nAll in one.\n", self._rng.choice(group).author)
        for patch in group:
            for at in range(len(patch.edits)):
                patch.landed[at] = {sha}

    def _reverted(self, patch: Carried) -> None:
        chance = self._rng.random()
        patch.variant = "stays out" if chance < 0.55 else "by hand" if chance < 0.7 else "came back"
        taken = self._when(2 * _LATE)
        back = taken + self._rng.randint(_SOON, _LATE)
        again = back + self._rng.randint(_SOON, _LATE)

        def first() -> None:
            landed = take(self._up, patch)
            for each in landed:
                each.lock(True)
            self._at_or_now(back, lambda: revert(landed))

        def revert(landed: list) -> None:  # type: ignore[type-arg]
            for each in landed:
                each.lock(False)
                self._up.tree.undo(each)
            sha = min(patch.landed[0])
            why = f"It broke {self._up.author.donors.word()}."
            if patch.variant == "by hand":
                patch.reverts.append(self._up.commit(f"Back out {patch.subject.lower()}\n\n{why}\n"))
                return
            name = f'Revert "{patch.subject}"\n\nThis reverts commit {sha}.\n\n{why}\n'
            patch.reverts.append(self._up.commit(name))
            if patch.variant == "came back":
                for edit in patch.edits:
                    edit.lock(True)
                self._at_or_now(again, lambda: take(self._up, patch))

        self._at(taken, first)

    def _at_or_now(self, number: int, step: Step) -> None:
        self._steps[number].append(step)


def _groups(patches: Sequence[Carried]) -> list[list[Carried]]:
    """Two to four that upstream takes at once; they were made in the same files."""
    keyed = itertools.groupby(patches, key=lambda patch: patch.variant)
    return [list(group) for _, group in keyed]
