"""A repository with an old track of three patches and a new one without, and a plan for both."""

import subprocess
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from unfork.commands.cutover import CutoverAnswer, CutoverRequest, run_cutover
from unfork.commands.track_adopt import run_track_adopt
from unfork.commands.track_check import TrackCheckRequest, run_track_check
from unfork.model.cutover import Line, LineState
from unfork.progress import Silent
from unfork.series import read_series

TODAY = date(2019, 3, 1)
HEAD = """\
# The plan of a small exit.
plan: small
projects:
  app: {upstream: %s}
people:
  ann: {name: Ann Other, mail: ann@example.org}
  ben: {}
tracks: {old: with patches, new: without}
milestones:
  freeze: {date: 2019-03-08, freezes: features}
checks:
  unit:
    command: [sh, test.sh]
    format: tap
    results: '-'
cutover:
  old: old
  new: new
  signers: [ann]  # the others agree
items:
"""
ITEM = """\
  {name}:
    title: The {name} thing
    project: app
    disposition: upstream-feature-available
    reason: Operators asked for it when hosts restarted
    gate: {gate}
    {rest}
    patches: [{{name: {name}, id: {id}}}]
"""
PASSING = "echo 1..2\necho ok 1 - boots\necho ok 2 - quota\n"
LOSING = "echo 1..2\necho ok 1 - boots\necho not ok 2 - quota\necho '# File \"app/quota.py\", line 3'\n"
FILES = ("quota", "retry", "limit")


@dataclass(frozen=True)
class Two:
    """Where it all is."""

    repository: Path
    plan: Path
    store: str
    tracks: Path
    ids: dict[str, str]  # content ids by the patch's file

    def request(self, today: date = TODAY) -> CutoverRequest:
        return CutoverRequest(self.plan, {"": self.repository}, self.store, self.tracks, today)

    def answer(self) -> CutoverAnswer:
        return run_cutover(self.request(), Silent())

    def check(self, track: str, repeat: int = 2) -> None:
        asked = TrackCheckRequest(
            self.plan, self.repository, track, store=self.store, tracks=self.tracks, repeat=repeat
        )
        run_track_check(asked, Silent())

    def git(self, *args: str, cwd: Path | None = None) -> str:
        return git(cwd or self.repository, *args)

    def commit(self, track: str, **files: str) -> str:
        """A commit on a track."""
        return commit(self.repository.parent / track, files)

    def write(self, *items: str, head: str = HEAD) -> None:
        text = head % self.repository + "".join(items)
        (self.plan / "plan.yaml").write_text(text, encoding="utf-8")

    def item(
        self, name: str, *, gate: str = "cutover", ended: str | None = "replaced", more: str = ""
    ) -> str:
        rest = f"ended: {{on: 2019-02-01, how: {ended}}}" if ended else "owner: ann"
        return ITEM.format(
            name=name, gate=gate, rest="\n    ".join(filter(None, (rest, more))), id=self.ids[name]
        )


def git(folder: Path, *args: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *args], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def commit(folder: Path, files: dict[str, str], message: str = "change") -> str:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def body(name: str) -> str:
    """A change of some lines that say whose they are."""
    return "".join(
        f"    self.{name}_{step}(agent, {number})\n" for number, step in enumerate(("open", "read", "shut"))
    )


def make_two(folder: Path, *, new_test: str = PASSING) -> Two:
    """All of it, with both tracks adopted and nothing run."""
    repository = folder / "app"
    repository.mkdir()
    git(repository, "init", "-q")
    files = {f"app/{name}.py": f"def {name}(agent):\n    pass\n" for name in FILES} | {"test.sh": PASSING}
    base = commit(repository, files, "base")
    git(repository, "worktree", "add", "-q", "-b", "stx/old", "../old", base)
    git(repository, "worktree", "add", "-q", "-b", "stx/new", "../new", base)
    for name in FILES:
        commit(folder / "old", {f"app/{name}.py": f"def {name}(agent):\n    pass\n{body(name)}"}, name)
    commit(folder / "new", {"app/upstream.py": "UPSTREAM = 1\n", "test.sh": new_test}, "upstream goes on")
    tip = git(folder / "new", "rev-parse", "HEAD")
    tracks = folder / "tracks"
    for name, start in (("old", base), ("new", tip)):
        run_track_adopt(
            repository,
            name,
            branch=f"stx/{name}",
            base=start,
            series=None,
            worktree=folder / name,
            tracks=tracks,
        )
    plan = folder / "plan"
    plan.mkdir()

    series = read_series(f"{repository}:{base}..stx/old")
    two = Two(
        repository,
        plan,
        str(folder / "store.sqlite3"),
        tracks,
        {each.subject: each.id for each in series.patches},
    )
    two.write(*(two.item(name) for name in FILES))
    return two


def against(lines: tuple[Line, ...]) -> list[tuple[str, str]]:
    """State and name of what is against it."""
    return [
        (str(each.state), each.name) for each in lines if each.state in (LineState.BLOCKS, LineState.UNKNOWN)
    ]
