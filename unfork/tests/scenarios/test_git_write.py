"""git's own words reach the user when it refuses to write."""

from pathlib import Path

import pytest
from unfork.errors import GitError
from unfork.git_write import NewCommit, Stored, Workshop


def _commit(mode: str = "100644") -> NewCommit:
    return NewCommit(
        branch="master",
        parents=(),
        author="A <a@example.org>",
        committer="A <a@example.org>",
        author_date=1_700_000_000,
        commit_date=1_700_000_000,
        message="Begin\n",
        files={b"a": Stored(mode, b"a\n")},
    )


def test_a_refused_commit_is_explained(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "r.git")
    workshop.create()
    with pytest.raises(GitError, match=r"fast-import: fatal: Corrupt mode"), workshop.importing() as importer:
        importer.commit(_commit(mode="999"))


def test_an_error_of_the_caller_ends_git_and_writes_nothing(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "r.git")
    workshop.create()
    with pytest.raises(KeyError), workshop.importing() as importer:
        importer.commit(_commit())
        raise KeyError
    assert not list((tmp_path / "r.git" / "refs").rglob("master"))


def test_a_range_that_is_not_there_is_explained(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "r.git")
    workshop.create()
    with pytest.raises(GitError, match="format-patch: fatal"):
        workshop.format_patches("a", "b", tmp_path / "out")


def test_a_repository_that_is_there_is_not_touched(tmp_path: Path) -> None:
    Workshop(tmp_path / "r.git").create()
    with pytest.raises(FileExistsError):
        Workshop(tmp_path / "r.git").create()
