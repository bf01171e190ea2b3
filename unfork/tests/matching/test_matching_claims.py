"""What is claimed, on what evidence, and what is not."""

from collections.abc import Callable
from typing import Any

import pytest
from making import Made, Writer, confirmed, function
from unfork.model import Advice, Relation, Scan, State, Verdict

Patch = Callable[..., Any]
Ask = Callable[..., Scan]

START, RENEW, EXPIRE, STOP = (function(name) for name in ("start", "renew", "expire", "stop"))
BASE = {"agent.py": START + RENEW + EXPIRE + STOP}
FIXED = {"agent.py": START + confirmed("renew") + EXPIRE + STOP}


def begin(writer: Writer) -> str:
    """The base, tagged 1.0, and a few commits that have nothing to do with any patch."""
    base = writer.commit("Start the agent", BASE)
    writer.tag("1.0", base)
    for name in ("docs", "lint", "ci", "setup", "locale", "api"):
        writer.commit(f"Add {name}", {f"{name}.txt": function(name)})
    return base


def only(scan: Scan) -> Verdict:
    (verdict,) = scan.patches
    return verdict


def claimed(verdict: Verdict) -> list[str]:
    return [commit.sha for commit in verdict.commits]


def methods(verdict: Verdict) -> set[str]:
    return {evidence.method for evidence in verdict.evidence}


def test_the_four_relations(made: Made, patch: Patch, ask: Ask) -> None:
    around = EXPIRE.replace("pending", "outstanding").replace("expire_seen = 0", "expire_seen = agent.past")
    moved = confirmed("expire").replace("pending", "outstanding")
    moved = moved.replace("expire_seen = 0", "expire_seen = agent.past")
    other = (
        confirmed("stop")
        .replace("LOG.warning", "LOG.error")
        .replace("agent.requeue_stop(item)", "agent.put_back(item)")
    )
    with made.writing() as writer:
        begin(writer)
        same = writer.commit("Confirm renewals", FIXED)
        # The code around it changes first: the same five lines, other context.
        writer.commit("Look at the past", {"agent.py": START + confirmed("renew") + around + STOP})
        equivalent = writer.commit(
            "Confirm expiries", {"agent.py": START + confirmed("renew") + moved + STOP}
        )
        reworked = writer.commit("Confirm stops", {"agent.py": START + confirmed("renew") + moved + other})
    patch(BASE, FIXED, "Confirm renewals")
    patch(BASE, {"agent.py": START + RENEW + confirmed("expire") + STOP}, "Confirm expiries")
    patch(BASE, {"agent.py": START + RENEW + EXPIRE + confirmed("stop")}, "Confirm stops")
    patch(BASE, {"agent.py": BASE["agent.py"] + function("vendor", "agent.beacon()")}, "Call home")
    rows = ask().patches
    assert [(row.relation, claimed(row)) for row in rows] == [
        (Relation.IDENTICAL, [same]),
        (Relation.EQUIVALENT, [equivalent]),
        (Relation.REWORKED, [reworked]),
        (Relation.NONE, []),
    ]
    assert [row.residue for row in rows[:2]] == [0, 0]
    assert rows[2].residue == 2
    assert [row.commits[0].share for row in rows[:3]] == [1.0, 1.0, 0.6]
    assert [row.candidates[0].sha for row in rows[:3]] == [same, equivalent, reworked]
    assert {"patch-id", "lines", "subject"} <= methods(rows[0])
    assert all(0 <= row.confidence <= 1 for row in rows)


def test_a_lying_trailer_is_a_warning_and_no_claim(made: Made, patch: Patch, ask: Ask) -> None:
    with made.writing() as writer:
        begin(writer)
        real = writer.commit("Describe the agent", {"README": function("readme")})
    patch(BASE, FIXED, "Confirm renewals", f"(cherry picked from commit {real})")
    patch(BASE, FIXED, "Confirm renewals", f"(cherry picked from commit {'d' * 40})")
    lying, unknown = ask().patches
    for row in (lying, unknown):
        assert (row.relation, row.commits) == (Relation.NONE, ())
    assert (lying.advice, unknown.advice) == (Advice.CARRY, Advice.DROP)  # the second repeats the first
    assert f"its trailer names {real[:12]}, but the content is not that commit's" in lying.warnings
    assert f"its trailer names {'d' * 12}, which is not among the searched commits" in unknown.warnings


def test_a_trailer_that_names_another_commit_than_the_content(made: Made, patch: Patch, ask: Ask) -> None:
    with made.writing() as writer:
        begin(writer)
        real = writer.commit("Confirm renewals", FIXED)
        other = writer.commit("Describe the agent", {"README": function("readme")})
    patch(BASE, FIXED, "Confirm renewals", f"(cherry picked from commit {other})")
    row = only(ask())
    assert (row.relation, claimed(row)) == (Relation.IDENTICAL, [real])
    assert any(warning.startswith(f"its trailer names {other[:12]}") for warning in row.warnings)
    assert "trailer" not in methods(row)


@pytest.mark.parametrize("length", [40, 12, 7])
@pytest.mark.parametrize(
    ("form", "method"),
    [
        ("(cherry picked from commit {})", "trailer"),
        ("Upstream-Status: Backport [https://example.org/nova/commit/{}]", "trailer"),
        ("Origin: upstream, https://example.org/nova/commit/{}", "trailer"),
        ("Git-commit: {}", "trailer"),
        ("This is {} without its tests.", "hash"),
    ],
)
def test_hashes_full_and_short(
    made: Made, patch: Patch, ask: Ask, length: int, form: str, method: str
) -> None:
    with made.writing() as writer:
        begin(writer)
        real = writer.commit("Confirm renewals", FIXED)
        writer.commit("Go on", {"more.txt": function("more")})
    patch(BASE, FIXED, "Vendor: renewals", f"Text.\n\n{form.format(real[:length])}")
    row = only(ask())
    assert (row.relation, claimed(row)) == (Relation.IDENTICAL, [real])
    assert method in methods(row)
    assert not [warning for warning in row.warnings if "trailer names" in warning]


