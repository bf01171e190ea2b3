"""The demo: always the same, offline, and it touches nothing but its own folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from unfork.commands.demo import MARKER, make_demo, run_demo
from unfork.errors import InputError
from unfork.model import Advice, Relation, State

MADE = {MARKER, "upstream.git", "fork.git", "patches"}


def _snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_has_every_relation_state_and_advice(tmp_path: Path) -> None:
    expected = [patch.expect for patch in make_demo(tmp_path / "demo").scenario.series]
    assert {expect.relation for expect in expected} == set(Relation) - {Relation.UNKNOWN}
    assert {expect.state for expect in expected} == set(State) - {State.UNKNOWN}
    assert {expect.advice for expect in expected} == set(Advice)


def test_it_is_the_same_wherever_it_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = make_demo(tmp_path / "here")
    monkeypatch.chdir(tmp_path)
    there = make_demo(Path("there/below"))
    assert there.hashes == here.hashes
    # Changes of the demo must be meant: everybody who compares outputs sees them.
    assert here.hashes["f15"] == "618af7efa4f2e0cd3760dc19145ce8df9af6d39a"
    first, second = _snapshot(tmp_path / "here" / "patches"), _snapshot(tmp_path / "there/below/patches")
    assert first == second
    assert {path.name for path in (tmp_path / "here").iterdir()} == MADE


def test_it_replaces_an_earlier_demo_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    first = make_demo(out)
    (out / "notes.txt").write_text("mine")
    (out / "patches" / "0001-of-yesterday.patch").write_text("old")
    (out / "upstream.git" / "HEAD").unlink()
    again = make_demo(out)
    assert again.hashes == first.hashes
    assert not (out / "patches" / "0001-of-yesterday.patch").exists()
    assert (out / "upstream.git" / "HEAD").exists()
    assert (out / "notes.txt").read_text() == "mine"


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "patches").mkdir()
    (tmp_path / "patches" / "precious.patch").write_text("mine")
    with pytest.raises(InputError, match="did not make") as caught:
        make_demo(tmp_path)
    assert caught.value.where == str(tmp_path)
    assert _snapshot(tmp_path) == {"patches/precious.patch": b"mine"}


def test_a_link_inside_an_earlier_demo_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("mine")
    out = tmp_path / "demo"
    out.mkdir()
    (out / MARKER).write_text("")
    (out / "patches").symlink_to(precious)
    make_demo(out)
    assert _snapshot(precious) == {"file": b"mine"}
    assert not (out / "patches").is_symlink()


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("mine")
    with pytest.raises(InputError, match="cannot be written"):
        make_demo(tmp_path / "demo")
    assert (tmp_path / "demo").read_text() == "mine"


@pytest.fixture
def nothing_else_written(hermetic: Path) -> Iterator[None]:
    """Fails when anything below HOME, where the usual cache is, changes."""
    before = _snapshot(hermetic)
    yield
    assert _snapshot(hermetic) == before


@pytest.mark.usefixtures("nothing_else_written")
def test_it_scans_what_it_made(tmp_path: Path) -> None:
    made = run_demo(tmp_path / "demo")
    assert len(made.scan.patches) == 18
    assert not [verdict.error for verdict in made.scan.patches if verdict.error]
    assert made.scan.target_name == made.target == "2.0.0"
    assert not made.page.exists()  # who prints also renders
