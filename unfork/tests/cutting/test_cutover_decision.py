"""Ready, not yet or unknown, and why: over a real repository, plan and store."""

from pathlib import Path

import pytest
from two_tracks import HEAD, LOSING, PASSING, TODAY, Two, against, make_two
from unfork.errors import InputError
from unfork.model.cutover import CutoverVerdict, LineState, Subject
from unfork.series import read_series


def line(two: Two, name: str) -> object:
    (found,) = [each for each in two.answer().decision.lines if each.name == name]
    return found


def test_it_is_ready_when_items_have_ended_and_both_tracks_pass(two: Two) -> None:
    two.check("old")
    two.check("new")
    decision = two.answer().decision
    assert (decision.verdict, against(decision.lines)) == (CutoverVerdict.READY, [])
    assert line(two, "unit").what == "2 passes-on-both"
    assert line(two, "quota").state is LineState.SAID
    assert "none of its 1 patches is on the new track" in line(two, "quota").proof
    assert (decision.agreed, decision.unsigned) == (False, ("ann",))


def test_without_checks_run_it_is_unknown(two: Two) -> None:
    decision = two.answer().decision
    assert (decision.verdict, against(decision.lines)) == (CutoverVerdict.UNKNOWN, [("unknown", "unit")])
    two.check("new")
    (unknown,) = [each for each in two.answer().decision.lines if each.state is LineState.UNKNOWN]
    assert (unknown.what, unknown.todo) == ("nothing is known of it on old", "unfork track check old unit")


def test_an_open_item_blocks_with_what_it_waits_for(two: Two) -> None:
    two.write(
        two.item("quota", ended=False, more="after: [retry]\n    commitment: {by: ann, date: 2019-02-20}"),
        two.item("retry", ended=False),
        two.item("limit", gate="release", ended=False),
    )
    decision = two.answer().decision
    assert decision.verdict is CutoverVerdict.NOT_YET
    quota, retry = line(two, "quota"), line(two, "retry")
    assert (
        quota.what == "has not ended: open; ann promised it for 2019-02-20, which has passed; waits for retry"
    )
    assert retry.what == "has not ended: open; nobody promised a day"
    assert retry.todo == "unfork plan promise retry --by NAME --date DATE"
    assert quota.where.endswith("plan.yaml:26:5")
    assert [each.name for each in decision.lines if each.subject is Subject.ITEM] == ["quota", "retry"]
    said = "open items that block the release without a promised day: 1 of 1: limit"
    assert line(two, "release").what == said
    assert line(two, "freeze").what == "on 2019-03-08, in 7 days, freezes features"


def test_a_lost_test_blocks_and_names_its_item(tmp_path: Path) -> None:
    two = make_two(tmp_path, new_test=LOSING)
    two.check("old")
    two.check("new")
    decision = two.answer().decision
    assert (decision.verdict, against(decision.lines)) == (CutoverVerdict.NOT_YET, [("blocks", "unit/quota")])
    assert line(two, "unit/quota").what == "lost: fails in 2 of 2 repetitions on new; items quota"


def test_a_loss_that_was_accepted_does_not_block_until_its_day(tmp_path: Path) -> None:
    two = make_two(tmp_path, new_test=LOSING)
    two.check("old")
    two.check("new")
    accepted = (
        "  accepted: [{what: unit/quo*, reason: comes with the first update, by: ann, until: %s}]\nitems:\n"
    )
    for until, verdict in (("2019-03-01", CutoverVerdict.READY), ("2019-02-28", CutoverVerdict.NOT_YET)):
        two.write(
            *(two.item(name) for name in two.ids),
            head=HEAD.replace("items:\n", accepted.replace("%s", until)),
        )
        decision = two.answer().decision
        assert decision.verdict is verdict, until
    assert decision.today == TODAY


def test_a_test_that_fails_now_and_then_on_the_new_track_is_unknown(tmp_path: Path) -> None:
    two = make_two(
        tmp_path,
        new_test=f"test -e once || {{ touch once; {LOSING.replace(chr(10), ';')} exit; }}\n{PASSING}",
    )
    two.check("old")
    two.check("new")
    decision = two.answer().decision
    assert (decision.verdict, against(decision.lines)) == (
        CutoverVerdict.UNKNOWN,
        [("unknown", "unit/quota")],
    )
    assert line(two, "unit/quota").what == "fails in 1 of 2 repetitions on new"


def test_a_check_that_fails_now_and_then_on_the_new_track_is_unknown(tmp_path: Path) -> None:
    two = make_two(tmp_path, new_test="test -e once || { touch once; exit 1; }\n")
    head = HEAD.replace("    format: tap\n    results: '-'\n", "")
    two.write(*(two.item(name) for name in two.ids), head=head)
    two.check("old")
    two.check("new")
    assert against(two.answer().decision.lines) == [("unknown", "unit")]
    assert line(two, "unit").what == "fails in 1 of 2 repetitions on new"


def test_tests_that_the_new_track_does_not_run_are_unknown(tmp_path: Path) -> None:
    two = make_two(tmp_path, new_test="echo 1..1\necho ok 1 - boots\n")
    two.check("old")
    two.check("new")
    decision = two.answer().decision
    assert against(decision.lines) == [("unknown", "unit/(not run)")]
    assert line(two, "unit/(not run)").what == "tests that passed on old and are not run on new: 1"


