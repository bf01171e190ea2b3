"""Patches whose change another repository has: claimed there, named, and what is advised."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from making import Made, Writer, confirmed, function
from unfork.commands.scan import ScanRequest, run_scan
from unfork.commands.show import run_show
from unfork.deciding import record
from unfork.model import Advice, Evidence, Relation, Scan, State, Verdict
from unfork.model.decision import Decision, DecisionKind
from unfork.series import read_series

Patch = Callable[..., Any]
Ask = Callable[..., Scan]

START, RENEW, EXPIRE, STOP = (function(name) for name in ("start", "renew", "expire", "stop"))
PLAIN = START + RENEW + EXPIRE + STOP
FIXED = START + confirmed("renew") + EXPIRE + STOP
OLD, NEW = "app/place/agent.py", "place/agent.py"


@pytest.fixture
def other(tmp_path: Path) -> Made:
    """The repository that the code went to."""
    return Made(tmp_path / "place.git")


@pytest.fixture
def request_(made: Made, other: Made, tmp_path: Path) -> ScanRequest:
    return ScanRequest(
        series=str(tmp_path / "patches"),
        upstream=str(made.path),
        base="1.0",
        target="master",
        also=(str(other.path),),
        cache_dir=tmp_path / "cache",
    )


@pytest.fixture
def ask(request_: ScanRequest) -> Ask:
    return lambda **options: run_scan(replace(request_, **options))


def begin(writer: Writer, *, gone: bool = True) -> str:
    """The base, tagged 1.0, a few commits of its own, and the code leaves (or not)."""
    base = writer.commit("Start the agent", {OLD: PLAIN, "own.py": function("own")})
    writer.tag("1.0", base)
    for name in ("docs", "lint", "ci"):
        writer.commit(f"Add {name}", {f"{name}.txt": function(name)})
    if gone:
        writer.tag("2.0", writer.commit("Take the agent out", {OLD: None}))
    return base


def move_in(other: Made, *, day: int = 10) -> None:
    """The code arrives, tagged 0.1."""
    other.day = day
    with other.writing() as writer:
        writer.tag("0.1", writer.commit("Begin with the agent", {NEW: PLAIN}))
        for name in ("readme", "tox", "zuul"):
            writer.commit(f"Add {name}", {f"{name}.txt": function(name)})


def fixed_there(other: Made) -> str:
    """The code arrives and is changed as the patch does it; the hash of that change."""
    move_in(other)
    with other.writing() as writer:
        return writer.commit("Confirm renewals", {NEW: FIXED})


def only(scan: Scan) -> Verdict:
    (verdict,) = scan.patches
    return verdict


def claimed(verdict: Verdict) -> list[tuple[str, str]]:
    return [(Path(commit.repo).name, commit.sha) for commit in verdict.commits]


def said(verdict: Verdict, method: str) -> list[Evidence]:
    return [each for each in verdict.evidence if each.method == method]


def test_code_that_left_is_found_where_it_went(made: Made, other: Made, patch: Patch, ask: Ask) -> None:
    with made.writing() as writer:
        begin(writer)
    fix = fixed_there(other)
    with other.writing() as writer:
        writer.tag("0.2", writer.commit("Name it", {"VERSION": "0.2\n"}))
    patch({OLD: PLAIN}, {OLD: FIXED}, "Confirm renewals")
    scan = ask()
    verdict = only(scan)
    assert claimed(verdict) == [("place.git", fix)]
    assert verdict.relation is Relation.EQUIVALENT
    assert (verdict.state, verdict.advice) == (State.OBSOLETE, Advice.DROP)
    assert (verdict.first_release, verdict.commits[0].first_release) == ("0.2", "0.2")
    assert {each.repo for each in verdict.candidates if each.sha == fix} == {str(other.path)}
    (repository,) = said(verdict, "repository")
    assert "place.git" in repository.detail
    assert "has left this tree" in repository.detail
    assert "other names" not in " ".join(each.detail for each in verdict.evidence)  # it is the same file
    assert [(each.upstream, each.commits) for each in scan.also] == [(str(other.path), 6)]
    assert scan.commits_searched == 4 + 6
    # Without that repository it is nowhere.
    assert only(ask(also=())).relation is Relation.NONE


def test_a_file_is_followed_through_its_renames_there(
    made: Made, other: Made, patch: Patch, ask: Ask
) -> None:
    with made.writing() as writer:
        begin(writer)
    other.day = 10
    with other.writing() as writer:
        writer.commit("Begin with the agent as it was", {OLD: PLAIN, "a.txt": "a\n", "b.txt": "b\n"})
        writer.commit("Give it another name", {OLD: None, "lib/helper.py": PLAIN})
        fix = writer.commit("Confirm renewals", {"lib/helper.py": FIXED})
    patch({OLD: PLAIN}, {OLD: FIXED}, "Confirm renewals")
    verdict = only(ask())
    assert (verdict.relation, claimed(verdict)) == (Relation.EQUIVALENT, [("place.git", fix)])
    assert said(verdict, "patch-id")  # the same lines in the same files
    assert "other names" not in " ".join(each.detail for each in verdict.evidence)


def test_code_that_is_still_here_is_a_persons_to_decide(
    made: Made, other: Made, patch: Patch, ask: Ask
) -> None:
    with made.writing() as writer:
        begin(writer, gone=False)
    fix = fixed_there(other)
    patch({OLD: PLAIN}, {OLD: FIXED}, "Confirm renewals")
    verdict = only(ask())
    assert claimed(verdict) == [("place.git", fix)]
    assert (verdict.state, verdict.advice, verdict.first_release) == (State.CLEAN, Advice.DECIDE, None)
    (repository,) = said(verdict, "repository")
    assert "does this tree still need it?" in repository.detail


def test_what_is_only_partly_there_is_decided_although_the_code_left(
    made: Made, other: Made, patch: Patch, ask: Ask
) -> None:
    with made.writing() as writer:
        begin(writer)
    fix = fixed_there(other)
    both = START + confirmed("renew") + EXPIRE + confirmed("stop")
    patch({OLD: PLAIN}, {OLD: both}, "Confirm renewals and stops")
    verdict = only(ask())
    assert (verdict.relation, claimed(verdict)) == (Relation.PARTIAL, [("place.git", fix)])
    assert (verdict.state, verdict.advice) == (State.OBSOLETE, Advice.DECIDE)


def test_one_patch_of_commits_in_two_repositories(made: Made, other: Made, patch: Patch, ask: Ask) -> None:
    with made.writing() as writer:
        begin(writer, gone=False)
        here = writer.commit("Confirm own", {"own.py": confirmed("own")})
        writer.tag("2.0", here)
    move_in(other)
    with other.writing() as writer:
        there = writer.commit("Confirm renewals", {NEW: FIXED})
        writer.tag("0.2", there)
    patch(
        {OLD: PLAIN, "own.py": function("own")},
        {OLD: FIXED, "own.py": confirmed("own")},
        "Confirm renewals and own",
    )
    verdict = only(ask())
    assert verdict.relation is Relation.SPLIT
    assert set(claimed(verdict)) == {("up.git", here), ("place.git", there)}
    assert {each.first_release for each in verdict.commits} == {"2.0", "0.2"}
    assert verdict.first_release is None  # no release of either has all of it
    assert verdict.advice is Advice.DECIDE


def test_a_copy_does_not_take_the_upstreams_place(made: Made, other: Made, patch: Patch, ask: Ask) -> None:
    with made.writing() as writer:
        begin(writer, gone=False)
        fix = writer.commit("Confirm renewals", {OLD: FIXED, "own.py": confirmed("own")})
        writer.tag("2.0", fix)
    day = made.day
    move_in(other, day=day - 5)
    other.day = day - 1
    with other.writing() as writer:
        copy = writer.commit("Confirm renewals", {NEW: FIXED})
    patch({OLD: PLAIN}, {OLD: FIXED}, "Confirm renewals")
    verdict = only(ask())
    assert claimed(verdict) == [("up.git", fix)]
    assert (verdict.relation, verdict.first_release) == (Relation.SQUASHED, "2.0")
    assert copy not in [each.sha for each in verdict.candidates]
    (mentioned,) = said(verdict, "copy")
    assert (mentioned.sha, "place.git" in mentioned.detail) == (copy, True)
    assert not said(verdict, "repository")


def test_the_upstreams_own_wins_when_both_took_it_in(made: Made, other: Made, patch: Patch, ask: Ask) -> None:
    with made.writing() as writer:
        begin(writer, gone=False)
        # Somebody else's, on another day, and a line more: a little less like the patch.
        own = writer.commit("Confirm renewals", {OLD: FIXED + "# a note\n"}, author="B <b@x>")
        writer.tag("2.0", own)
    move_in(other)
    with other.writing() as writer:
        theirs = writer.commit("Confirm renewals", {NEW: FIXED}, author="Down Stream <down@example.org>")
    patch({OLD: PLAIN}, {OLD: FIXED}, "Confirm renewals")
    verdict = only(ask())
    assert [each.sha for each in verdict.candidates[:2]] == [theirs, own]
    assert claimed(verdict) == [("up.git", own)]
    assert (verdict.advice, verdict.first_release) == (Advice.DROP, "2.0")


def test_a_revert_there_counts_there(made: Made, other: Made, patch: Patch, ask: Ask) -> None:
    with made.writing() as writer:
        begin(writer)
    fix = fixed_there(other)
    with other.writing() as writer:
        back = writer.commit(f'Revert "Confirm renewals"\n\nThis reverts commit {fix}.\n', {NEW: PLAIN})
    patch({OLD: PLAIN}, {OLD: FIXED}, "Confirm renewals")
    verdict = only(ask())
    assert claimed(verdict) == [("place.git", fix)]
    assert verdict.advice is Advice.DECIDE
    assert any(back[:12] in text for text in verdict.warnings)


def test_another_repository_takes_nothing_back_here(made: Made, other: Made, patch: Patch, ask: Ask) -> None:
    with made.writing() as writer:
        begin(writer, gone=False)
        fix = writer.commit("Confirm renewals", {OLD: FIXED})
    move_in(other)
    with other.writing() as writer:
        writer.commit("Come with it", {NEW: FIXED})
        writer.commit(f"Not here\n\nThis reverts commit {fix}.\n", {NEW: PLAIN})
    patch({OLD: PLAIN}, {OLD: FIXED}, "Confirm renewals")
    verdict = only(ask())
    assert (claimed(verdict), verdict.advice) == ([("up.git", fix)], Advice.DROP)


def test_what_the_upstream_took_back_stands_there(made: Made, other: Made, patch: Patch, ask: Ask) -> None:
    with made.writing() as writer:
        begin(writer, gone=False)
        writer.commit("Confirm renewals", {OLD: FIXED})
        writer.commit("Go without", {OLD: PLAIN})
    fix = fixed_there(other)
    patch({OLD: PLAIN}, {OLD: FIXED}, "Confirm renewals")
    verdict = only(ask())
    assert (claimed(verdict), verdict.warnings) == ([("place.git", fix)], ())


def decide(folder: Path, request: ScanRequest, kind: DecisionKind, sha: str) -> None:
    series = read_series(request.series)
    (patch,) = series.patches
    new = Decision(patch.name, patch.id, kind, "me", datetime(2026, 1, 1, tzinfo=UTC), (sha,))
    record(folder, new, series={patch.name}, subjects={sha: "of this commit"})


def test_a_decision_may_name_a_commit_of_either(
    made: Made, other: Made, patch: Patch, ask: Ask, request_: ScanRequest, tmp_path: Path
) -> None:
    with made.writing() as writer:
        begin(writer)
    fix = fixed_there(other)
    with other.writing() as writer:
        writer.tag("0.3", writer.commit("More", {"more.txt": "more\n"}))
        unlike = writer.commit("Do it otherwise", {"else.py": function("otherwise")})
        writer.tag("0.4", unlike)
    patch({OLD: PLAIN}, {OLD: FIXED}, "Confirm renewals")
    decide(tmp_path / "no", request_, DecisionKind.NOT, fix)
    refused = only(ask(plan=tmp_path / "no"))
    assert (refused.relation, fix in [each.sha for each in refused.candidates]) == (Relation.NONE, False)
    decide(tmp_path / "yes", request_, DecisionKind.IS, unlike)
    verdict = only(ask(plan=tmp_path / "yes"))
    assert claimed(verdict) == [("place.git", unlike)]
    assert (verdict.first_release, verdict.advice) == ("0.4", Advice.DROP)
    assert verdict.commits[0].subject == "Do it otherwise"


def test_show_lays_it_beside_the_other_repositorys_commit(
    made: Made, other: Made, patch: Patch, request_: ScanRequest
) -> None:
    with made.writing() as writer:
        begin(writer)
    fix = fixed_there(other)
    patch({OLD: PLAIN}, {OLD: FIXED}, "Confirm renewals")
    detail = run_show(request_, "1")
    (side,) = detail.sides
    assert (side.commit.sha, len(side.explains), detail.residue) == (fix, 5, ())
    assert detail.upstreams == (str(made.path), str(other.path))


def test_a_suggestion_names_its_repository(made: Made, other: Made, patch: Patch, ask: Ask) -> None:
    with made.writing() as writer:
        begin(writer)
    move_in(other)
    note = "features:\n  - Leases are prolonged by the quartermaster heartbeat.\n"
    with other.writing() as writer:
        sha = writer.commit(
            "Prolong leases by the quartermaster heartbeat\n\nThe quartermaster prolongs leases.\n",
            {"place/lease.py": function("lease"), "releasenotes/notes/lease-1.yaml": note},
        )
        writer.tag("0.2", sha)
    patch(
        {OLD: PLAIN},
        {OLD: PLAIN + "quartermaster_heartbeat = 1\n"},
        "Add a quartermaster heartbeat for leases",
        "The quartermaster must prolong leases.",
    )
    first = only(ask(suggest=True)).suggestions[0]
    assert (first.repo, first.shas, first.release) == (str(other.path), (sha,), "0.2")
    assert first.kind == "release-note"
