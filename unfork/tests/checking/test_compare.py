"""Two tracks' results beside each other, and the patches that a lost test speaks of."""

from datetime import UTC, datetime

import pytest
from unfork.checking import Tied, change_of, compare_checks
from unfork.model import Patch
from unfork.model.compared import Change, CheckCompared, TieKind
from unfork.model.plan import TrackCheck
from unfork.model.tested import CheckRun, Finish, Repetition, Standing, Tally, Tested
from unfork.series import parse_patch

P, F, Y, S, A, U = (
    Standing.PASSES, Standing.FAILS, Standing.FLAKY, Standing.SKIPPED, Standing.ABSENT, Standing.UNKNOWN,
)  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        (P, P, Change.BOTH), (P, F, Change.LOST), (P, Y, Change.FLAKY), (P, S, Change.NOT_RUN),
        (P, A, Change.NOT_RUN), (P, U, Change.NOT_RUN), (F, P, Change.GAINED), (F, F, Change.BROKEN),
        (F, Y, Change.FLAKY), (F, A, Change.NOT_RUN), (Y, P, Change.FLAKY), (Y, F, Change.FLAKY),
        (Y, A, Change.NOT_RUN), (S, P, Change.GAINED), (S, F, Change.NOT_RUN), (A, P, Change.GAINED),
        (A, F, Change.NOT_RUN), (A, A, Change.NOT_RUN), (U, P, Change.NOT_RUN), (U, F, Change.NOT_RUN),
    ],
)  # fmt: skip
def test_what_two_standings_come_to(old: Standing, new: Standing, change: Change) -> None:
    assert change_of(old, new) is change


def tally(name: str, passed: int = 0, failed: int = 0, skipped: int = 0, *files: str) -> Tally:
    return Tally(name, passed, failed, skipped, "said" if failed else "", files)


def results(*tests: Tally, finish: Finish = Finish.PASSED, repeat: int = 2, rule: str = "r") -> Tested:
    repetitions = (Repetition(finish, 0, 1.0, 1, 0, "" if finish is Finish.PASSED else "why"),) * repeat
    run = CheckRun("unit", datetime(2019, 1, 1, tzinfo=UTC), repetitions, tests, rule, "log")
    return Tested("t", "c" * 40, False, (run,))


def compare(old: Tested | None, new: Tested | None, ties: Tied | None = None) -> CheckCompared:
    rules = {"unit": TrackCheck(command=("true",))}
    tied = ties or Tied([], {}, ())
    (check,) = compare_checks(rules, {"unit": "r"}, old, new, tied.of)
    return check


def test_one_failure_among_repetitions_is_flaky_and_never_lost() -> None:
    old = results(tally("a", 3), tally("b", 3), tally("c", 2, 1))
    new = results(tally("a", 2, 1), tally("b", 0, 3), tally("c", 0, 3))
    got = compare(old, new)
    assert {each.test: each.change for each in got.tests} == {
        "a": Change.FLAKY, "b": Change.LOST, "c": Change.FLAKY,
    }  # fmt: skip
    lost = got.tests[1]
    assert (lost.old_failed, lost.old_ran, lost.new_failed, lost.new_ran, lost.said) == (0, 3, 3, 3, "said")


def test_counts_have_every_test_and_the_list_those_that_do_not_pass_on_both() -> None:
    got = compare(
        results(tally("a", 2), tally("b", 2), tally("c", 2)), results(tally("a", 2), tally("b", 0, 2))
    )
    assert got.counts == {Change.BOTH: 1, Change.LOST: 1, Change.NOT_RUN: 1}
    assert ([each.test for each in got.tests], got.passing) == (["b", "c"], ("a",))


def test_a_check_that_one_track_did_not_run_lists_no_tests() -> None:
    got = compare(results(tally("a", 2)), None)
    assert (got.whole.change, got.tests) == (Change.NOT_RUN, ())
    assert "it was not run on the new track's tested commit" in got.notes


