"""Tracks are kept whole or not at all, and found again."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from making import Made
from unfork.commands.track import only_repository
from unfork.errors import InputError
from unfork.git import Repository
from unfork.model.track import Track, TrackState
from unfork.tracks import find_tracks, load_track, place_of, save_track


def _track(repository: Path, name: str = "queens") -> Track:
    return Track(
        name=name,
        repository=str(repository),
        branch=f"refs/heads/track/{name}",
        worktree="/nowhere",
        series="patches",
        carrier="directory",
        upstream="nova",
        base="a" * 40,
        base_name="16.0.0",
        target="b" * 40,
        target_name="17.0.0",
        made_on=date(2020, 1, 1),
        state=TrackState.DONE,
        run="1",
        tip="c" * 40,
    )


def test_a_saved_track_is_loaded_and_listed_with_its_repository_alone(tmp_path: Path) -> None:
    first, second = Made(tmp_path / "a" / "nova.git"), Made(tmp_path / "b" / "nova.git")
    kept = {}
    for made, name in ((first, "queens"), (second, "queens"), (first, "rocky")):
        kept[made, name] = _track(made.path, name)
        save_track(place_of(tmp_path / "tracks", Repository(made.path), name), kept[made, name])
    assert (
        load_track(place_of(tmp_path / "tracks", Repository(second.path), "queens")) == kept[second, "queens"]
    )
    listed = find_tracks(tmp_path / "tracks", Repository(first.path))
    assert listed == (kept[first, "queens"], kept[first, "rocky"])
    assert len(find_tracks(tmp_path / "tracks")) == 3


def test_a_name_finds_its_repository_where_only_one_has_it(tmp_path: Path) -> None:
    root = tmp_path / "tracks"
    assert only_repository(root, None) is None
    first, second = Made(tmp_path / "a" / "nova.git"), Made(tmp_path / "b" / "nova.git")
    for made, name in ((first, "queens"), (first, "rocky"), (second, "queens")):
        save_track(place_of(root, Repository(made.path), name), _track(made.path, name))
    assert only_repository(root, "rocky") == str(first.path)
    assert only_repository(root, "stein") is None
    for name in ("queens", None):
        with pytest.raises(InputError, match="2 repositories") as refused:
            only_repository(root, name)
        assert str(second.path) in (refused.value.hint or "")


def test_a_record_that_was_changed_or_is_newer_is_refused(tmp_path: Path) -> None:
    made = Made(tmp_path / "nova.git")
    folder = place_of(tmp_path / "tracks", Repository(made.path), "queens")
    save_track(folder, _track(made.path))
    record = folder / "track.json"
    text = record.read_text()
    record.write_text(text.replace('"format": 1', '"format": 2'))
    with pytest.raises(InputError, match="format 2"):
        load_track(folder)
    record.write_text(text[: len(text) // 2])
    with pytest.raises(InputError, match="not a track's record"):
        load_track(folder)


def test_a_missing_track_names_those_there_are(tmp_path: Path) -> None:
    made = Made(tmp_path / "nova.git")
    save_track(place_of(tmp_path / "t", Repository(made.path), "queens"), _track(made.path))
    with pytest.raises(InputError, match="there are queens"):
        load_track(place_of(tmp_path / "t", Repository(made.path), "quens"))


@pytest.mark.parametrize(
    "name", ["", "../x", "a/b", "-x", ".x", "a..b", "x.lock", "x.", "a b", "é", "a" * 101]
)
def test_a_name_that_is_no_safe_part_of_a_path_or_a_ref_is_refused(tmp_path: Path, name: str) -> None:
    made = Made(tmp_path / "nova.git")
    with pytest.raises(InputError, match="cannot be called"):
        place_of(tmp_path, Repository(made.path), name)


def test_saving_again_replaces(tmp_path: Path) -> None:
    made = Made(tmp_path / "nova.git")
    folder = place_of(tmp_path / "t", Repository(made.path), "queens")
    first = _track(made.path)
    save_track(folder, first)
    save_track(folder, replace(first, state=TrackState.ARCHIVED))
    assert load_track(folder).state is TrackState.ARCHIVED
    assert [path.name for path in folder.iterdir()] == ["track.json"]
