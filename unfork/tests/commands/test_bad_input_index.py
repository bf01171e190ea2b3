"""The index commands on an index that is damaged, behind, or not there."""

from pathlib import Path

import pytest
from making import Made
from unfork.commands.index import IndexRequest, build_index, drop_index, index_status
from unfork.errors import InputError


@pytest.fixture
def made(tmp_path: Path) -> Made:
    made = Made(tmp_path / "up.git")
    made.line("one", "two", "three")
    return made


@pytest.fixture
def request_(made: Made, tmp_path: Path) -> IndexRequest:
    return IndexRequest(str(made.path), cache_dir=tmp_path / "cache")


def test_from_nothing_to_behind_to_current(made: Made, request_: IndexRequest) -> None:
    before = index_status(request_)
    assert (before.present, before.current, before.commits, before.size) == (False, False, 0, 0)
    built = build_index(request_)
    assert (built.present, built.current, built.commits, built.lines) == (True, True, 3, 3)
    assert built.size == built.path.stat().st_size
    made.line("four")
    behind = index_status(request_)
    assert (behind.present, behind.current, behind.commits) == (True, False, 3)
    assert (build_index(request_).commits, index_status(request_).current) == (4, True)


def test_a_damaged_one_is_told_and_mended(request_: IndexRequest) -> None:
    path = build_index(request_).path
    path.write_bytes(path.read_bytes()[:-200])
    damaged = index_status(request_)
    assert (damaged.present, damaged.current) == (False, False)
    assert damaged.note is not None
    assert damaged.note.startswith("it is built again: its section ")
    assert build_index(request_).note is None


def test_dropping(made: Made, request_: IndexRequest) -> None:
    path = build_index(request_).path
    (path.parent / "states-x.json").write_text("{}")
    mine = path.parent.parent / "another"
    mine.mkdir()
    assert drop_index(request_).present
    assert [each.name for each in path.parent.iterdir()] == ["lock"]
    assert mine.exists()
    assert not drop_index(request_).present
    assert not index_status(request_).present


def test_a_revision_that_is_not_there(made: Made, tmp_path: Path) -> None:
    """Also when there is no index yet that could be behind it."""
    for request in (
        IndexRequest(str(made.path), since="1.0", cache_dir=tmp_path),
        IndexRequest(str(made.path), target="1.0", cache_dir=tmp_path),
    ):
        for command in (index_status, build_index):
            with pytest.raises(InputError, match=r"there is no revision '1\.0'"):
                command(request)
    assert list(tmp_path.glob("index/*/*")) == []
