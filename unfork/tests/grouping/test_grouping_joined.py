"""Several patches as one change, and the groups they form."""

from collections.abc import Callable, Sequence

from unfork.grouping import Relations, find_families, join, joined_changes
from unfork.matching import default_models
from unfork.model import Patch

Own = Callable[..., Patch]
Found = Callable[[Sequence[Patch]], Relations]

BOUNDS = default_models().series
FIRST = ("-    old_way_of_doing(item)", "+    new_way_of_doing(item)", "+    and_another_line(item)")
FIX = ("-    new_way_of_doing(item)", "+    newest_way_of_doing(item)")
AGAIN = ("-    newest_way_of_doing(item)", "+    last_way_of_doing(item)")


def changed(patch: Patch) -> list[bytes]:
    return [line.rstrip() for change in patch.files for hunk in change.hunks for line in hunk.changed()]


def test_what_a_fix_takes_back_is_in_neither(own: Own) -> None:
    patches = [own(1, "Way", *FIRST), own(2, "fixup! Way", *FIX)]
    joined = join(patches, (0, 1))
    assert changed(joined.patch) == [
        b"-    old_way_of_doing(item)",
        b"+    and_another_line(item)",
        b"+    newest_way_of_doing(item)",
    ]
    assert joined.patch.subject == "Way"
    first, fix = joined.members
    assert changed(fix.left) == [b"+    newest_way_of_doing(item)"]
    assert changed(fix.undone) == [b"+    new_way_of_doing(item)"]
    assert changed(first.undone) == []


def test_what_a_patch_only_moves_stays_its_own(own: Own) -> None:
    moving = own(1, "Move", "-    same_line(item)", "+    between(item)", "+    same_line(item)")
    assert changed(join([moving], (0,)).patch) == changed(moving)


def test_the_smallest_change_comes_first_and_no_cancelled_pair(own: Own, relations: Found) -> None:
    back = [("-" if line[0] == "+" else "+") + line[1:] for line in FIRST]
    fixes = [own(1, "Way", *FIRST), own(2, "fixup! Way", *FIX),
             own(3, "fixup! fixup! Way", *AGAIN)]  # fmt: skip
    found = relations(fixes)
    assert [[member.place for member in each.members] for each in joined_changes(fixes, found, BOUNDS)] == [
        [1, 2],
        [0, 1, 2],
    ]
    assert [family.places for family in find_families(fixes, found, BOUNDS)] == [(0, 1, 2)]
    pair = [own(1, "Way", *FIRST), own(2, 'Revert "Way"', *back)]
    found = relations(pair)
    assert joined_changes(pair, found, BOUNDS) == []
    (family,) = find_families(pair, found, BOUNDS)
    assert family.cancels


def test_numbered_parts_of_what_is_missing_belong_together(own: Own, relations: Found) -> None:
    parts = [
        own("0008.01", "One", "+    first_of_these(item)"),
        own("0008.02", "Two", "+    second_of_these(item)"),
    ]
    assert find_families(parts, relations(parts), BOUNDS) == []  # versions, for all we know
    parts.append(own("0009", "Three", "+    third_of_them(item)"))
    (family,) = find_families(parts, relations(parts), BOUNDS)
    assert family.places == (0, 1)
    assert "0008" in family.reason
