"""Which patches of a series fix, revert, repeat or are part of another."""

from collections.abc import Callable, Sequence

import pytest
from unfork.grouping import Relations
from unfork.model import Kin, KinKind, Patch

Own = Callable[..., Patch]
Related = Callable[[Sequence[Patch]], list[Kin]]
Found = Callable[[Sequence[Patch]], Relations]

ADDED = (
    "+    renewed = agent.apply('renew', item)",
    "+    if renewed:",
    "+        LOG.debug('renewal of %s was applied', item)",
    "+        renew_seen += renewed",
)
REMOVED = ("-    renew_seen += agent.apply('renew', item)",)
BACK = tuple(("-" if line[0] == "+" else "+") + line[1:] for line in (*ADDED, *REMOVED))
OTHER = ("+    LOG.warning('item %s has expired and is removed now', item)",)


def short(kin: Sequence[Kin]) -> list[tuple[str, KinKind, str]]:
    """Number, kind, number."""
    return [(each.patch.split("-")[0], each.kind, each.other.split("-")[0]) for each in kin]


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("fixup! Count renewals", ""),
        ("squash! Count renewals", ""),
        ("amend! Count renewals", ""),
        ("AGENT-17: fixup! Count renewals", ""),
        ("Log what was renewed", 'Fixes: 0123456789ab ("Count renewals")'),
        ("Log what was renewed", 'Fixes: "Count renewals"'),
        ("Log what was renewed", "At the next rebase, squash this with 0123456789ab."),
        ("Log what was renewed", "This should be merged with:\n0123456789a primary: Count renewals"),
        ("Fix an error introduced by 0123456789ab", ""),
    ],
)
def test_a_fix_that_says_so_needs_no_line_in_common(
    own: Own, related: Related, subject: str, body: str
) -> None:
    first = own(1, "Count renewals", *REMOVED, *ADDED, sha="0123456789ab" + "0" * 28)
    fix = own(2, subject, *OTHER, body=body)
    assert short(related([first, fix])) == [("0002", KinKind.FIXES, "0001")]


def test_a_hash_that_is_only_mentioned_is_no_relation(own: Own, related: Related) -> None:
    first = own(1, "Count renewals", *REMOVED, *ADDED, sha="0123456789ab" + "0" * 28)
    other = own(2, "Tell of expiry", *OTHER, body="The table of 0123456789ab is longer than ours.")
    alike = own(3, "Tell of the end", *OTHER, body="It is fixed in the same way as in 0123456789ab.")
    assert short(related([first, other, alike])) == [("0003", KinKind.REPEATS, "0002")]


def test_a_fix_is_told_by_the_lines_it_changes(own: Own, related: Related) -> None:
    first = own(1, "Count renewals", *REMOVED, *ADDED)
    fix = own(
        2, "Be louder", "-" + ADDED[2][1:], "+        LOG.info('renewal %s of %s was applied', 1, item)"
    )
    (kin,) = related([first, fix])
    assert (kin.kind, kin.share) == (KinKind.FIXES, 1.0)
    assert 0 < kin.other_share < 0.5
    assert kin.evidence[0].method == "lines"


def test_trivial_lines_make_no_fix(own: Own, related: Related) -> None:
    first = own(1, "Try", "+    try:", "+        agent.start_everything_again()", "+    else:")
    later = own(
        2,
        "Another thing",
        "-    else:",
        "-        table.write_the_whole_table(item)",
        "-        table.close_and_forget(item)",
        "+        table.write_only_what_changed(item)",
    )
    assert related([first, later]) == []


def test_a_revert_is_told_with_and_without_words(own: Own, related: Related) -> None:
    first = own(1, "Count renewals", *REMOVED, *ADDED)
    said = own(2, 'Revert "Count renewals"', *BACK)
    silent = own(2, "Do as before", *BACK)
    for revert in (said, silent):
        (kin,) = related([first, revert])
        assert (kin.kind, kin.share, kin.other_share) == (KinKind.REVERTS, 1.0, 1.0)


