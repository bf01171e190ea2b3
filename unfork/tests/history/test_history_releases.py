"""Which tags are releases, in which order, and in which one each commit first shipped."""

import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
from making import Made
from unfork.errors import InputError, UsageError
from unfork.git import Repository
from unfork.history import find_releases
from unfork.history.tags import parse_version

Open = Any


def tagged(made: Made, *names: str) -> None:
    """One commit after the other, each with one tag (or several, joined by spaces)."""
    with made.writing() as writer:
        for number, name in enumerate(names):
            sha = writer.commit(f"c{number}", {"f": f"{number}\n"})
            for each in name.split():
                writer.tag(each, sha, annotated=number % 2 == 0)


def found(made: Made, pattern: str | None = None) -> list[str]:
    return [release.name for release in find_releases(Repository(made.path), pattern)]


@pytest.mark.parametrize(
    ("text", "version", "early"),
    [
        ("1.2.3", "1.2.3", False),
        ("v1.2", "1.2", False),
        ("16.0.0.0rc1", "16.0.0.0rc1", True),
        ("15.0.0.0b2", "15.0.0.0b2", True),
        ("2015.1.0rc2", "2015.1rc2", True),
        ("1.0.0-alpha", "1a0", True),
        ("1.0.0-rc.2", "1rc2", True),
        ("1.0.0-rc1", "1rc1", True),
        ("2.0-beta-3", "2b3", True),
        ("1.0.0-dev", "1.dev0", True),
        ("1.0.0.dev5", "1.dev5", True),
        ("1.0.0.post1", "1.post1", False),
        ("1_2_3", "1.2.3", False),
        ("1.0-1", "1.post1", False),
    ],
)
def test_versions(text: str, version: str, early: bool) -> None:
    from packaging.version import Version

    parsed = parse_version(text)
    assert parsed is not None
    assert parsed == Version(version)
    assert parsed.is_prerelease is early


@pytest.mark.parametrize("text", ["", "pike-eol", "1.x", "latest", "1..2", "1.0.0-gamma.1.2.3", "2024-01-01"])
def test_no_versions(text: str) -> None:
    assert parse_version(text) is None


def test_openstack_forms_in_order_of_date(made: Made) -> None:
    tagged(
        made, "2014.2", "2015.1.0rc1", "2015.1.0", "12.0.0.0b1", "12.0.0", "kilo-eol", "12.0.1", "stable/x"
    )
    assert found(made) == ["2014.2", "2015.1.0rc1", "2015.1.0", "12.0.0.0b1", "12.0.0", "12.0.1"]
    releases = find_releases(Repository(made.path), None)
    assert [release.name for release in releases if release.prerelease] == ["2015.1.0rc1", "12.0.0.0b1"]
    assert [release.line for release in releases][-2:] == ["12.0", "12.0"]


def test_the_most_used_prefix_wins(made: Made) -> None:
    tagged(made, "nova-1.0", "client/1.0", "nova-1.1", "client/1.1", "client/1.2-rc.1", "1.0", "1.1")
    assert found(made) == ["client/1.0", "client/1.1", "client/1.2-rc.1"]
    assert found(made, r"nova-(.*)") == ["nova-1.0", "nova-1.1"]


def test_a_tie_goes_to_the_plain_version(made: Made) -> None:
    tagged(made, "debian/1.0", "1.0", "debian/1.1", "v1.1")
    assert found(made) == ["1.0", "v1.1"]


def test_several_tags_of_one_commit_are_in_order_of_version(made: Made) -> None:
    tagged(made, "1.0.0 1.0.0rc2 1.0.0rc1", "1.1.0")
    assert found(made) == ["1.0.0rc1", "1.0.0rc2", "1.0.0", "1.1.0"]


def test_the_order_is_that_of_commits_not_of_tags(made: Made) -> None:
    with made.writing() as writer:
        old = writer.commit("a", {"f": "1"})
        new = writer.commit("b", {"f": "2"})
        writer.tag("2.0", new)
        writer.tag("1.0", old)
    assert found(made) == ["1.0", "2.0"]


def test_tags_of_tags_trees_and_blobs(made: Made) -> None:
    tagged(made, "1.0", "1.1")
    made.git("tag", "-a", "-m", "again", "1.0.1", "1.0")
    made.git("tag", "-a", "-m", "and again", "1.0.2", "1.0.1")
    made.git("tag", "1.5", "HEAD^{tree}")
    made.git("tag", "-a", "-m", "x", "1.6", "HEAD:f")
    first, second = made.git("rev-list", "--reverse", "HEAD").split()
    assert [(release.name, release.commit) for release in find_releases(Repository(made.path), None)] == [
        ("1.0", first), ("1.0.1", first), ("1.0.2", first), ("1.1", second),
    ]  # fmt: skip


