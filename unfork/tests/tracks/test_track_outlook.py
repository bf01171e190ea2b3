"""The look ahead says where each patch fits, and what changed since the last look."""

import json

from carried_fork import Place
from making import unfork


def _look(place: Place, *more: str) -> tuple[int, str, str]:
    named = {"--series": f"{place.made.path}:base..fork", "--upstream": place.made.path, "--base": "base",
             "--tracks": place.root / "tracks", "--cache-dir": place.root / "cache"}  # fmt: skip
    words = [str(word) for pair in named.items() for word in pair]
    return unfork("track", "outlook", *words, *more, cwd=place.root)


def test_releases_and_the_main_branch_are_looked_at_in_order(place: Place) -> None:
    place.made.git("tag", "v4.0rc1", "rough")
    code, out, err = _look(place, "--json", "-")
    assert code == 0, err
    sights = json.loads(out)["outlook"]["sights"]
    assert [sight["target_name"] for sight in sights] == ["v2", "v3", "v4.0rc1", "rough"]
    states = [[seen["state"] for seen in sight["patches"]] for sight in sights]
    assert "conflict" not in states[0]
    assert [state == "conflict" for state in states[1]] == [False, True, False, False]
    fewer = json.loads(_look(place, "--last", "1", "--json", "-")[1])["outlook"]["sights"]
    assert [sight["target_name"] for sight in fewer] == ["v3", "v4.0rc1", "rough"]


def test_a_patch_that_fitted_and_does_not_any_longer_fails_the_night(place: Place) -> None:
    place.made.git("branch", "next", "clean")
    assert _look(place, "--on", "next")[0] == 0
    code, out, _ = _look(place, "--on", "next")
    assert code == 0
    assert "nothing changed since" in out
    place.made.git("branch", "-f", "next", "rough")
    code, out, _ = _look(place, "--on", "next")
    assert code == 1
    assert out.count("worse: next: ") == 1
    assert _look(place, "--on", "next")[0] == 0  # it is told once
    assert _look(place, "--on", "next", "--fail-on", "conflict")[0] == 1


def test_a_broken_record_of_the_last_look_is_a_first_look(place: Place) -> None:
    _look(place, "--on", "clean")
    (kept,) = place.root.glob("tracks/*/outlook-*.json")
    kept.write_text("{")
    code, out, _ = _look(place, "--on", "clean")
    assert code == 0
    assert "this is the first look" in out