def test_what_could_not_be_read_is_said_and_nothing_is_lost_by_it() -> None:
    got = compare(results(tally("a", 2)), results(finish=Finish.UNREADABLE))
    assert (got.whole.change, got.tests) == (Change.NOT_RUN, ())
    assert "nothing is known of the new track: why" in got.notes


def test_a_check_without_single_tests_is_lost_as_a_whole() -> None:
    got = compare(results(), results(finish=Finish.TIMED_OUT))
    assert (got.whole.change, got.whole.said, got.whole.new_failed) == (Change.LOST, "why", 2)


def test_one_repetition_and_another_declaration_are_said() -> None:
    got = compare(results(tally("a", 1), repeat=1, rule="other"), results(tally("a", 1)))
    assert got.notes == (
        "one repetition on the old track: a flaky test cannot be told",
        "it was declared otherwise when it ran on the old track",
    )


def test_what_the_plan_does_not_declare_for_both_holds_nothing_up() -> None:
    (check,) = compare_checks({}, {}, results(), None, Tied([], {}, ()).of)
    assert not check.gating and "the plan does not declare it for both tracks" in check.notes
    assert compare(results(), None).gating


def test_a_test_that_moved_is_known_by_its_class_and_name() -> None:
    old = results(tally("x.unit.T.test_a", 2), tally("x.unit.T.test_b", 2), tally("x.one.U.test_c", 2))
    new = results(
        tally("y.T.test_a", 2), tally("y.T.test_d", 2), tally("y.U.test_c", 2), tally("z.U.test_c", 2)
    )
    renamed = {each.test: each.renamed for each in compare(old, new).tests if each.change is Change.NOT_RUN}
    assert renamed == {"x.unit.T.test_a": "y.T.test_a", "x.unit.T.test_b": "", "x.one.U.test_c": ""}


def patch(name: str, *paths: str) -> Patch:
    text = "".join(f"--- a/{path}\n+++ b/{path}\n@@ -1 +1,2 @@\n x\n+{name}\n" for path in paths)
    return parse_patch(text.encode(), name=name)


def test_a_lost_test_is_tied_by_its_failure_then_its_file_then_what_it_is_about() -> None:
    failing = patch("failing", "nova/virt/hardware.py")
    own = patch("own", "nova/tests/unit/virt/test_driver.py")
    about = patch("about", "nova/virt/driver.py")
    other = patch("other", "nova/other.py", "driver.py")
    tied = Tied([other, about, own, failing], {own.id: ("numa",)}, {about.id})
    ties = tied.of(tally("nova.tests.unit.virt.test_driver.T.test_x", 0, 2, 0, "nova/virt/hardware.py"))
    assert [(each.patch, each.kind, each.file) for each in ties] == [
        ("failing", TieKind.FAILURE, "nova/virt/hardware.py"),
        ("own", TieKind.TEST, "nova/tests/unit/virt/test_driver.py"),
        ("about", TieKind.CODE, "nova/virt/driver.py"),
    ]
    assert [each.items for each in ties] == [(), ("numa",), ()]
    assert [each.carried for each in ties] == [False, False, True]


def test_of_the_files_a_failure_names_the_one_of_fewest_patches_comes_first() -> None:
    everybody = [patch(f"p{number}", "nova/manager.py") for number in range(5)]
    rare = patch("rare", "nova/rare.py")
    ties = Tied([*everybody, rare], {}, ()).of(tally("t", 0, 1, 0, "nova/manager.py", "nova/rare.py"))
    assert [each.patch for each in ties] == ["rare", "p0", "p1", "p2", "p3", "p4"]


def test_a_run_whose_names_begin_below_the_root_finds_its_files() -> None:
    own = patch("own", "src/pkg/tests/unit/test_a.py")
    assert [each.patch for each in Tied([own], {}, ()).of(tally("tests.unit.test_a.T.x", 0, 1))] == ["own"]
    assert Tied([own], {}, ()).of(tally("unit2.test_a.T.x", 0, 1)) == ()
