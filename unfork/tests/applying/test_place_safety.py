"""Nothing of the user's is written, nothing hostile gets through, nothing missing is a crash."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from unfork.applying import place_series
from unfork.errors import InputError
from unfork.git import Repository
from unfork.model import Patch, State
from unfork.series import parse_patch

TEXT = [f"line number {n}" for n in range(1, 31)]


def text(*lines: str) -> bytes:
    return "".join(line + "\n" for line in lines).encode()


@pytest.fixture
def patches(downstream: Any) -> list[Patch]:
    return [
        downstream.patch({"d/f": text(*TEXT)}, {"d/f": text(*TEXT[:8], "ours", *TEXT[9:])}),
        downstream.patch({"d/f": text(*TEXT)}, {"d/f": text(*TEXT[:8], *TEXT[9:]), "d/g": b"new\n"}),
    ]


def states(repository: Repository, target: str, patches: list[Patch], cache: Path) -> list[State]:
    return [placed.alone for placed in place_series(repository, target, patches, cache=cache)]


def test_the_repositories_are_not_written(
    upstream: Any, downstream: Any, patches: list[Patch], cache: Path, snap: Callable[[Path], object]
) -> None:
    target = upstream.commit({"d/f": text("top", *TEXT[:5], "x", *TEXT[6:])})
    (upstream.root / "untracked").write_bytes(b"mine\n")
    before = snap(upstream.root), snap(downstream.root)
    placed = place_series(
        upstream.repository, target, patches, cache=cache,
        series_repository=downstream.repository, taken_by={patch.id: [target] for patch in patches},
    )  # fmt: skip
    assert len(placed) == 2
    assert snap(upstream.root) == before[0]
    assert snap(downstream.root) == before[1]


def test_a_read_only_repository_in_any_place(upstream: Any, patches: list[Patch], cache: Path) -> None:
    """From the top, from a folder inside, bare, as a linked work tree: the same answers."""
    target = upstream.commit({"d/f": text("top", *TEXT)})
    bare = upstream.root.parent / 'bare "quoted".git'
    upstream.git("clone", "-q", "--bare", str(upstream.root), str(bare))
    linked = upstream.root.parent / "linked"
    upstream.git("worktree", "add", "-q", "--detach", str(linked))
    places = [upstream.root, upstream.root / "d", bare, linked]
    for n, place in enumerate(places):
        found = states(Repository(place), target, patches, cache / str(n))
        assert found == [State.OFFSET, State.OFFSET], place


def test_the_users_configuration_changes_nothing(
    upstream: Any, downstream: Any, cache: Path, hermetic: Path
) -> None:
    patch = downstream.patch({"f": text(*TEXT)}, {"f": text(*TEXT[:8], "ours", *TEXT[9:])})
    target = upstream.commit({"f": text(*(line.replace(" ", "  ") for line in TEXT))})
    with (hermetic / ".gitconfig").open("a") as config:
        config.write("[apply]\n\tignoreWhitespace = change\n\twhitespace = fix\n[core]\n\tautocrlf = true\n")
    upstream.git("config", "apply.ignoreWhitespace", "change")
    assert states(upstream.repository, target, [patch], cache) == [State.CONFLICT]


def test_text_that_looks_like_messages_of_git(upstream: Any, downstream: Any, cache: Path) -> None:
    spoof = [f"Checking patch {n:04d}/0..." for n in range(3)]
    spoof += ["Hunk #1 succeeded at 7 (offset 3 lines).", "error: patch failed: f:1", "error: f: already"]
    hostile = downstream.patch({"h": text(*spoof)}, {"h": text(*spoof[:3], "x", *spoof[3:])})
    good = downstream.patch({"f": text(*TEXT)}, {"f": text(*TEXT[:8], "ours", *TEXT[9:])})
    target = upstream.commit({"f": text(*TEXT), "h": b"other\n"})
    assert states(upstream.repository, target, [hostile, good, hostile], cache) == [
        State.CONFLICT, State.CLEAN, State.CONFLICT,
    ]  # fmt: skip


def broken(patch: Patch) -> Patch:
    """The same patch with a hunk that git calls corrupt."""
    change = patch.files[0]
    hunk = replace(change.hunks[0], old_count=99)
    return replace(patch, id="broken", files=(replace(change, hunks=(hunk,)),))


def test_one_that_git_refuses_takes_no_other_down(upstream: Any, patches: list[Patch], cache: Path) -> None:
    target = upstream.commit({"d/f": text(*TEXT)})
    one, two = patches
    series = [one, broken(one), two, one, two, broken(two)]
    placed = place_series(upstream.repository, target, series, cache=cache)
    assert [p.alone for p in placed] == [
        State.CLEAN, State.UNKNOWN, State.CLEAN, State.CLEAN, State.CLEAN, State.UNKNOWN,
    ]  # fmt: skip
    assert "git cannot read it: corrupt patch" in placed[1].details[0]
    assert placed[1].in_series is State.UNKNOWN


def test_unreadable_and_empty_patches(upstream: Any, patches: list[Patch], cache: Path) -> None:
    target = upstream.commit({"d/f": text(*TEXT)})
    unreadable = parse_patch(b"no patch at all\n", "bad.patch")
    assert unreadable.error
    empty = replace(patches[0], id="empty", files=())
    bad, nothing, good = place_series(
        upstream.repository, target, [unreadable, empty, patches[0]], cache=cache
    )
    assert (bad.alone, bad.in_series, bad.details) == (State.UNKNOWN, State.UNKNOWN, (unreadable.error,))
    assert (nothing.alone, nothing.in_series, nothing.details) == (
        State.CLEAN, State.CLEAN, ("changes nothing",),
    )  # fmt: skip
    assert good.in_series is State.CLEAN


def test_no_patches(upstream: Any, cache: Path) -> None:
    assert place_series(upstream.repository, upstream.commit({"f": b"f\n"}), [], cache=cache) == ()


def test_submodules(upstream: Any, downstream: Any, cache: Path) -> None:
    def pin(forge: Any, commit: str) -> str:
        forge.git("rm", "-rqf", "--cached", "--ignore-unmatch", ".")
        forge.git("update-index", "--add", "--cacheinfo", f"160000,{commit},sub")
        forge.git("commit", "-q", "--allow-empty", "-m", "pin")
        found: str = forge.git("rev-parse", "HEAD").decode().strip()
        return found

    old, new = pin(downstream, "1" * 40), pin(downstream, "2" * 40)
    patch = parse_patch(downstream.diff(old, new), "sub.patch")
    wanted = {"1": State.CLEAN, "2": State.ABSORBED, "3": State.CONFLICT}
    for digit, state in wanted.items():
        target = pin(upstream, digit * 40)
        assert states(upstream.repository, target, [patch], cache) == [state]


def test_a_partial_clone(upstream: Any, downstream: Any, patches: list[Patch], cache: Path) -> None:
    upstream.git("config", "uploadpack.allowFilter", "true")
    target = upstream.commit({"d/f": text(*TEXT), "other": b"other\n"})
    partial = upstream.root.parent / "partial"
    url = f"file://{upstream.root}"
    upstream.git("clone", "-q", "--bare", "--filter=blob:none", url, str(partial))
    other = downstream.patch({"other": b"o\n"}, {"other": b"p\n"})
    added = downstream.patch({"k": b"k\n"}, {"k": b"k\n", "new": b"new\n"})
    placed = place_series(Repository(partial), target, [patches[0], other, added], cache=cache)
    assert [p.alone for p in placed] == [State.UNKNOWN, State.UNKNOWN, State.CLEAN]
    assert "is missing from the repository" in placed[0].details[0]
    # Once the objects are there, so is the answer: unknown was not kept.
    assert states(upstream.repository, target, [patches[0], other, added], cache) == [
        State.CLEAN, State.CONFLICT, State.CLEAN,
    ]  # fmt: skip


def test_a_clone_without_trees(upstream: Any, patches: list[Patch], cache: Path) -> None:
    upstream.git("config", "uploadpack.allowFilter", "true")
    target = upstream.commit({"d/f": text(*TEXT)})
    partial = upstream.root.parent / "partial"
    upstream.git("clone", "-q", "--bare", "--filter=tree:0", f"file://{upstream.root}", str(partial))
    with pytest.raises(InputError, match="objects are missing"):
        place_series(Repository(partial), target, patches, cache=cache)


def test_a_shallow_clone(upstream: Any, downstream: Any, patches: list[Patch], cache: Path) -> None:
    upstream.commit({"d/f": text(*TEXT)})
    target = upstream.commit({"d/f": text(*TEXT[:8], "ours", *TEXT[9:])})
    shallow = upstream.root.parent / "shallow"
    upstream.git("clone", "-q", "--depth=1", f"file://{upstream.root}", str(shallow))
    (placed,) = place_series(
        Repository(shallow), target, patches[:1], cache=cache, taken_by={patches[0].id: [target]}
    )
    assert placed.alone is State.ABSORBED


def test_a_target_that_does_not_exist(upstream: Any, patches: list[Patch], cache: Path) -> None:
    upstream.commit({"f": b"f\n"})
    with pytest.raises(InputError, match=r"no revision 'mastre'.*nearest: master"):
        place_series(upstream.repository, "mastre", patches, cache=cache)


def test_no_repository(tmp_path: Path, patches: list[Patch], cache: Path) -> None:
    with pytest.raises(InputError, match="not a git repository"):
        place_series(Repository(tmp_path), "HEAD", patches, cache=cache)


def test_sha256(tmp_path: Path, downstream: Any, patches: list[Patch], cache: Path) -> None:
    root = tmp_path / "sha256"
    downstream.git("init", "-q", "--object-format=sha256", str(root))
    (root / "d").mkdir()
    (root / "d" / "f").write_bytes(text(*TEXT))
    downstream.git("add", "-A", cwd=root)
    downstream.git("commit", "-q", "-m", "one", cwd=root)
    assert states(Repository(root), "HEAD", patches, cache) == [State.CLEAN, State.CLEAN]


def test_no_room_to_work(
    upstream: Any, patches: list[Patch], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = upstream.commit({"d/f": text(*TEXT)})

    def full(self: Path, *args: Any, **options: Any) -> int:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(InputError, match="cannot make a private repository: No space left"):
        place_series(upstream.repository, target, patches, cache=cache)
