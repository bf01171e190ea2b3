"""The plan in plans/starlingx stands for every bullet of the slides it was made from."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from unfork.model.plan import Gate, Kind, patch_ref
from unfork.planning import check_plan, load_plan

FOLDER = Path(__file__).parents[3] / "plans/starlingx"
# How many bullets each slide has: those of the first level, and below each of them.
BULLETS = {
    "nova-planned": [3, 1, 1, 1, 2],
    "nova-planned-2": [2, 2, 1],
    "nova-available": [1, 1, 1],
    "nova-refactoring": [1, 1, 1, 1, 1, 1],
    "nova-tbd": [0, 1],
    "nova-bugs": [11],
    "neutron-planned": [1, 1],
    "neutron-fixes": [4],  # each of which has one below it
    "neutron-fixes-2": [0] * 11,
    "client-fixes": [0] * 2,
    "neutron-refactoring": [0] * 5,
    "horizon-features": [5],
    "horizon-refactoring": [2, 1, 1],
    "others": [2, 1, 2, 2],
    "strategy": [2, 4, 2],
    "track-2": [10],
    "remaining": [0],
    "dates": [0] * 6,
    "next-steps": [0, 1, 0, 2, 1],
}
BELOW = {"neutron-fixes": {f"neutron-fixes/1.{number}.1" for number in range(1, 5)}}


def labels(slide: str) -> set[str]:
    found = set(BELOW.get(slide, ()))
    for number, below in enumerate(BULLETS[slide], 1):
        found.add(f"{slide}/{number}")
        found |= {f"{slide}/{number}.{each}" for each in range(1, below + 1)}
    return found


PLAN = load_plan(FOLDER)
SOURCES = [label for item in PLAN.items.values() for label in item.source]
SOURCES += [label for milestone in PLAN.head.milestones.values() for label in milestone.source]


@pytest.mark.parametrize("slide", BULLETS)
def test_every_bullet_of_a_slide_is_there(slide: str) -> None:
    assert {label for label in SOURCES if label.partition("/")[0] == slide} == labels(slide)


def test_that_is_all_of_them() -> None:
    # 148 bullets; the last slide's one says that its drawing is no time scale, as status --svg does.
    assert len({*SOURCES}) == sum(len(labels(slide)) for slide in BULLETS) == 147
    assert all(item.source for item in PLAN.items.values())


def test_the_counts_of_the_slides() -> None:
    groups = Counter((item.project, item.group) for item in PLAN.items.values() if item.kind is not Kind.TASK)
    assert groups["nova", "Must have, planned upstream feature"] == 8
    assert groups["nova", "Must have, upstream feature available"] == 3
    assert groups["nova", "Must have, refactoring within StarlingX"] == 6
    assert groups["nova", "Must have, to be decided"] == 2
    assert groups["nova", "Must have, bugs of high priority"] == 10
    fixes = [item for item in PLAN.items.values() if "fix" in (item.group or "")]
    assert len(fixes) == 17  # as the slide counts them
    assert groups["neutron", "Must have, refactoring within StarlingX"] == 5
    assert groups["horizon", "Must have, new upstream feature"] == 5


def test_the_facts_of_the_slides() -> None:
    hashes = {patch_ref(each).hash for item in PLAN.items.values() for each in item.patches}
    bugs = "493ae20 248ca72 d19a962 1555d82 3143ca8 3099f6f 05c6b34 d9f6f1c 963dc06 58e885e"
    fixes = "021ae1a 87a8c625 e490b5a a38f89 2e4ca00 8e72491 edf9731 2857911 6ed8fe6 88b7bc7 9f926a5"
    client = "c3fa9d9b3303433f09ca16c089b2db52e116dfba 71c07d7b22bb5aaea8c39d4d4b97883a0bae5c1b"
    assert hashes >= {*bugs.split(), *fixes.split(), *client.split()}
    text = "".join(path.read_text() for path in FOLDER.rglob("*.yaml"))
    reviews = "552722 555081 571111 607989 555000 541290 599980 606827 599319 605589 609463"
    assert all(f"review.openstack.org/#/c/{number}" in text for number in reviews.split())
    for blueprint in ("io-semaphore-for-concurrent-disk-ops", "purge-db",
                      "flavor-extra-spec-image-property-validation"):  # fmt: skip
        assert f"https://blueprints.launchpad.net/nova/+spec/{blueprint}" in text
    days = [each.date for each in PLAN.head.milestones.values()]
    assert days == [date(2019, 1, 11), date(2019, 3, 8), date(2019, 3, 22), date(2019, 4, 12)]


def test_what_blocks_what() -> None:
    content = [item for item in PLAN.items.values() if item.kind is not Kind.TASK]
    assert all(item.gate is not Gate.NONE for item in content)  # all content blocks the release
    cutover = [name for name, item in PLAN.items.items() if item in content and item.gate is Gate.CUTOVER]
    assert sorted(cutover) == ["host-state", "provider-network-model", "segment-ranges", "service-create"]


UNSEEN = ("scan-missing", "links-old")  # nobody scanned, and nobody asked the trackers


def test_it_asks_for_promises_owners_and_decisions_alone() -> None:
    rules = {each.rule for each in check_plan(PLAN, {}, date(2018, 11, 13)).findings}
    assert rules == {"commitment-missing", "owner-missing", "disposition-missing", *UNSEEN}