def test_taking_most_of_a_patch_back_is_a_revert_of_that_share(own: Own, related: Related) -> None:
    first = own(1, "Count renewals", *REMOVED, *ADDED)
    part = own(2, "Log less", *("-" + line[1:] for line in ADDED[1:]))
    (kin,) = related([first, part])
    assert kin.kind is KinKind.REVERTS
    assert 0.4 < kin.other_share < 0.8


def test_a_repeat_and_a_return(own: Own, related: Related) -> None:
    first = own(1, "Count renewals", *REMOVED, *ADDED)
    again = own(3, "Count what was renewed", *REMOVED, *ADDED)
    assert short(related([first, again])) == [("0003", KinKind.REPEATS, "0001")]
    revert = own(2, "Do as before", *BACK)
    assert short(related([first, revert, again])) == [
        ("0002", KinKind.REVERTS, "0001"),
        ("0003", KinKind.REVERTS, "0002"),
        ("0003", KinKind.REPEATS, "0001"),
    ]


def test_indenting_is_no_change_of_what_was_indented(own: Own, related: Related) -> None:
    first = own(1, "Count renewals", *REMOVED, *ADDED)
    deeper = [line[0] + "    " + line[1:] for line in ADDED]
    indent = own(2, "Only when asked", *BACK[:4], "+    if agent.is_asked_to_count(item):", *deeper)
    assert related([first, indent]) == []


def test_lines_of_many_patches_join_none(own: Own, related: Related) -> None:
    notice = "+# Copyright of the very same people who did everything else in here"
    patches = [own(number, f"Part {number}", notice, f"+    value = {number}", path=f"d{number}/a.py")
               for number in range(1, 30)]  # fmt: skip
    assert related(patches) == []


def test_parts_are_joined_by_hash_subject_and_number(own: Own, relations: Found) -> None:
    body = "\n".join(
        [
            "7f39026 Count renewals",
            "   Upstream note: see 1111111 for more.",
            "",
            "- Tell of expiry, in a line that goes",
            "  on here (commit e53efcc).",
            "0a9ff8f Never seen here",
        ]
    )
    whole = own("0007", "primary: agent", *REMOVED, *ADDED, *OTHER, body=body)
    one = own("0007.01", "Count", *REMOVED, *ADDED, sha="7f39026" + "0" * 33)
    two = own("0007.02", "Tell of expiry, in a line that goes on here", *OTHER)
    three = own("0007.03", "Stop early", "+    agent.stop_early_and_say_so(item)")
    found = relations([whole, one, two, three])
    ((name, parts),) = found.listed
    assert name == whole.name
    assert [(part.hash, part.patch, part.joined_by) for part in parts] == [
        ("7f39026", one.name, "hash"),
        ("e53efcc", two.name, "subject"),
        ("0a9ff8f", None, None),
        (None, three.name, "number"),
    ]
    assert parts[0].share > parts[1].share > parts[3].share == 0
    kinds = short([edge.named([whole, one, two, three]) for edge in found.edges])
    assert kinds == [(number, KinKind.PART_OF, "0007") for number in ("0007.01", "0007.02", "0007.03")]


def test_prose_with_a_hash_lists_no_parts(own: Own, relations: Found) -> None:
    body = "This was broken when somebody wrote in commit\n8bf1d02 which added it\nthat it is not needed."
    assert relations([own(1, "Count", *ADDED, body=body)]).listed == ()


def test_a_copy_of_a_squash_is_a_repeat_and_no_part(own: Own, relations: Found) -> None:
    whole = own("0007", "primary: agent", *REMOVED, *ADDED, body="7f39026 Count\n\ne53efcc Tell")
    copy = own("0007.01x", "primary: agent", *REMOVED, *ADDED, body="7f39026 Count\n\ne53efcc Tell")
    found = relations([whole, copy])
    assert [edge.kind for edge in found.edges] == [KinKind.REPEATS]


def test_empty_and_unreadable_patches_have_no_relations(own: Own, related: Related) -> None:
    nothing = Patch(name="0002-empty.patch", id="0", subject="")
    assert related([own(1, "Count", *ADDED), nothing, nothing]) == []
    assert related([]) == []
