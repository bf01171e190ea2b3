"""Further repositories that cannot be searched, and ranges that are none: one line, before the work."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from making import FIRST_DAY, Made, one_line, unfork
from unfork.commands.decide import DecideRequest, run_decide
from unfork.commands.index import IndexRequest, build_index, drop_index, index_status
from unfork.commands.scan import ScanRequest, run_scan
from unfork.commands.upstreams import place_of
from unfork.errors import InputError
from unfork.git import Repository
from unfork.history import store_of
from unfork.model import Scan
from unfork.model.decision import DecisionKind

Ask = Callable[..., Scan]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """An upstream of five days, 1.0 on the third."""
    made = Made(tmp_path / "up.git")
    shas = made.line("one", "two", "three", "four", "five")
    made.git("tag", "1.0", shas[2])
    return made


@pytest.fixture
def other(tmp_path: Path) -> Made:
    """A commit on each of the days one to six."""
    other = Made(tmp_path / "other.git")
    other.line("first", "second", "third", "fourth", "fifth", "sixth")
    return other


@pytest.fixture
def ask(made: Made, tmp_path: Path) -> Ask:
    folder = tmp_path / "patches"
    folder.mkdir()
    (folder / "a.patch").write_text("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-one\n+two\n", encoding="utf-8")

    def call(*also: str, base: str | None = "1.0") -> Scan:
        return run_scan(
            ScanRequest(
                series=str(folder), upstream=str(made.path), base=base, target="master",
                also=also, cache_dir=tmp_path / "cache",
            )
        )  # fmt: skip

    return call


def refused(ask: Ask, *also: str) -> InputError:
    with pytest.raises(InputError) as caught:
        ask(*also)
    return caught.value


def subjects(made: Made, scan: Scan) -> int:
    (also,) = scan.also
    assert also.target == made.git("rev-parse", "HEAD")
    return also.commits


@pytest.mark.parametrize(
    ("span", "base", "commits"),
    [
        ("", "1.0", 3),  # what came after the base's day
        ("", None, 6),  # no base: all there is
        ("@master~4..", "1.0", 4),
        ("@master~4..master", "1.0", 4),
        ("@..master", "1.0", 3),
    ],
)
def test_which_commits_are_searched(other: Made, ask: Ask, span: str, base: str | None, commits: int) -> None:
    assert subjects(other, ask(f"{other.path}{span}", base=base)) == commits


def test_up_to_a_revision(other: Made, ask: Ask) -> None:
    (also,) = ask(f"{other.path}@master~4..master~2").also
    assert (also.target, also.commits) == (other.git("rev-parse", "master~2"), 2)


@pytest.mark.parametrize(
    ("spec", "place"),
    [
        ("../place", "../place"),
        ("../place@1.0..2.0", "../place"),
        ("../place@stable/1..", "../place"),
        ("../place@..2.0", "../place"),
        ("../pl@ce/repo", "../pl@ce/repo"),
        ("../a@b/../c", "../a@b/../c"),  # a path, not a range
        ("git@host:../place.git", "git@host:../place.git"),
        ("git@host:place.git@1.0..2.0", "git@host:place.git"),
        ("https://me@host/place.git", "https://me@host/place.git"),
    ],
)
def test_a_range_is_told_from_the_place(spec: str, place: str) -> None:
    assert place_of(spec) == place


def test_one_that_is_missing(other: Made, ask: Ask, tmp_path: Path) -> None:
    error = refused(ask, str(other.path), f"{tmp_path}/none")
    assert (error.what, error.where) == ("there is no such repository", f"{tmp_path}/none")
    ask(str(other.path))
    other.path.rename(tmp_path / "gone")  # also when its index is there
    assert refused(ask, str(other.path)).what == "there is no such repository"
    (tmp_path / "folder").mkdir()
    assert "not a git repository" in refused(ask, str(tmp_path / "folder")).what


def test_one_named_twice(made: Made, other: Made, ask: Ask, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(other.path)
    error = refused(ask, str(other.path), f"{link}@master~1..")
    assert (error.what, error.where) == ("the repository is named twice", f"--also {link}")
    error = refused(ask, str(made.path))
    assert error.what == "the repository is the upstream itself"


def test_one_with_nothing_to_search(other: Made, ask: Ask, tmp_path: Path) -> None:
    old = Made(tmp_path / "old.git")
    old.line("long ago")
    error = refused(ask, str(old.path))
    assert error.what.startswith("there is no commit to search in ")
    assert error.what.endswith(", after 2020-01-02")
    assert error.where == f"--also {old.path}"
    assert error.hint is not None
    assert f"--also {old.path}@REV..REV" in error.hint
    assert FIRST_DAY == 1_577_880_000  # the day named above
    assert "no commit to search" in refused(ask, f"{other.path}@master..master~2").what
    assert refused(ask, f"{other.path}@nowhere..").what == "there is no revision 'nowhere'"


def test_it_is_one_line(made: Made, other: Made, ask: Ask, tmp_path: Path) -> None:
    code, out, err = unfork(
        "scan", "--series", tmp_path / "patches", "--upstream", made.path, "--base", "1.0", "--target",
        "master", "--also", other.path, "--also", f"{other.path}@master~1..", "--cache-dir", tmp_path / "c",
    )  # fmt: skip
    assert (code, out) == (3, "")
    hint = "(name each repository once)"
    assert one_line(err) == f"--also {other.path}: the repository is named twice {hint}"


def test_the_index_of_both(made: Made, other: Made, tmp_path: Path) -> None:
    request = IndexRequest(
        str(made.path), since="1.0", cache_dir=tmp_path / "cache", also=(f"{other.path}@master~4..",)
    )
    before = index_status(request)
    assert [(each.upstream, each.present) for each in before.also] == [(str(other.path), False)]
    built = build_index(request)
    assert (built.commits, built.current, built.also[0].commits, built.also[0].current) == (2, True, 4, True)
    other.line("seventh")
    assert [(each.present, each.current) for each in index_status(request).also] == [(True, False)]
    store = store_of(Repository(other.path), tmp_path / "cache")
    assert (store / "lines.idx").exists()
    dropped = drop_index(request)
    assert (dropped.present, dropped.also[0].present) == (True, True)
    assert not (store / "lines.idx").exists()
    assert [each.present for each in (index_status(request), *index_status(request).also)] == [False, False]


def test_nothing_is_dropped_when_one_is_missing(made: Made, other: Made, tmp_path: Path) -> None:
    request = IndexRequest(str(made.path), since="1.0", cache_dir=tmp_path / "cache", also=(str(other.path),))
    build_index(request)
    other.path.rename(tmp_path / "gone")
    for command in (drop_index, index_status, build_index):
        with pytest.raises(InputError, match="no such repository"):
            command(request)
    alone = IndexRequest(str(made.path), since="1.0", cache_dir=tmp_path / "cache")
    assert index_status(alone).present


def test_a_decision_names_a_commit_of_one_of_them(made: Made, other: Made, ask: Ask, tmp_path: Path) -> None:
    plans = (tmp_path / f"plan{number}" for number in count())

    def decide(name: str, *also: str) -> list[str]:
        request = DecideRequest(
            plan=next(plans), patch="1", kind=DecisionKind.IS, series=str(tmp_path / "patches"),
            upstream=str(made.path), also=also, commits=(name,), by="me", date="2026-01-01",
            cache_dir=tmp_path / "cache",
        )  # fmt: skip
        return list(run_decide(request).decision.commits)

    there, here = other.git("rev-parse", "master~1"), made.git("rev-parse", "master~1")
    assert decide(there[:12], str(other.path)) == [there]
    assert decide(here, f"{other.path}@master~1..") == [here]
    assert decide("master", str(other.path)) == [made.git("rev-parse", "master")]  # the upstream's
    with pytest.raises(InputError, match="upstream has no commit"):
        decide(there)
    with pytest.raises(InputError, match="upstream has no commit"):
        decide("f" * 40, str(other.path))


def test_a_short_hash_must_not_mean_one_here_and_another_there(made: Made, tmp_path: Path, ask: Ask) -> None:
    """Commits until two of different repositories begin with the same four digits."""
    from unfork.deciding import find_commits

    other = Made(tmp_path / "many.git")
    other.line(*(f"c{number}" for number in range(400)))
    made.line(*(f"m{number}" for number in range(400)))
    mine = {sha[:4] for sha in made.git("rev-list", "--all").split()}
    theirs = [sha for sha in other.git("rev-list", "--all").split() if sha[:4] in mine]
    both = [Repository(made.path), Repository(other.path)]
    clear = [
        sha for sha in theirs
        if all(len([each for each in repository.text("rev-list", "--all").split()
                    if each.startswith(sha[:4])]) == 1 for repository in both)
    ]  # fmt: skip
    assert clear, "no two of 800 commits share four digits"
    with pytest.raises(InputError, match="the start of several commits") as caught:
        find_commits(both, [clear[0][:4]])
    assert clear[0][:12] in (caught.value.hint or "")
    assert list(find_commits(both, [clear[0]])) == [clear[0]]
