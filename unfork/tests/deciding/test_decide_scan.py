"""Every kind of decision, from the command to the verdict of a scan."""

import subprocess
from dataclasses import replace

import pytest
from decided_fork import Fork
from unfork.errors import InputError
from unfork.model import Advice, Relation, Scan, Verdict


def verdict(scan: Scan, name: str) -> Verdict:
    return next(each for each in scan.patches if each.name == name)


def said(row: Verdict) -> list[str]:
    return [each.detail for each in row.evidence if each.method == "decision"]


def shas(row: Verdict) -> list[str]:
    return [commit.sha for commit in row.commits]


def test_nothing_decided(fork: Fork) -> None:
    for row, patch in zip(fork.scan().patches, fork.built.scenario.series, strict=True):
        assert (row.relation, row.advice) == (patch.expect.relation, patch.expect.advice)
    assert not fork.plan.exists()


@pytest.mark.parametrize(
    ("patch", "commits", "relation", "share"),
    [
        ("starts.patch", ["B"], Relation.IDENTICAL, [1.0]),
        ("both.patch", ["U", "T"], Relation.SPLIT, [0.5, 0.5]),
        ("both.patch", ["T"], Relation.REWORKED, [0.5]),
        ("home.patch", ["B"], Relation.REWORKED, [0.0]),
    ],
)
def test_is_names_the_commits_and_the_content_the_relation(
    fork: Fork, patch: str, commits: list[str], relation: Relation, share: list[float]
) -> None:
    fork.decide(patch, "is", *commits, why="seen in review")
    row = verdict(fork.scan(), patch)
    assert (row.relation, row.confidence, row.advice) == (relation, 1.0, Advice.DROP)
    assert sorted(shas(row)) == sorted(fork.sha(each) for each in commits)
    assert [commit.share for commit in row.commits] == share
    assert row.first_release == "1.1.0"
    assert said(row) == [
        "it is this commit, says Re Viewer <re@example.org>, 2026-01-31: seen in review"
    ] * len(commits)
    assert row.warnings == ()


def test_is_may_name_what_is_not_searched(fork: Fork) -> None:
    fork.decide("home.patch", "is", "Z")  # before the base
    row = verdict(fork.scan(), "home.patch")
    assert (row.advice, row.first_release) == (Advice.DROP, "0.9.0")
    fork.decide("version.patch", "is", "D")  # after the target
    row = verdict(fork.scan(), "version.patch")
    assert (row.advice, row.advice_release) == (Advice.DROP_AT, "1.2.0")


def test_is_may_name_a_merge(fork: Fork) -> None:
    """It is what the merge brought to its first parent: here both halves of the patch."""
    git = ["git", "-C", str(fork.built.upstream)]
    tree, first = f"{fork.sha('U')}^{{tree}}", fork.sha("B")
    command = [*git, "commit-tree", tree, "-p", first, "-p", fork.sha("U"), "-m", "Merge counting"]
    merge = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run([*git, "tag", "1.1.1", merge], check=True)
    fork.built = replace(fork.built, target="1.1.1")
    fork.decide("both.patch", "is", merge)
    row = verdict(fork.scan(), "both.patch")
    assert (row.relation, row.residue) == (Relation.EQUIVALENT, 0)
    assert (row.first_release, row.advice) == ("1.1.1", Advice.DROP)


def test_a_name_in_another_encoding(fork: Fork) -> None:
    old, new = fork.built.patches / "home.patch", fork.built.patches / "h\udcf6me.patch"
    old.rename(new)
    series = fork.built.patches / "series"
    series.write_bytes(series.read_bytes().replace(b"home.patch", b"h\xf6me.patch"))
    assert fork.decide(new.name, "keep", why="ours").decision.patch == "h\\udcf6me.patch"
    assert len(said(verdict(fork.scan(), new.name))) == 1


def test_not_hides_the_commit_and_the_next_best_is_judged(fork: Fork) -> None:
    assert shas(verdict(fork.scan(), "both.patch")) != [fork.sha("U")]
    fork.decide("both.patch", "not", "T")
    fork.decide("starts.patch", "not", "B")
    scan = fork.scan()
    both, starts = verdict(scan, "both.patch"), verdict(scan, "starts.patch")
    assert both.relation is not Relation.SPLIT
    assert shas(both) == [fork.sha("U")]
    assert starts.relation is not Relation.IDENTICAL
    for row, hidden in ((both, "T"), (starts, "B")):
        assert fork.sha(hidden) not in shas(row)
        assert fork.sha(hidden) not in [each.sha for each in row.candidates]
        assert said(row) == ["it is not this commit, says Re Viewer <re@example.org>, 2026-01-31"]