def test_tests_that_are_not_run_are_accepted_by_their_names(tmp_path: Path) -> None:
    more = "echo 1..3\necho ok 1 - boots\n%s\n%s\n"
    two = make_two(tmp_path, new_test="echo 1..1\necho ok 1 - boots\n")
    two.commit("old", **{"test.sh": more % ("echo ok 2 - net.one", "echo ok 3 - disk.two")})
    two.check("old")
    two.check("new")
    for what, left in (("unit/net.*", 1), ("unit/*", 0)):
        head = HEAD.replace(
            "items:\n", f"  accepted: [{{what: {what}, reason: that service is gone}}]\nitems:\n"
        )
        two.write(*(two.item(name) for name in two.ids), head=head)
        lines = [each for each in two.answer().decision.lines if each.name == "unit/(not run)"]
        counts = {each.state: int(each.what.rpartition(" ")[2]) for each in lines}
        assert counts == ({LineState.UNKNOWN: left} if left else {}) | {LineState.ACCEPTED: 2 - left}


def test_an_end_is_proven_or_contradicted_by_its_check(tmp_path: Path) -> None:
    two = make_two(tmp_path, new_test=LOSING)
    two.write(
        two.item("quota", more="check: unit/quota"), two.item("retry", more="check: unit/boots"),
        two.item("limit", more="check: unit/nothing"),
    )  # fmt: skip
    assert line(two, "quota").state is LineState.UNKNOWN
    two.check("old")
    two.check("new")
    assert (line(two, "quota").state, line(two, "quota").what) == (
        LineState.BLOCKS, "ended on 2019-02-01: replaced, and unit/quota fails",
    )  # fmt: skip
    assert (line(two, "retry").state, line(two, "retry").proof) == (
        LineState.FINE,
        "unit/boots passes on new",
    )
    assert line(two, "limit").state is LineState.UNKNOWN
    two.write(*(two.item(name, more="check: unit") for name in two.ids))
    assert line(two, "quota").state is LineState.BLOCKS


def test_an_item_that_has_ended_and_is_carried_on_blocks(two: Two) -> None:
    two.git("cherry-pick", "stx/old~2", cwd=two.repository.parent / "new")
    decision = two.answer().decision
    assert ("blocks", "quota") in against(decision.lines)
    assert "and the new track carries" in line(two, "quota").what


def test_results_of_another_commit_are_no_proof(two: Two) -> None:
    two.check("old")
    two.check("new")
    two.git("commit", "-q", "--allow-empty", "-m", "later", cwd=two.repository.parent / "new")
    decision = two.answer().decision
    assert decision.verdict is CutoverVerdict.UNKNOWN
    assert "new was tested at" in line(two, "new").what


def test_changes_in_the_worktree_are_said(two: Two) -> None:
    (two.repository.parent / "new/app/quota.py").write_text("changed\n")
    two.check("old")
    two.check("new")
    assert line(two, "new").what == "new was tested with changes that are in no commit"


def test_content_that_patches_brought_is_an_items_to_answer_for(two: Two) -> None:
    two.commit("old", **{"app/quota.py": "OPTS = [cfg.IntOpt('quota_limit')]\n"})
    two.check("old")
    two.check("new")
    decision = two.answer().decision
    assert against(decision.lines) == [("unknown", "option/[DEFAULT] quota_limit")]
    accepted = "  accepted: [{what: 'option/[DEFAULT] quota_*', reason: nobody set it}]\nitems:\n"
    two.write(*(two.item(name) for name in two.ids), head=HEAD.replace("items:\n", accepted))
    assert two.answer().decision.verdict is CutoverVerdict.READY
    brought = read_series(f"{two.repository}:stx/old~1..stx/old").patches[0].id
    two.write(*(two.item(name) for name in two.ids), two.item("quota").replace("quota:", "limits:").replace(
        two.ids["quota"], brought))  # fmt: skip
    assert two.answer().decision.verdict is CutoverVerdict.READY


def test_a_plan_that_names_no_tracks_is_unknown(two: Two) -> None:
    two.write(*(two.item(name) for name in two.ids), head=HEAD.replace("  old: old\n  new: new\n", ""))
    decision = two.answer().decision
    assert (decision.verdict, [name for _, name in against(decision.lines)]) == (
        CutoverVerdict.UNKNOWN,
        ["old", "new"],
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  signers: [ann]", "  signers: [cid]", "unknown owner 'cid'"),
        ("  old: old", "  old: elsewhere", "unknown track 'elsewhere'"),
        ("    command: [sh, test.sh]", "    command: []", "it has no command"),
        ("    results: '-'\n", "", "where its results are"),
        ("    format: tap", "    format: xml", "'xml' is unknown"),
        ("    format: tap", "    format: tap\n    repeat: 0", "repeat: 0 repetitions"),
        ("    format: tap", "    format: tap\n    timeout: -1", "timeout: -1 seconds"),
        ("  unit:", "  ../unit:", "this is no name"),
        ("    format: tap", "    format: tap\n    only: [other]", "unknown track 'other'"),
    ],
)
def test_what_cannot_be_as_it_is_written_is_named_with_its_line(
    two: Two, old: str, new: str, said: str
) -> None:
    two.write(head=HEAD.replace(old, new).replace("items:\n", ""))
    with pytest.raises(InputError, match=said) as caught:
        two.answer()
    assert "plan.yaml:" in str(caught.value)