def test_names_with_odd_characters(made: Made) -> None:
    tagged(made, "1.0", "1.1")
    for name in ("1.2\u2028x", "1.3\u0085", "r\u00e9sum\u00e9-1", "\u0661.0"):
        made.git("tag", name)
    made.git("update-ref", b"refs/tags/1.4\xff".decode("utf-8", "surrogateescape"), "HEAD")
    assert found(made) == ["1.0", "1.1"]
    with pytest.raises(InputError, match=r"there is no revision '1\.9'"):
        Repository(made.path).resolve("1.9")


def test_patterns(made: Made) -> None:
    tagged(made, "rel-2024a1", "build77-v1.0", "build78-v1.1rc1", "v9")
    assert found(made, r"build\d+-v(?P<version>.*)") == ["build77-v1.0", "build78-v1.1rc1"]
    assert found(made, r"v\d") == ["v9"]
    with pytest.raises(InputError, match=r"takes the tag 'rel-x', but no version") as caught:
        made.git("tag", "rel-x")
        found(made, "rel-x")
    assert "(?P<version>" in str(caught.value.hint)
    with pytest.raises(InputError, match="no tag matches the release pattern"):
        found(made, "nothing")
    with pytest.raises(UsageError, match="no regular expression"):
        found(made, "v(")


def test_no_releases_are_told(made: Made, opened: Open) -> None:
    made.line("a", "b")
    made.git("tag", "pike-eol")
    history = opened()
    assert history.warnings == ("no tag of the upstream is a release: name them with --release-pattern",)
    assert {each.first for each in history.graph.shipped} == {-1}


# -- the first release of every commit, against git itself -------------------------------


def random_history(made: Made, seed: int) -> None:
    """Branches that come and go, merges of two and three parents, and tags all over."""
    dice = random.Random(seed)  # noqa: S311 - always the same history
    with made.writing() as writer:
        tips = {"master": writer.commit("c0", {"f0": "0"})}
        shas = [tips["master"]]
        for number in range(1, 36):
            branch = dice.choice([*tips, f"b{number}"])
            parents = [tips.get(branch, dice.choice(shas))]
            if dice.random() < 0.35:
                parents += dice.sample(list(tips.values()), k=min(len(tips), dice.choice((1, 1, 2))))
            parents = list(dict.fromkeys(parents))
            tips[branch] = writer.commit(
                f"c{number}", {f"f{number}": str(number)}, branch=branch, parents=tuple(parents)
            )
            shas.append(tips[branch])
        for number, sha in enumerate(sorted(dice.sample(shas, 9), key=shas.index)):
            writer.tag(f"{number}.0" if dice.random() < 0.6 else f"{number}.0rc1", sha)
            if dice.random() < 0.3:
                writer.tag(f"{number}.5", sha, annotated=False)


def by_git(made: Made, sha: str, order: list[str], *, early: bool) -> str | None:
    names = made.git("tag", "--contains", sha).split()
    kept = sorted((name for name in names if name.endswith("rc1") is early), key=order.index)
    return kept[0] if kept else None


@pytest.mark.parametrize("seed", range(8))
def test_first_releases_are_those_of_git(made: Made, opened: Open, seed: int) -> None:
    random_history(made, seed)
    commits = made.git("rev-list", "--branches").split()
    target = commits[seed * 7 % len(commits)]
    history = opened(target=target)
    order = found(made)
    assert history.graph.releases == order
    below = set(made.git("rev-list", target).split())
    assert set(history.graph.shas) == set(made.git("rev-list", "--no-merges", "master", target).split())
    shipped = 0
    for sha, answer in zip(history.graph.shas, history.graph.shipped, strict=True):
        first, early = by_git(made, sha, order, early=False), by_git(made, sha, order, early=True)
        assert history.graph.release(answer.first) == first, sha
        if early and first and order.index(first) < order.index(early):
            early = None  # a candidate of a later release is of no interest
        assert history.graph.release(answer.prerelease) == early, sha
        assert answer.in_target is (sha in below), sha
        shipped += first is not None
    assert shipped  # otherwise this says nothing


@pytest.mark.parametrize("seed", [1, 3, 5])
def test_a_base_changes_no_answer(made: Made, opened: Open, seed: int) -> None:
    random_history(made, seed)
    everything = dict(zip((whole := opened()).graph.shas, whole.graph.shipped, strict=True))
    since = made.git("rev-list", "--first-parent", "master").split()[-2]
    part = opened(since=since)
    assert 0 < len(part.graph.shas) < len(everything)
    assert all(
        everything[sha] == answer for sha, answer in zip(part.graph.shas, part.graph.shipped, strict=True)
    )


