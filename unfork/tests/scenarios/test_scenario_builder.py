"""What the builder makes is what the scenario says, by git's own word."""

from collections.abc import Iterator
from pathlib import Path

from gitcalls import git, output
from unfork.scenario import Built, Scenario, build


def _real_patches(built: Built) -> Iterator[Path]:
    for file, patch in zip(built.files, built.scenario.series, strict=True):
        if patch.raw is None:
            yield file


def test_the_graph_is_as_drawn(built: Built) -> None:
    graph = built.scenario.drawn()
    lines = output(built.upstream, "log", "--all", "--format=%H %P").splitlines()
    parents = {line.split()[0]: line.split()[1:] for line in lines}
    assert parents == {
        built.hashes[name]: [built.hashes[parent] for parent in node.parents]
        for name, node in graph.nodes.items()
    }


def test_branches_and_tags_point_where_drawn(built: Built) -> None:
    graph = built.scenario.drawn()
    drawn = {f"refs/heads/{branch}": built.hashes[tip] for branch, tip in graph.tips.items()}
    drawn |= {f"refs/tags/{tag}": built.hashes[node.id] for node in graph.nodes.values() for tag in node.tags}
    found = output(built.upstream, "for-each-ref", "--format=%(refname) %(objectname) %(*objectname)")
    refs = {ref: hashes.split()[-1] for ref, hashes in (line.split(" ", 1) for line in found.splitlines())}
    assert refs == drawn


def test_both_repositories_are_sound(built: Built) -> None:
    for repository in (built.upstream, built.fork):
        output(repository, "fsck", "--strict", "--no-dangling")


def test_the_same_text_gives_the_same_bytes(scenario: Scenario, built: Built, tmp_path: Path) -> None:
    again = build(scenario, tmp_path / "again")
    assert again.hashes == built.hashes
    assert output(again.fork, "rev-parse", "--all") == output(built.fork, "rev-parse", "--all")
    files = sorted(path.name for path in built.patches.iterdir())
    assert files == sorted(path.name for path in again.patches.iterdir())
    for name in files:
        assert (again.patches / name).read_bytes() == (built.patches / name).read_bytes()


def test_the_series_applies_to_its_base(built: Built, tmp_path: Path) -> None:
    index = tmp_path / "index"
    base = built.hashes.get(built.base, built.base)
    output(built.fork, "read-tree", base, index=index)
    for patch in _real_patches(built):
        if b"\ndiff --git " in patch.read_bytes():
            output(built.fork, "apply", "--cached", str(patch), index=index)
    tip = output(built.fork, "rev-parse", "--verify", "--quiet", "fork^{tree}")
    assert output(built.fork, "write-tree", index=index) == tip


def test_every_patch_is_named_in_the_series_file(built: Built) -> None:
    listed = (built.patches / "series").read_text().splitlines()
    assert listed == [file.name for file in built.files]
    assert {path.name for path in built.patches.iterdir()} == {"series", *listed}
    assert len(listed) == len(built.scenario.series)


def test_a_release_is_the_first_one_that_contains_the_commits(built: Built) -> None:
    """The expected releases, by ``git tag --contains`` in place of our own walk."""
    for patch in built.scenario.series:
        expect = patch.expect
        if not expect.commits:
            continue
        holding = [
            set(output(built.upstream, "tag", "--contains", built.hashes[name]).split())
            for name in expect.commits
        ]
        common = {tag for tag in set.intersection(*holding) if "rc" not in tag}
        assert expect.first_release == min(
            common, key=lambda tag: [int(x) for x in tag.split(".")], default=""
        )


def test_user_configuration_changes_nothing(
    scenario: Scenario, built: Built, tmp_path: Path, hermetic: Path
) -> None:
    (hermetic / ".gitconfig").write_text(
        "[user]\n\tname = Some Body\n\temail = else@example.com\n[commit]\n\tgpgSign = true\n"
        "[format]\n\tsignOff = true\n\tattach = x\n[diff]\n\tnoprefix = true\n[core]\n\tautocrlf = true\n"
    )
    again = build(scenario, tmp_path / "again")
    assert again.hashes == built.hashes
    assert [file.read_bytes() for file in again.files] == [file.read_bytes() for file in built.files]


def test_nothing_but_the_two_repositories_and_the_patches_is_written(built: Built) -> None:
    assert {path.name for path in built.upstream.parent.iterdir()} == {"upstream.git", "fork.git", "patches"}
    assert git(built.upstream, "config", "gc.auto") == (0, "0")
