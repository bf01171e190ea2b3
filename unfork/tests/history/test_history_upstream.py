"""Upstreams as people have them: cut, partial, foreign, empty, or somewhere else."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from making import Made, one_line, unfork
from unfork.errors import InputError
from unfork.git import Repository
from unfork.history import is_address, open_upstream, stale
from unfork.progress import Silent

Open = Any
PATCH = "--- a/two.txt\n+++ b/two.txt\n@@ -1 +1 @@\n-two says this\n+two says that\n"


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """One patch."""
    folder = tmp_path / "patches"
    folder.mkdir()
    (folder / "0001-change.patch").write_text(PATCH)
    return folder


@pytest.fixture
def full(made: Made) -> Made:
    """Five commits, tagged 1.0 to 5.0, and a stable branch from the second with 2.1 on it."""
    shas = made.line("one", "two", "three", "four", "five")
    with made.writing() as writer:
        for number, sha in enumerate(shas, 1):
            writer.tag(f"{number}.0", sha, annotated=False)
        writer.commit("s1", {"s1": "1\n"}, branch="stable/2", parents=(shas[1],))
        writer.tag("2.1", writer.commit("s2", {"s2": "1\n"}, branch="stable/2"))
    return made


def scan(
    series: Path, upstream: object, *more: str, base: str = "1.0", target: str = "5.0"
) -> tuple[int, str, str]:
    return unfork(
        "scan", "--series", series, "--upstream", str(upstream), "--base", base, "--target", target, *more,
        "--cache-dir", series.parent / "cache", "--json", "-",
    )  # fmt: skip


def clone(made: Made, place: Path, *options: str) -> Path:
    subprocess.run(["git", "clone", "-q", *options, f"file://{made.path}", str(place)], check=True)
    return place


# -- shallow -----------------------------------------------------------------------------


def test_a_shallow_clone_cut_above_the_base(full: Made, series: Path, tmp_path: Path) -> None:
    place = clone(full, tmp_path / "cut", "--depth=3")
    cut = (place / ".git/shallow").read_text().split()
    code, out, err = scan(series, place, base="4.0")  # 4.0 is there, and all that follows it
    assert code == 0, err
    code, out, err = unfork("scan", "--series", series, "--upstream", place, "--target", "5.0",
                            "--cache-dir", tmp_path / "other")  # fmt: skip
    assert (code, out) == (3, "")
    third = full.git("rev-parse", "3.0")
    assert third in cut
    assert one_line(err) == (
        f"{place}: history is cut (a shallow clone): the commits before {third[:12]} are missing "
        f"(git -C {place} fetch --unshallow)"
    )
    code, _, err = scan(series, place, base="1.0")
    assert code == 3
    assert one_line(err).startswith(f"{place}: there is no revision '1.0' (nearest: ")
    code, _, err = scan(series, place, base=full.git("rev-parse", "1.0"))
    assert code == 3
    assert "history is cut (a shallow clone): git -C" in one_line(err)
    assert "fetch --unshallow" in err
    subprocess.run(["git", "-C", str(place), "fetch", "-q", "--unshallow", "--tags"], check=True)
    assert scan(series, place)[0] == 0


def test_a_shallow_clone_cut_below_the_base(full: Made, series: Path, tmp_path: Path) -> None:
    place = clone(full, tmp_path / "cut", "--depth=3")
    whole, part = scan(series, full.path, base="3.0"), scan(series, place, base="3.0")
    assert (whole[0], part[0]) == (0, 0)
    assert part[1].replace(str(place), str(full.path)) == whole[1]


def test_a_cut_that_hides_releases_is_told(full: Made, opened: Open, cache: Path, tmp_path: Path) -> None:
    from unfork.history import Range, open_history

    place = clone(full, tmp_path / "cut", "--depth=4", "--no-single-branch")
    subprocess.run(["git", "-C", str(place), "fetch", "-q", "--depth=1", "origin", "stable/2:stable/2"])
    subprocess.run(["git", "-C", str(place), "fetch", "-q", "--tags"], check=True)
    repository = Repository(place)
    assert repository.cut_commits()
    wanted = Range(repository.resolve("3.0"), (repository.resolve("master"),), repository.resolve("5.0"))
    history = open_history(repository, wanted, name="up", cache=cache, progress=Silent())
    assert [warning for warning in history.warnings if "history is cut (a shallow clone) before" in warning]
    subprocess.run(["git", "-C", str(place), "fetch", "-q", "--unshallow"], check=True)
    history = open_history(repository, wanted, name="up", cache=cache, progress=Silent())
    assert history.warnings == ()


def test_a_worktree_of_a_shallow_clone(full: Made, tmp_path: Path) -> None:
    place = clone(full, tmp_path / "cut", "--depth=2")
    subprocess.run(
        ["git", "-C", str(place), "worktree", "add", "-q", "--detach", str(tmp_path / "tree")], check=True
    )
    assert Repository(tmp_path / "tree").is_shallow()
    assert Repository(place).is_shallow()
    assert not Repository(full.path).is_shallow()


# -- partial -----------------------------------------------------------------------------


def test_a_partial_clone_says_what_to_fetch_and_fetches_nothing(
    full: Made, series: Path, tmp_path: Path
) -> None:
    full.git("config", "uploadpack.allowFilter", "true")
    full.git("config", "uploadpack.allowAnySHA1InWant", "true")
    place = clone(full, tmp_path / "partial", "--filter=blob:none", "--no-checkout")
    before = {path: path.stat().st_mtime_ns for path in (place / ".git/objects").rglob("*")}
    code, out, err = scan(series, place)
    assert (code, out) == (3, "")
    line = one_line(err)
    assert line.startswith(f"{place}: objects are missing: this is a partial clone (first missing object: ")
    assert line.endswith(f"(fetch them: git -C {place} fetch --refetch --no-filter)")
    missing = line.partition("first missing object: ")[2][:40]
    assert full.git("cat-file", "-t", missing) == "blob"
    assert {path: path.stat().st_mtime_ns for path in (place / ".git/objects").rglob("*")} == before
    subprocess.run(["git", "-C", str(place), "fetch", "-q", "--refetch", "--no-filter"], check=True)
    assert scan(series, place)[0] == 0  # what the message says helps


def test_a_damaged_repository_is_not_called_partial(full: Made, series: Path) -> None:
    full.git("repack", "-qad")
    (pack,) = (full.path / "objects/pack").glob("*.pack")
    kept = pack.read_bytes()
    (loose,) = [full.git("rev-parse", "3.0:three.txt")]
    pack.rename(full.path / "x.pack")
    pack.with_suffix(".idx").unlink()
    with (full.path / "x.pack").open("rb") as file:
        subprocess.run(["git", "-C", str(full.path), "unpack-objects", "-q"], stdin=file, check=True)
    assert kept
    (full.path / "objects" / loose[:2] / loose[2:]).unlink()
    code, out, err = scan(series, full.path)
    assert (code, out) == (3, "")
    assert one_line(err) == (
        f"{full.path}: objects are missing or damaged (first missing object: {loose}) "
        f"(git -C {full.path} fsck tells more; a new clone is the safest way out, "
        "and --path ':!FILE' leaves a file out of the search)"
    )


# -- revisions ---------------------------------------------------------------------------


def test_a_revision_that_is_not_there(full: Made, series: Path) -> None:
    code, out, err = scan(series, full.path, base="stabel/2")
    assert (code, out) == (3, "")
    assert one_line(err).startswith(f"{full.path}: there is no revision 'stabel/2' (nearest: stable/2")
    code, _, err = scan(series, full.path, target="nothing-like-it")
    assert code == 3
    assert one_line(err) == (
        f"{full.path}: there is no revision 'nothing-like-it' (git -C {full.path} fetch --tags may bring it)"
    )
    for odd in ("--all", "", "3.0:three.txt", "5.0^{tree}", "1.0..2.0", "^1.0", "a\nb", "@{", "\udcff"):
        with pytest.raises(InputError, match="there is no revision"):
            Repository(full.path).resolve(odd)
    code, out, err = scan(series, full.path, "--since=--all\n")
    assert (code, out) == (3, "")
    one_line(err)


def test_a_base_beside_the_target(full: Made, series: Path) -> None:
    code, out, err = scan(series, full.path, base="2.1")
    assert code == 0, err
    assert "is not an ancestor of the target: upstream is searched from where they part" in out


def test_a_target_older_than_the_base(full: Made, series: Path) -> None:
    code, out, err = scan(series, full.path, base="4.0", target="2.0")
    assert (code, out) == (3, "")
    assert "is older than the base" in one_line(err)
    assert err.endswith("(swap --base and --target)\n")


def test_a_base_without_common_history(full: Made, series: Path) -> None:
    with full.writing() as writer:
        writer.commit("lone", {"x": "1"}, branch="lone", parents=())
    code, out, err = scan(series, full.path, base="lone")
    assert (code, out) == (3, "")
    assert "have no common history" in one_line(err)


def test_no_release_tags(made: Made, series: Path) -> None:
    made.line("one", "two")
    code, out, err = scan(series, made.path, base="master~1", target="master")
    assert code == 0, err
    assert "no tag of the upstream is a release" in out


# -- places ------------------------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a repository away")
@pytest.mark.parametrize("relative", [False, True])
def test_a_repository_of_somebody_else(full: Made, series: Path, relative: bool) -> None:
    for path in [full.path, *full.path.rglob("*")]:
        os.chown(path, 12345, 12345)
    named = os.path.relpath(full.path, series) if relative else str(full.path)
    args = ("scan", "--series", ".", "--upstream", named, "--base", "1.0", "--target", "5.0")
    code, out, err = unfork(*args, cwd=series)
    assert (code, out) == (3, "")
    assert one_line(err) == (
        f"{named}: git does not trust this repository: it belongs to another user "
        f"(if you trust it: git config --global --add safe.directory {full.path})"
    )
    subprocess.run(["git", "config", "--global", "--add", "safe.directory", str(full.path)], check=True)
    code, _, err = unfork(*args, cwd=series)
    assert (code, err) == (0, "")


def test_places_that_are_no_repository(full: Made, series: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    for place, what in [
        (tmp_path / "nowhere", "there is no such repository (name a path or a URL to clone)"),
        (tmp_path / "folder", "not a git repository"),
        (tmp_path / "file", "not a git repository"),
    ]:
        code, out, err = scan(series, place)
        assert (code, out) == (3, "")
        assert one_line(err) == f"{place}: {what}"


def test_a_repository_without_commits(made: Made, series: Path) -> None:
    code, out, err = unfork("scan", "--series", series, "--upstream", made.path)
    assert (code, out) == (3, "")
    assert (
        one_line(err) == f"{made.path}: there is no revision 'HEAD' (the repository has no branch and no tag)"
    )
    for command in (("index", "build"), ("index", "status")):
        code, out, err = unfork(*command, "--upstream", made.path)
        assert (code, out) == (3, "")
        one_line(err)


def test_a_head_that_names_nothing(full: Made, series: Path) -> None:
    """A mirror's HEAD may name a branch that is not there; with a base and a target nobody needs it."""
    full.git("symbolic-ref", "HEAD", "refs/heads/main")
    code, out, err = scan(series, full.path)
    assert (code, err) == (0, "")
    code, _, err = unfork("scan", "--series", series, "--upstream", full.path, "--base", "1.0")
    assert code == 3
    assert "there is no revision 'HEAD'" in one_line(err)
    code, out, _ = unfork("index", "drop", "--upstream", full.path, "--cache-dir", series.parent / "cache")
    assert code == 0
    assert "removed" in out


