import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from report_samples import HOSTILE, big_scan, hostile_scan, sample_scan
from unfork.reports._safe import printable
from unfork.reports._terminal import Paint, shorten, width_of
from unfork.reports.text import render_text

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
Compare = Callable[[str, str], None]


@pytest.mark.parametrize(
    ("name", "width"), [("scan-80.txt", 80), ("scan-200.txt", 200), ("scan-piped.txt", None)]
)
def test_looks_as_expected(name: str, width: int | None, same_as_expected: Compare) -> None:
    same_as_expected(name, render_text(sample_scan(), width=width))


@pytest.mark.parametrize("width", [80, 100, 139, 140, 200])
def test_no_row_is_wider_than_the_terminal(width: int) -> None:
    scan = sample_scan()
    wide = replace(scan.patches[0], name="漢字" * 60, subject="漢字 " * 60)
    table = render_text(replace(scan, patches=(*scan.patches, wide)), width=width, quiet=True)
    rows = [line for line in table.splitlines() if not line.startswith("unreadable")]
    assert len(rows) >= 11
    assert max(map(width_of, rows)) <= width


def test_color_only_adds_escapes() -> None:
    plain = render_text(sample_scan(), width=120)
    colored = render_text(sample_scan(), width=120, color=True)
    assert "\x1b[" not in plain
    assert "\x1b[" in colored
    without = "\n".join(line.rstrip() for line in ESCAPE.sub("", colored).split("\n"))
    assert without == plain


def test_piped_has_one_whole_line_a_patch() -> None:
    scan = big_scan(50)
    rows = [line for line in render_text(scan).splitlines() if not line.startswith("#")]
    assert len(rows) == 50
    for row, verdict in zip(rows, scan.patches, strict=True):
        cells = row.split(maxsplit=8)
        assert cells[0] == verdict.name
        assert cells[1] == verdict.relation
        assert cells[6].partition(":")[0] == verdict.advice
        assert cells[8] == (verdict.subject or "-")


@pytest.mark.parametrize("width", [None, 80, 200])
def test_nothing_hostile_reaches_the_terminal(width: int | None) -> None:
    text = render_text(hostile_scan(), width=width)
    assert all(line.isprintable() for line in text.split("\n"))
    assert text.encode("utf-8")
    rows = [
        line for line in text.splitlines() if "reworked" in line and not line.startswith(("#", "relation"))
    ]
    assert len(rows) == 1


def test_every_warning_and_unreadable_patch_is_named() -> None:
    for width in (None, 80):
        text = render_text(sample_scan(), width=width)
        assert "0009-broken.patch:7: a hunk ends before its 12 lines" in text
        assert "no release tag is newer than the target" in text
        assert "0006-metrics.patch, 0007-branding.patch: hunk 2 of app.py says 4 lines, it has 5" in text


def test_quiet_still_names_what_could_not_be_read() -> None:
    text = render_text(sample_scan(), quiet=True)
    assert "# unreadable: 0009-broken.patch" in text
    assert "searched" not in text


def test_an_empty_series_says_so() -> None:
    text = render_text(replace(sample_scan(), patches=(), warnings=()), width=80)
    assert text == "0 patches on 1.4.0..1.5.0, 7,602 upstream commits searched\n"


def test_a_full_hash_is_shown_short_with_its_subject() -> None:
    scan = sample_scan()
    in_range = replace(scan.patches[0], name="a" * 40)
    assert "aaaaaaaaaa Fix the" in render_text(replace(scan, patches=(in_range,)), width=100)


def test_shorten_counts_cells() -> None:
    assert shorten("abcdef", 4) == "abc…"
    assert shorten("漢字漢字", 5) == "漢字…"
    assert shorten("漢字", 4) == "漢字"
    assert shorten("abc", 0) == ""


def test_paint_without_color_is_the_text() -> None:
    assert Paint(color=False)("x", "red") == "x"
    assert Paint(color=True)("x", "red", "bold") == "\x1b[31;1mx\x1b[0m"
    assert printable(HOSTILE) in render_text(hostile_scan())
