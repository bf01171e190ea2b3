"""What git itself can find of the same backports, in the same run: found, wrong, seconds, memory.

The rows are the commits of a stable range that name an original between ``since`` and ``tip``. None of
the peers reads messages, so the trailers help nobody here; unfork has them removed.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from unfork.git import environment
from unfork.history import identifiers, only

from bench.evaluating import evaluate, hits
from bench.figures import Answer, Entrant
from bench.processes import Run, run

_PAIR = re.compile(rb"^\s*\d+:\s+([0-9a-f]{40}) [=!] +\d+:\s+([0-9a-f]{40}) ", re.MULTILINE)

Truth = dict[str, frozenset[str]]  # backport -> every original it names


class Contest:
    """One stable range of one clone."""

    def __init__(self, clone: Path, since: str, tip: str, stable: str) -> None:
        self._git = ["git", "-C", str(clone)]
        self._clone = clone
        self._since, self._tip, self._stable = since, tip, stable
        self._originals = set(self._shas(f"{since}..{tip}"))
        self.truth = self._truth()

    def _shas(self, wanted: str) -> list[str]:
        done = run([*self._git, "rev-list", "--no-merges", wanted], env=environment())
        return done.out.decode().split()

    def _truth(self) -> Truth:
        log = [*self._git, "log", "--no-merges", "-z", "--format=%H%n%b", f"{self._since}..{self._stable}"]
        truth: Truth = {}
        for record in run(log, env=environment()).out.decode("utf-8", "replace").split("\0"):
            sha, _, body = record.partition("\n")
            named = {full for short in only(identifiers(body), "picked") for full in self._resolved(short)}
            if named:
                truth[sha] = frozenset(named)
        return truth

    def _resolved(self, name: str) -> list[str]:
        """The originals that a hash names, full or abbreviated."""
        if len(name) == 40:
            return [name] if name in self._originals else []
        return [full for full in self._originals if full.startswith(name)]

    def unfork(self, cache: Path) -> Entrant:
        """``unfork evaluate`` from nothing: with the index it has to build."""
        document, done = evaluate(
            self._clone, self._since, [f"{self._since}..{self._stable}"], cache, watch=True
        )
        found, wrong = hits(document, "recall_at_1"), document["wrong_count"]
        return _entrant("unfork evaluate, cold", document["truth"], found, wrong, done)

    def cherry(self) -> Entrant:
        """``git cherry`` says which are upstream, not as what."""
        done = self._watch("cherry", self._tip, self._stable, self._since)
        found = {line[2:] for line in done.out.decode().splitlines() if line.startswith("- ")}
        return _entrant("git cherry", len(self.truth), len(found & self.truth.keys()), None, done)

    def cherry_mark(self) -> Entrant:
        """``git log --cherry-mark`` marks both sides, without saying which belong together."""
        done = self._watch(
            "log", "--no-merges", "--cherry-mark", "--right-only", "--format=%m%H",
            f"{self._tip}...{self._stable}", f"^{self._since}",
        )  # fmt: skip
        found = {line[1:] for line in done.out.decode().splitlines() if line.startswith("=")}
        return _entrant("git log --cherry-mark", len(self.truth), len(found & self.truth.keys()), None, done)

    def patch_id(self) -> Entrant:
        """Both ranges through ``git patch-id --stable``, joined by the id."""
        log = [
            *self._git, "log", "-p", "--no-merges",
            f"{self._since}..{self._tip}", f"{self._since}..{self._stable}",
        ]  # fmt: skip
        done = run(log, [*self._git, "patch-id", "--stable"], env=environment(), watch=True)
        ids = [line.split() for line in done.out.decode().splitlines()]
        originals: dict[str, set[str]] = {}
        for key, sha in ids:
            if sha in self._originals:
                originals.setdefault(key, set()).add(sha)
        named = {sha: originals[key] for key, sha in ids if sha in self.truth and key in originals}
        return self._judged("git log -p | git patch-id --stable", self.truth, named, done)

    def range_diff(self, until: str) -> Entrant:
        """``git range-diff`` up to a nearer tip: its cost grows with the square of the commits."""
        reach = set(self._shas(f"{self._since}..{until}"))
        truth = {sha: named for sha, named in self.truth.items() if named & reach}
        done = self._watch(
            "-c", "core.abbrev=40", "range-diff", "--no-patch", "--no-color",
            f"{self._since}..{self._stable}", f"{self._since}..{until}",
        )  # fmt: skip
        named = {ours.decode(): {theirs.decode()} for ours, theirs in _PAIR.findall(done.out)}
        note = f"only the {len(reach):,} commits up to {until}"
        return self._judged("git range-diff", truth, named, done, note)

    def _watch(self, *args: str) -> Run:
        return run([*self._git, *args], env=environment(), watch=True)

    @staticmethod
    def _judged(tool: str, truth: Truth, named: dict[str, set[str]], done: Run, note: str = "") -> Entrant:
        found = sum(bool(named.get(sha, set()) & right) for sha, right in truth.items())
        wrong = sum(bool(named.get(sha)) and not named[sha] & right for sha, right in truth.items())
        return _entrant(tool, len(truth), found, wrong, done, note)


def answer_of(name: str, contest: Contest, cache: Path, until: str) -> Answer:
    """All tools one after the other; the machine does nothing else meanwhile."""
    entrants: Sequence[Entrant] = (
        contest.unfork(cache),
        contest.cherry(),
        contest.cherry_mark(),
        contest.patch_id(),
        contest.range_diff(until),
    )
    return Answer(f"peers-{name}", f"{name}: who finds the {len(contest.truth)} backports", entrants=entrants)


def _entrant(tool: str, rows: int, found: int, wrong: int | None, done: Run, note: str = "") -> Entrant:
    assert done.memory is not None  # noqa: S101 - for the type checker: entrants are watched
    memory = done.memory
    return Entrant(
        tool, rows, found, wrong, done.seconds, memory.largest, memory.tree, memory.private, note
    )  # fmt: skip