def test_a_folder_inside_a_repository(full: Made, series: Path, tmp_path: Path) -> None:
    place = clone(full, tmp_path / "work")
    (place / "deep").mkdir()
    assert scan(series, place / "deep")[0] == 0


# -- addresses ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "answer"),
    [
        ("https://example.org/x", True), ("http://x", True), ("ssh://x/y", True), ("git://x/y", True),
        ("file:///x", True), ("me@host:path", True), ("/a/b", False), ("../b", False), ("C:/x", False),
        ("ext::sh -c x", False), ("a@b/c:d", False),
    ],
)  # fmt: skip
def test_what_an_address_is(spec: str, answer: bool) -> None:
    assert is_address(spec) is answer


def test_an_address_is_cloned_once_and_refreshed(full: Made, cache: Path) -> None:
    address = f"file://{full.path}"
    first = open_upstream(address, cache, Silent())
    full.line("six")
    again = open_upstream(address, cache, Silent())
    assert again.path == first.path
    with pytest.raises(InputError):
        again.resolve(full.git("rev-parse", "master"))  # fresh enough: nothing was fetched
    os.utime(first.path / "fetched", (0, 0))
    old = full.git("rev-parse", "5.0")
    full.git("tag", "-d", "5.0")
    assert open_upstream(address, cache, Silent()).resolve("master") == full.git("rev-parse", "master")
    assert open_upstream(address, cache, Silent()).resolve(old) == old
    assert [path.name for path in (cache / "clones").iterdir() if path.is_dir()] == [first.path.name]


