"""What a large plan costs: 5,000 items over 10,000 patches, checked and asked for its status.

The plan is generated, in files of 500 items as people split it, with dependencies, promises, ends and links;
a scan of all its patches is in the store, and half of the series is as the plan says.
"""

import os
import sys
from datetime import date, timedelta
from pathlib import Path

from unfork.model import Advice, Relation, Scan, State, Verdict
from unfork.planning import load_plan
from unfork.store import leave_scan, store_address

from bench.figures import Answer, Figure, at_most, middle
from bench.processes import run

SECONDS = 2.0
MEGABYTES = 300.0
_FILE = 500  # items in a file
_TODAY = date(2026, 3, 1)
_HEAD = """\
plan: large
cohort: 2025-06-01
projects: {main: {}}
people: {team-a: {}, team-b: {}}
milestones:
  freeze: {date: 2026-02-01, expects: {upstream-feature-planned: approved}}
  release: {date: 2026-06-01}
items:
"""


def answer_of(scratch: Path, *, items: int, turns: int) -> Answer:
    """Both commands in turns, from process start to end; the median, and the peak memory."""
    folder = write_plan(scratch / "plan", items)
    store = str(scratch / "store.sqlite3")
    leave_scan(store_address(store), _scan(2 * items), plan="large", project="main", version="0")
    env = {**os.environ, "UNFORK_STORE": store}
    command = [str(Path(sys.executable).with_name("unfork")), "plan"]
    figures: list[Figure] = []
    facts: dict[str, object] = {"items": len(load_plan(folder).items), "patches": 2 * items}
    for what in ("check", "status"):
        line = [*command, what, str(folder), "--store", store]
        # Exit code 1 says that there are findings. The first run takes the scan in and records all items.
        first = run(line, env=env, keep=False, accept=(0, 1))
        runs = [run(line, env=env, keep=False, accept=(0, 1)) for _ in range(turns)]
        seconds = [each.seconds for each in runs]
        memory = run(line, env=env, keep=False, watch=True, accept=(0, 1)).memory
        assert memory is not None  # noqa: S101 - for the type checker: it was watched
        figures += [
            at_most(f"plan {what}, wall", middle(seconds), SECONDS, "s"),
            Figure(f"plan {what}, CPU", middle([each.cpu for each in runs]), "s"),
            at_most(f"plan {what}, largest process", memory.largest, MEGABYTES, "MB"),
            Figure(f"plan {what}, the first time", first.seconds, "s"),
        ]
        facts[f"{what} seconds"] = seconds
    return Answer("plan", f"a plan of {items:,} items and {2 * items:,} patches", figures, facts=facts)


def write_plan(folder: Path, items: int) -> Path:
    """A plan of this many items, in files as people split it."""
    (folder / "items").mkdir(parents=True)
    (folder / "plan.yaml").write_text(_HEAD + _item(0), encoding="utf-8")
    for start in range(1, items, _FILE):
        text = "".join(_item(number) for number in range(start, min(start + _FILE, items)))
        (folder / "items" / f"{start:06}.yaml").write_text(f"items:\n{text}", encoding="utf-8")
    return folder


def _item(number: int) -> str:
    """One item; every fifth has ended, every seventh waits for two others."""
    added = date(2025, 6, 1) + timedelta(days=number % 200)
    lines = [
        f"title: Carried change number {number} of the generated plan",
        "project: main",
        f"disposition: {'upstream-feature-planned' if number % 3 == 0 else 'upstream-bug-fix'}",
        f"reason: Volume number {number} is lost when its host restarts during a detach",
        f"owner: team-{'ab'[number % 2]}",
        f"added: {added}",
        f"agreed: {{on: {added}, by: team-a}}",
        f"gate: {('none', 'cutover', 'release')[number % 3]}",
        "due: release",
        f"stage: {('open', 'approved', 'in-review')[number % 3]}",
        f"commitment: {{by: team-b, date: {_TODAY + timedelta(days=number % 120 - 20)}}}",
        f"links: [{{url: https://review.example.org/c/{100000 + number}, state: open, seen: {added}}}]",
        "patches:",
        f"  - {{name: {2 * number:05}-first-half.patch, hash: '{number:07x}'}}",
        f"  - {2 * number + 1:05}-second-half.patch",
    ]
    if number % 7 == 0 and number >= 14:
        lines.append(f"after: [item-{number - 7}, item-{number - 14}]")
    if number % 5 == 0:
        lines.append(f"ended: {{on: {added + timedelta(days=40)}, how: merged-upstream}}")
    return "".join([f"  item-{number}:\n", *(f"    {line}\n" for line in lines)])


def _scan(patches: int) -> Scan:
    return Scan(
        series="generated",
        carrier="directory",
        upstream="generated",
        base="0" * 40,
        target="1" * 40,
        base_name="1.0.0",
        target_name="2.0.0",
        commits_searched=0,
        patches=tuple(_verdict(number) for number in range(patches)),
    )


def _verdict(number: int) -> Verdict:
    upstream = number % 4 == 0
    return Verdict(
        name=f"{number:05}-{'second' if number % 2 else 'first'}-half.patch",
        id=f"{number:040x}",
        subject=f"Carried change number {number // 2}",
        relation=Relation.IDENTICAL if upstream else Relation.NONE,
        commits=(),
        candidates=(),
        suggestions=(),
        first_release=None,
        state=State.CLEAN,
        state_alone=State.CLEAN,
        advice=Advice.DROP if upstream else Advice.CARRY,
        advice_release=None,
        confidence=0.9,
        evidence=(),
        residue=0,
        files=1,
        added=number % 50,
        removed=3,
        author=None,
        warnings=(),
        error=None,
    )