def test_replaced_by_drops_what_upstream_does_not_have(fork: Fork) -> None:
    fork.decide("home.patch", "replaced-by", text="the beacon of 1.1", why="it does more")
    fork.decide("starts.patch", "replaced-by", text="the counter service")
    scan = fork.scan()
    row = verdict(scan, "home.patch")
    assert (row.relation, row.advice, row.commits, row.confidence) == (Relation.NONE, Advice.DROP, (), 1.0)
    assert said(row)[0].startswith("replaced by the beacon of 1.1, says Re Viewer")
    assert said(row)[0].endswith(": it does more")
    row = verdict(scan, "starts.patch")
    assert (row.relation, row.commits, row.residue) == (Relation.NONE, (), 5)


def test_keep_carries_on(fork: Fork) -> None:
    for name in ("starts.patch", "version.patch"):
        fork.decide(name, "keep", why="a customer needs it")
    scan = fork.scan()
    row = verdict(scan, "starts.patch")
    assert (row.relation, row.advice) == (Relation.IDENTICAL, Advice.CARRY)
    assert row.warnings == ("kept as decided, although by what upstream has the advice would be drop",)
    assert said(row) == ["kept, says Re Viewer <re@example.org>, 2026-01-31: a customer needs it"]
    assert verdict(scan, "version.patch").advice is Advice.REWORK


def test_a_remembered_answer_gives_way_to_a_new_decision(fork: Fork) -> None:
    before = fork.scan()
    fork.decide("home.patch", "is", "B")
    assert fork.scan() != before
    fork.file.unlink()
    assert fork.scan() == before


def test_a_decision_about_another_content_is_flagged(fork: Fork) -> None:
    fork.decide("home.patch", "is", "B")
    path = fork.built.patches / "home.patch"
    path.write_bytes(path.read_bytes().replace(b"agent.send", b"agent.post"))
    row = verdict(fork.scan(), "home.patch")
    assert shas(row) == [fork.sha("B")]
    (warning,) = row.warnings
    assert warning.startswith(
        f"decided on 2026-01-31 that it is {fork.sha('B')[:12]}, but its content has changed"
    )
    assert fork.decide("home.patch", "is", "B").renewed
    assert verdict(fork.scan(), "home.patch").warnings == ()


def test_a_renamed_patch_is_known_by_its_content(fork: Fork) -> None:
    fork.decide("home.patch", "not", "B")
    (fork.built.patches / "home.patch").rename(fork.built.patches / "0003-home.patch")
    series = fork.built.patches / "series"
    series.write_text(series.read_text().replace("home.patch", "0003-home.patch"))
    row = verdict(fork.scan(), "0003-home.patch")
    assert (len(said(row)), row.warnings) == (1, ())
    fork.decide("0003-home.patch", "keep", why="ours")  # the older decision follows the name
    assert '"home.patch"' not in fork.file.read_text()
    assert len(said(verdict(fork.scan(), "0003-home.patch"))) == 2
    with pytest.raises(InputError, match="it cannot be"):
        fork.decide("0003-home.patch", "is", "B")


def test_a_reverted_commit_is_still_reverted(fork: Fork) -> None:
    """What is true in the target is a fact; a decision says what the patch is."""
    work = fork.built.upstream.parent / "work"
    git = ["git", "-C", str(work)]
    subprocess.run(["git", "clone", "-q", str(fork.built.upstream), str(work)], check=True)
    subprocess.run([*git, "checkout", "-q", "-B", "master", "1.1.0"], check=True)
    subprocess.run([*git, "revert", "--no-edit", fork.sha("B")], check=True, capture_output=True)
    subprocess.run([*git, "tag", "1.1.1"], check=True)
    subprocess.run([*git, "push", "-q", "origin", "1.1.1"], check=True)
    fork.built = replace(fork.built, target="1.1.1")
    fork.decide("starts.patch", "is", "B")
    row = verdict(fork.scan(), "starts.patch")
    assert (shas(row), row.advice) == ([fork.sha("B")], Advice.DECIDE)
    assert row.warnings[0].startswith(f"upstream took {fork.sha('B')[:12]} back: ")