def test_a_refresh_that_fails_warns_and_goes_on_with_what_there_is(full: Made, cache: Path) -> None:
    address = f"file://{full.path}"
    os.utime(open_upstream(address, cache, Silent()).path / "fetched", (0, 0))
    full.path.rename(full.path.with_name("moved"))
    repository = open_upstream(address, cache, Silent())
    assert repository.resolve("HEAD")
    (warning,) = stale(repository)
    assert "could not be refreshed" in warning
    assert "does not appear to be a git rep" in warning
    full.path.with_name("moved").rename(full.path)
    assert stale(open_upstream(address, cache, Silent())) == []


def test_a_clone_cut_short_is_not_taken_for_one(full: Made, cache: Path) -> None:
    address = f"file://{full.path}"
    place = open_upstream(address, cache, Silent()).path
    shutil.rmtree(place)
    (cache / "clones" / f"unfinished-{place.name}-abc" / "repo").mkdir(parents=True)
    (cache / "clones" / "unfinished-of-another").mkdir()
    assert open_upstream(address, cache, Silent()).resolve("5.0") == full.git("rev-parse", "5.0")
    assert sorted(path.name for path in (cache / "clones").iterdir() if path.is_dir()) == sorted(
        [place.name, "unfinished-of-another"]
    )


@pytest.mark.parametrize(
    "address", ["file:///no/such/place", "https://127.0.0.1:1/x.git", "git://127.0.0.1:1/x"]
)
def test_an_address_that_cannot_be_cloned(series: Path, address: str) -> None:
    code, out, err = scan(series, address)
    assert (code, out) == (3, "")
    assert one_line(err).startswith(f"{address}: cannot be cloned: fatal: ")
    assert [path for path in (series.parent / "cache/clones").iterdir() if path.is_dir()] == []


def test_a_scan_of_an_address(full: Made, series: Path) -> None:
    code, out, err = scan(series, f"file://{full.path}")
    assert (code, err) == (0, "")
    assert f'"upstream": "file://{full.path}"' in out