def test_a_change_id_of_two_commits(made: Made, patch: Patch, ask: Ask) -> None:
    change = "Change-Id: I" + "ab12" * 10
    with made.writing() as writer:
        begin(writer)
        docs = writer.commit(f"Confirm renewals, part one\n\n{change}\n", {"docs.txt": function("explained")})
        real = writer.commit(f"Confirm renewals\n\n{change}\n", FIXED)
    patch(BASE, FIXED, "Vendor: renewals", change)
    row = only(ask())
    assert (row.relation, claimed(row)) == (Relation.IDENTICAL, [real])
    assert "change-id" in methods(row)
    assert docs in {candidate.sha for candidate in row.candidates}


def test_the_commit_that_stands_is_preferred(made: Made, patch: Patch, ask: Ask) -> None:
    with made.writing() as writer:
        begin(writer)
        first = writer.commit("Confirm renewals", FIXED)
        writer.commit(f'Revert "Confirm renewals"\n\nThis reverts commit {first}.\n', BASE)
        again = writer.commit("Confirm renewals, once more", FIXED)
    patch(BASE, FIXED, "Confirm renewals")
    row = only(ask())
    assert (row.relation, claimed(row)) == (Relation.IDENTICAL, [again])
    assert first in {candidate.sha for candidate in row.candidates}
    assert row.state is State.ABSORBED
    assert row.advice is Advice.DROP


def test_a_commit_that_was_taken_back(made: Made, patch: Patch, ask: Ask) -> None:
    with made.writing() as writer:
        begin(writer)
        first = writer.commit("Confirm renewals", FIXED)
        revert = writer.commit(f'Revert "Confirm renewals"\n\nThis reverts commit {first}.\n', BASE)
    patch(BASE, FIXED, "Confirm renewals")
    row = only(ask())
    assert claimed(row) == [first]
    assert row.advice is Advice.DECIDE
    assert [
        warning for warning in row.warnings if f'back: {revert[:12]} Revert "Confirm renewals"' in warning
    ]


def test_a_revert_of_the_revert_restores(made: Made, patch: Patch, ask: Ask) -> None:
    with made.writing() as writer:
        begin(writer)
        first = writer.commit("Confirm renewals", FIXED)
        revert = writer.commit(f'Revert "Confirm renewals"\n\nThis reverts commit {first}.\n', BASE)
        writer.commit(f'Revert "Revert "Confirm renewals""\n\nThis reverts commit {revert}.\n', FIXED)
    patch(BASE, FIXED, "Confirm renewals")
    row = only(ask())
    assert row.relation is Relation.IDENTICAL
    assert row.advice is Advice.DROP
    assert not [warning for warning in row.warnings if " back: " in warning]


def test_a_revert_is_not_what_it_reverts(made: Made, patch: Patch, ask: Ask) -> None:
    """A carried revert has the same lines with other signs, and nearly the same subject."""
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start", FIXED))
        writer.commit("Off", BASE)
        fix = writer.commit("Confirm renewals", FIXED)
    patch(FIXED, BASE, 'Revert "Confirm renewals"', f"This reverts commit {fix}.")
    row = only(ask())
    assert fix not in claimed(row)


def test_the_same_subject_of_another_change(made: Made, patch: Patch, ask: Ask) -> None:
    with made.writing() as writer:
        begin(writer)
        for name in ("docs", "lint"):
            writer.commit("Fix broken link", {f"{name}.txt": function(f"{name}_again")})
    patch(BASE, FIXED, "Fix broken link")
    patch(BASE, {"agent.py": BASE["agent.py"] + function("vendor")}, "Add docs")
    assert [(row.relation, row.commits) for row in ask().patches] == [
        (Relation.NONE, ()),
        (Relation.NONE, ()),
    ]


def test_a_subject_that_differs_in_a_number(made: Made, patch: Patch, ask: Ask) -> None:
    with made.writing() as writer:
        begin(writer)
        writer.commit("Bump the limit to 40", {"agent.py": BASE["agent.py"].replace("limit)", "limit=40)")})
    changed = {"agent.py": BASE["agent.py"].replace("limit)", "limit=50)")}
    patch(BASE, changed, "Bump the limit to 50")
    assert only(ask()).relation is Relation.NONE


def test_nothing_before_the_base_is_claimed(made: Made, patch: Patch, ask: Ask) -> None:
    with made.writing() as writer:
        old = writer.commit("Confirm renewals", FIXED)
        base = writer.commit("Take it out", BASE)
        writer.tag("1.0", base)
        writer.commit("Go on", {"x": "1\n"})
    patch(BASE, FIXED, "Confirm renewals", f"(cherry picked from commit {old})")
    row = only(ask())
    assert (row.relation, row.commits) == (Relation.NONE, ())
    assert any("not among the searched commits" in warning for warning in row.warnings)


def test_an_empty_patch_and_blank_lines_alone(made: Made, patch: Patch, ask: Ask) -> None:
    with made.writing() as writer:
        begin(writer)
    patch(BASE, {}, "Rebuild")
    patch({"f": "a\nb\n"}, {"f": "a\n\nb\n"}, "Space out")
    assert [row.relation for row in ask().patches] == [Relation.NONE, Relation.NONE]
