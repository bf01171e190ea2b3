"""The parts a track is made of, each where it can be wrong by itself."""

from datetime import date
from pathlib import Path

import pytest
from unfork.files import write_sealed
from unfork.model import Patch
from unfork.series import parse_patch
from unfork.tracks.files import File
from unfork.tracks.merging import conflict_texts, has_markers
from unfork.tracks.onto import Conflict
from unfork.tracks.resolutions import Resolutions
from unfork.tracks.text import Fit, place_hunks
from unfork.tracks.trimming import trim

_HEAD = "--- a/f\n+++ b/f\n"


def _patch(*hunks: str) -> Patch:
    patch = parse_patch((_HEAD + "".join(hunks)).encode(), "p")
    assert patch.error is None, patch.error
    return patch


_INSERT = "@@ -1,4 +1,5 @@\n a\n b\n+new\n c\n d\n"


def test_a_hunk_goes_where_its_old_side_stands_alone() -> None:
    (change,) = _patch(_INSERT).files
    placed = place_hunks(b"x\ny\na\nb\nc\nd\n", change.hunks, strict=True)
    assert placed.data == b"x\ny\na\nb\nnew\nc\nd\n"
    assert placed.fits == {Fit.ONE}


def test_of_several_places_none_is_taken_when_strict_else_the_nearest() -> None:
    (change,) = _patch(_INSERT.replace("-1,4 +1,5", "-6,4 +6,5")).files
    twice = b"a\nb\nc\nd\n\na\nb\nc\nd\n"
    assert place_hunks(twice, change.hunks, strict=True).failed == (0,)
    placed = place_hunks(twice, change.hunks, strict=False)
    assert placed.data == b"a\nb\nc\nd\n\na\nb\nnew\nc\nd\n"
    assert placed.fits == {Fit.NEAREST}


def test_less_context_is_used_only_when_it_is_not_strict() -> None:
    (change,) = _patch(_INSERT).files
    near = b"A\nb\nc\nD\n"
    assert place_hunks(near, change.hunks, strict=True).failed == (0,)
    placed = place_hunks(near, change.hunks, strict=False)
    assert placed.data == b"A\nb\nnew\nc\nD\n"
    assert placed.fits == {Fit.LESS}


def test_a_part_of_a_line_is_no_place() -> None:
    (change,) = _patch("@@ -1,1 +1,1 @@\n-b\n+c\n").files
    assert place_hunks(b"ab\n", change.hunks, strict=False).failed == (0,)
    assert place_hunks(b"bc\n", change.hunks, strict=False).failed == (0,)


def test_a_last_line_without_an_end_stays_without_one() -> None:
    (change,) = _patch(
        "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"
    ).files
    assert place_hunks(b"a\nb", change.hunks, strict=True).data == b"a\nc"
    assert place_hunks(b"a\nb\n", change.hunks, strict=True).failed == (0,)


def test_trimming_parts_a_patch_into_two_that_make_the_whole() -> None:
    whole = _patch("@@ -1,6 +1,8 @@\n a\n+theirs()\n b\n-gone()\n c\n+ours()\n d\n+also_ours()\n e\n")
    before, after = b"a\nb\ngone()\nc\nd\ne\n", b"a\ntheirs()\nb\nc\nours()\nd\nalso_ours()\ne\n"
    upstream = _patch("@@ -1,4 +1,4 @@\n a\n+  theirs( )\n b\n-gone()\n c\n").files
    trimmed = trim(whole, upstream)
    assert trimmed is not None
    assert trimmed.lines == 2
    half = place_hunks(before, trimmed.taken.files[0].hunks, strict=True)
    assert half.data == b"a\ntheirs()\nb\nc\nd\ne\n"
    assert place_hunks(half.data, trimmed.rest.files[0].hunks, strict=True).data == after
    assert trim(whole, _patch("@@ -1,1 +1,2 @@\n a\n+else()\n").files) is None


def test_a_line_of_upstream_accounts_for_one_of_ours() -> None:
    whole = _patch("@@ -1,3 +1,5 @@\n a\n+same()\n b\n+same()\n c\n")
    trimmed = trim(whole, _patch("@@ -1,1 +1,2 @@\n a\n+same()\n").files)
    assert trimmed is not None
    assert trimmed.lines == 1


_SHOWN = b"1\n<<<<<<< target\nx\n||||||| before\ny\n=======\nz\n>>>>>>> patch\n2\n"


def _conflict(shown: bytes = _SHOWN) -> Conflict:
    (change,) = _patch(_INSERT).files
    return Conflict("f", change, "both changed it", None, None, None, File("100644", shown))


def test_markers_are_told_from_headings() -> None:
    assert has_markers(_SHOWN)
    assert not has_markers(b"Heading\n=======\ntext\n")
    assert conflict_texts(_SHOWN) == [(b"x", b"y", b"z")]


def test_a_resolution_fits_the_same_conflict_elsewhere_in_the_file(tmp_path: Path) -> None:
    kept = Resolutions(tmp_path)
    assert kept.keep(
        "p" * 40, "p", _conflict(), File("100644", b"1\nx and z\n2\n"), target="v2", on=date(2020, 1, 1)
    )
    found = kept.find("p" * 40, _conflict(b"0\n0\n" + _SHOWN + b"3\n"))
    assert found is not None
    assert found.file == File("100644", b"0\n0\n1\nx and z\n2\n3\n")
    assert kept.find("q" * 40, _conflict()) is None
    assert kept.find("p" * 40, _conflict(_SHOWN.replace(b"\nx\n", b"\nX\n"))) is None
    (path,) = tmp_path.iterdir()
    assert path.read_text().startswith("unfork resolution, version 1\nPatch: p\n")


def test_a_removed_file_is_a_resolution(tmp_path: Path) -> None:
    kept = Resolutions(tmp_path)
    assert kept.keep("p" * 40, "p", _conflict(), None, target="v2", on=date(2020, 1, 1))
    found = kept.find("p" * 40, _conflict())
    assert found is not None
    assert found.file is None


def test_a_file_among_the_resolutions_that_is_none_is_named(tmp_path: Path) -> None:
    kept = Resolutions(tmp_path)
    kept.keep("p" * 40, "p", _conflict(), None, target="v2", on=date(2020, 1, 1))
    (path,) = tmp_path.iterdir()
    path.write_text("something else\n")
    with pytest.raises(Exception, match="not a kept resolution"):
        kept.find("p" * 40, _conflict())


def test_a_damaged_work_is_refused(tmp_path: Path) -> None:
    from unfork.errors import InputError
    from unfork.tracks.work import load_work

    with pytest.raises(InputError, match="missing or damaged"):
        load_work(tmp_path)
    write_sealed(tmp_path / "work.json", b'{"format": 1}')
    with pytest.raises(InputError, match="cannot be used"):
        load_work(tmp_path)