def test_merge_commits_are_not_searched(made: Made, opened: Open) -> None:
    with made.writing() as writer:
        a = writer.commit("a", {"a": "1"})
        b = writer.commit("b", {"b": "1"})
        c = writer.commit("c", {"c": "1"}, branch="side", parents=(a,))
        merge = writer.commit("merge", {"c": "1", "evil": "1"}, parents=(b, c))
        empty = writer.commit("empty")
    history = opened()
    assert set(history.graph.shas) == {a, b, c, empty}
    assert merge not in {info.sha for info in history.index.infos}


def test_picks_on_stable_branches(made: Made, opened: Open) -> None:
    with made.writing() as writer:
        base = writer.commit("base", {"f": "0"})
        writer.tag("1.0.0", base)
        fix = writer.commit("fix", {"g": "1"})
        other = writer.commit("other", {"h": "1"})
        never = writer.commit("never", {"i": "1"})
        writer.tag("2.0.0", never)
        one = writer.commit(
            f"fix\n\n(cherry picked from commit {fix})", {"g": "1"}, branch="stable/1", parents=(base,)
        )
        writer.tag("1.0.1rc1", one)
        second = writer.commit(f"other\n\ncommit {other} upstream.", {"h": "1"}, branch="stable/1")
        writer.tag("1.0.1", second)
        third = writer.commit("later", {"x": "1"}, branch="stable/1")
        writer.tag("1.0.2", third)
        twice = writer.commit(
            f"fix\n\n(cherry picked from commit {fix})\n(cherry picked from commit {one})",
            {"g": "1"}, branch="stable/1.1", parents=(base,),
        )  # fmt: skip
        writer.tag("1.1.1", twice)
    history = opened(since="1.0.0", target="1.0.1")
    answers = {
        sha: (
            history.graph.release(each.first),
            [history.graph.releases[n] for n in each.picks],
            each.in_target,
        )
        for sha, each in zip(history.graph.shas, history.graph.shipped, strict=True)
    }
    assert answers[fix] == ("2.0.0", ["1.0.1", "1.1.1"], True)
    assert answers[other] == ("2.0.0", ["1.0.1"], True)
    assert answers[never] == ("2.0.0", [], False)


def test_a_new_tag_is_seen(made: Made, opened: Open) -> None:
    made.line("a", "b")
    made.git("tag", "1.0", "master~1")
    assert opened().graph.releases == ["1.0"]
    assert {each.first for each in opened().graph.shipped} == {0, -1}
    made.git("tag", "2.0", "master")
    history = opened()
    assert history.graph.releases == ["1.0", "2.0"]
    assert {each.first for each in history.graph.shipped} == {0, 1}
    made.git("tag", "-d", "1.0")
    assert opened().graph.releases == ["2.0"]


def test_the_pattern_is_part_of_the_question(made: Made, opened: Open) -> None:
    made.line("a", "b")
    made.git("tag", "1.0", "master~1")
    made.git("tag", "snapshot-7", "master")
    assert opened().graph.releases == ["1.0"]
    assert opened(pattern=r"snapshot-\d").graph.releases == ["snapshot-7"]
    assert opened().graph.releases == ["1.0"]


def test_the_order_of_base_and_target(made: Made, opened: Open) -> None:
    with made.writing() as writer:
        a = writer.commit("a", {"f": "1"})
        b = writer.commit("b", {"f": "2"})
        side = writer.commit("side", {"g": "1"}, branch="side", parents=(a,))
        writer.commit("lone", {"h": "1"}, branch="lone", parents=())
    with pytest.raises(InputError, match=f"the target {a[:12]} is older than the base {b[:12]}") as caught:
        opened(since="master", target=a)
    assert caught.value.hint == "swap --base and --target"
    with pytest.raises(InputError, match="have no common history"):
        opened(since="lone", target="master")
    history = opened(since="side", target="master")
    assert history.warnings[0] == (
        f"the base {side[:12]} is not an ancestor of the target: "
        f"upstream is searched from where they part, {a[:12]}"
    )
    assert list(history.graph.shas) == [b]
    with pytest.raises(InputError, match="no commit to search"):
        opened(since="master", target="master")


def test_nothing_is_searched_twice(made: Made, opened: Open, tmp_path: Path) -> None:
    """A history once read needs no diff of git again."""
    made.line("a", "b")
    opened()
    objects = made.path / "objects"
    moved = objects.rename(tmp_path / "away")
    objects.mkdir()
    with pytest.raises(InputError):
        opened(target="master~1")
    objects.rmdir()
    moved.rename(objects)
    assert len(opened().graph.shas) == 2
    assert subprocess.run(["git", "-C", str(made.path), "fsck"], capture_output=True).returncode == 0
