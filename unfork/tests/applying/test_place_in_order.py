"""Patches after each other, and changes that upstream took."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from unfork.applying import place_series
from unfork.model import Patch, State
from unfork.series import parse_patch

TEXT = [f"line number {n}" for n in range(1, 31)]


def text(**changes: str) -> bytes:
    """Thirty lines; ``at7="x"`` changes the seventh."""
    lines = [changes.get(f"at{n}", line) for n, line in enumerate(TEXT, 1)]
    return "".join(line + "\n" for line in lines).encode()


def chain(forge: Any, *trees: Mapping[str, bytes]) -> list[Patch]:
    """The series of patches that leads from the first tree through all others."""
    commits = [forge.commit(tree) for tree in trees]
    return [
        parse_patch(forge.diff(old, new), f"{n:04d}-change.patch")
        for n, (old, new) in enumerate(pairwise(commits), 1)
    ]


def test_a_patch_that_needs_the_one_before(upstream: Any, downstream: Any, cache: Path) -> None:
    patches = chain(
        downstream, {"f": text()}, {"f": text(at9="ours")}, {"f": text(at9="ours", at10="ours too")}
    )
    target = upstream.commit({"f": text()})
    first, second = place_series(upstream.repository, target, patches, cache=cache)
    assert (first.alone, first.in_series) == (State.CLEAN, State.CLEAN)
    assert (second.alone, second.in_series) == (State.CONFLICT, State.CLEAN)


def test_a_patch_that_only_goes_in_alone(upstream: Any, downstream: Any, cache: Path) -> None:
    one = downstream.patch({"f": text()}, {"f": text(at9="ours")})
    two = downstream.patch({"f": text()}, {"f": text(at9="the other's")})
    target = upstream.commit({"f": text()})
    _, placed = place_series(upstream.repository, target, [one, two], cache=cache)
    assert (placed.alone, placed.in_series) == (State.CLEAN, State.CONFLICT)
    assert any(line.startswith("in series: f: ") for line in placed.details)


def test_what_fails_leaves_nothing_and_is_named(upstream: Any, downstream: Any, cache: Path) -> None:
    patches = chain(
        downstream,
        {"f": text(), "g": text()},
        {"f": text(at9="ours"), "g": text(at9="ours")},
        {"f": text(at9="ours", at10="more"), "g": text(at9="ours")},
        {"f": text(at9="ours", at10="more"), "g": text(at9="ours", at25="far away")},
    )
    target = upstream.commit({"f": text(), "g": text(at9="theirs")})
    first, second, third = place_series(upstream.repository, target, patches, cache=cache)
    assert first.in_series is State.CONFLICT
    assert second.in_series is State.CONFLICT  # the half of the first that fits is not there
    assert "in series: may need 0001-change.patch: same files, not applied" in second.details
    assert third.in_series is State.CLEAN


def test_a_part_of_an_earlier_patch(upstream: Any, downstream: Any, cache: Path) -> None:
    whole = downstream.patch({"f": text()}, {"f": text(at9="ours", at20="ours too")})
    part = downstream.patch({"f": text()}, {"f": text(at20="ours too")})
    target = upstream.commit({"f": text()})
    _, placed = place_series(upstream.repository, target, [whole, part], cache=cache)
    assert (placed.alone, placed.in_series) == (State.CLEAN, State.ABSORBED)
    assert "in series: the patches before it already make this change" in placed.details


def test_files_made_renamed_and_deleted_on_the_way(upstream: Any, downstream: Any, cache: Path) -> None:
    patches = chain(
        downstream,
        {"g": b"g\n"},
        {"g": b"g\n", "new": text()},
        {"g": b"g\n", "renamed": text()},
        {"g": b"g\n", "renamed": text(at9="ours")},
        {"g": b"g\n"},
        {"g": b"g\n", "new": text(at9="again")},
    )
    target = upstream.commit({"g": b"g\n"})
    placed = place_series(upstream.repository, target, patches, cache=cache)
    assert [p.in_series for p in placed] == [State.CLEAN] * 5
    # Alone, the deletion finds nothing to delete: it is in the target. In the series it is not.
    assert [p.alone for p in placed[1:4]] == [State.OBSOLETE, State.OBSOLETE, State.ABSORBED]


def test_a_merge_on_a_blob_that_the_series_makes(upstream: Any, downstream: Any, cache: Path) -> None:
    base, between = text(), text(at3="ours")
    patches = chain(downstream, {"f": base}, {"f": between}, {"f": text(at3="ours", at8="x", at14="y")})
    elsewhere = downstream.patch({"f": base}, {"f": text(at11="in between")}, name="0001.5.patch")
    patches.insert(1, elsewhere)
    target = upstream.commit({"f": base})
    placed = place_series(upstream.repository, target, patches, cache=cache)
    assert [p.in_series for p in placed[:2]] == [State.CLEAN, State.CLEAN]
    assert placed[2].in_series in (State.CLEAN, State.FUZZY)


def test_taken_upstream_and_edited_since(upstream: Any, downstream: Any, cache: Path) -> None:
    patch = downstream.patch({"f": text()}, {"f": text(at9="ours")})
    upstream.commit({"f": text(at30="theirs")})
    taken = upstream.commit({"f": text(at9="ours", at30="theirs")})
    target = upstream.commit({"f": text(at9="ours", at10="edited since", at30="theirs")})
    repository = upstream.repository
    (without,) = place_series(repository, target, [patch], cache=cache)
    assert without.alone is State.CONFLICT
    (placed,) = place_series(repository, target, [patch], cache=cache, taken_by={patch.id: ["0" * 40, taken]})
    assert (placed.alone, placed.in_series, placed.absorbed_at) == (State.ABSORBED, State.ABSORBED, taken)
    assert placed.present == 1.0


def test_taken_among_other_lines(upstream: Any, downstream: Any, cache: Path) -> None:
    """One line of context is enough where lines were added, not where they were only removed."""
    kept = TEXT[:8] + TEXT[9:]
    added = downstream.patch({"f": text()}, {"f": text(at9="ours")})
    removed = downstream.patch({"f": text()}, {"f": "".join(f"{line}\n" for line in kept).encode()})
    upstream.commit({"f": text(at7="other")})
    with_added = upstream.commit({"f": text(at7="other", at9="ours")})
    with_removed = upstream.commit(
        {"f": "".join(f"{line}\n" for line in kept).replace("number 7\n", "other\n").encode()}
    )
    target = upstream.commit({"f": b"rewritten\n"})
    one, two = place_series(
        upstream.repository, target, [added, removed], cache=cache,
        taken_by={added.id: [with_added], removed.id: [with_removed]},
    )  # fmt: skip
    assert (one.alone, one.absorbed_at) == (State.ABSORBED, with_added)
    assert (two.alone, two.absorbed_at) == (State.CONFLICT, None)


def test_taken_after_the_target(upstream: Any, downstream: Any, cache: Path) -> None:
    patch = downstream.patch({"f": text()}, {"f": text(at9="ours")})
    target = upstream.commit({"f": text()})
    taken = upstream.commit({"f": text(at9="ours")})
    (placed,) = place_series(upstream.repository, target, [patch], cache=cache, taken_by={patch.id: [taken]})
    assert (placed.alone, placed.absorbed_at) == (State.CLEAN, taken)


def test_a_commit_that_did_not_take_it(upstream: Any, downstream: Any, cache: Path) -> None:
    patch = downstream.patch({"f": text()}, {"f": text(at9="ours")})
    wrong = upstream.commit({"f": text(at9="theirs")})
    target = upstream.commit({"f": text(at9="theirs", at10="more")})
    (placed,) = place_series(upstream.repository, target, [patch], cache=cache, taken_by={patch.id: [wrong]})
    assert (placed.alone, placed.absorbed_at) == (State.CONFLICT, None)


def test_taken_and_reverted(upstream: Any, downstream: Any, cache: Path) -> None:
    patch = downstream.patch({"f": text()}, {"f": text(at9="ours")})
    taken = upstream.commit({"f": text(at9="ours")})
    target = upstream.commit({"f": text()})
    (placed,) = place_series(upstream.repository, target, [patch], cache=cache, taken_by={patch.id: [taken]})
    assert (placed.alone, placed.absorbed_at) == (State.CLEAN, taken)
    assert "reverted since?" in placed.details[-1]


def test_blobs_of_the_series_repository(upstream: Any, downstream: Any, cache: Path) -> None:
    patch = downstream.patch({"f": text()}, {"f": text(at8="x", at14="y")})
    target = upstream.commit({"f": text(at11="in between")})
    repository = upstream.repository
    (alone,) = place_series(repository, target, [patch], cache=cache)
    (lent,) = place_series(repository, target, [patch], cache=cache, series_repository=downstream.repository)
    assert (alone.alone, lent.alone) == (State.CONFLICT, State.FUZZY)


def test_what_is_in_the_target_may_be_undone_on_the_way(upstream: Any, downstream: Any, cache: Path) -> None:
    patches = chain(downstream, {"f": text(at9="theirs")}, {"f": text()}, {"f": text(at9="theirs")})
    target = upstream.commit({"f": text(at9="theirs")})
    first, second = place_series(upstream.repository, target, patches, cache=cache)
    assert (first.alone, first.in_series) == (State.CLEAN, State.CLEAN)
    assert (second.alone, second.in_series) == (State.ABSORBED, State.CLEAN)


def merged_then_built_on(downstream: Any) -> list[Patch]:
    return chain(
        downstream,
        {"f": text()},
        {"f": text(at8="x", at14="y")},
        {"f": text(at7="z", at8="x", at14="y")},
    )


def test_a_kept_merge_is_built_on(upstream: Any, downstream: Any, cache: Path) -> None:
    patches = merged_then_built_on(downstream)
    upstream.commit({"f": text()})
    target = upstream.commit({"f": text(at11="in between")})
    place_series(upstream.repository, target, patches[:1], cache=cache)
    first, second = place_series(upstream.repository, target, patches, cache=cache)
    assert (first.in_series, second.in_series) == (State.FUZZY, State.CLEAN)


def test_a_kept_merge_whose_base_is_gone(upstream: Any, downstream: Any, cache: Path) -> None:
    patches = merged_then_built_on(downstream)
    target = upstream.commit({"f": text(at11="in between")})
    lender = downstream.repository
    place_series(upstream.repository, target, patches[:1], cache=cache, series_repository=lender)
    for folder in (downstream.root / ".git" / "objects").glob("[0-9a-f]?"):
        for file in folder.iterdir():
            file.unlink()
    first, second = place_series(upstream.repository, target, patches, cache=cache, series_repository=lender)
    assert (first.in_series, second.in_series) == (State.CONFLICT, State.CONFLICT)
