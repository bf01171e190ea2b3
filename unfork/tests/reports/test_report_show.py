from collections.abc import Callable
from dataclasses import replace

import pytest
from report_samples import HOSTILE, change, commit, hostile_scan, sample_patch, sample_scan
from unfork.model.detail import PatchDetail
from unfork.reports._terminal import width_of
from unfork.reports.align import detail
from unfork.reports.html import render_detail_html
from unfork.reports.show import render_detail

Compare = Callable[[str, str], None]


def sample_detail() -> PatchDetail:
    patch = sample_patch(
        change("app.py", b" a", b"-old", b"+new\tline", b"+in the second", b"+left over", b" ctx"),
        change("b.py", b"+x = 1"),
    )
    first = (
        change("app.py", b" a", b"-old", b"+new line", b"+only upstream", b" ctx"),
        change("big.py", *[b"+line %d" % at for at in range(40)]),
    )
    second = (change("app.py", b"+in the second"), change("lib/b.py", b"+x = 1"))
    verdict = replace(sample_scan().patches[2], warnings=("the trailer names another commit",))
    return detail(
        verdict,
        patch,
        [(commit("New filter", 0.4), first, True), (commit("And the rest", 0.4), second, True)],
    )


def hostile_detail() -> PatchDetail:
    raw = HOSTILE.replace("\n", " ").encode("utf-8", "surrogateescape")
    files = (change(HOSTILE, b"+" + raw, b"-\x1b[2J"),)
    patch = replace(sample_patch(*files), trailers=((HOSTILE, HOSTILE),))
    upstream = replace(commit("x", 0.5), subject=HOSTILE)
    return detail(hostile_scan().patches[0], patch, [(upstream, files, True)])


@pytest.mark.parametrize(("name", "width"), [("show-140.txt", 140), ("show-80.txt", 80)])
def test_looks_as_expected(name: str, width: int, same_as_expected: Compare) -> None:
    same_as_expected(name, render_detail(sample_detail(), width=width))


@pytest.mark.parametrize("width", [120, 121, 200])
def test_side_by_side_fits_the_terminal(width: int) -> None:
    for made in (sample_detail(), hostile_detail()):
        rows = [line for line in render_detail(made, width=width).splitlines() if "│" in line]
        assert rows
        assert max(map(width_of, rows)) <= width


@pytest.mark.parametrize("width", [None, 80, 160])
def test_nothing_hostile_reaches_the_terminal(width: int | None) -> None:
    text = render_detail(hostile_detail(), width=width, full=True)
    assert all(line.isprintable() for line in text.split("\n"))


def test_full_leaves_no_line_out() -> None:
    short, full = (render_detail(sample_detail(), full=full) for full in (False, True))
    assert "… 36 more lines only upstream has" in short
    assert "more lines" not in full
    assert all(f"+line {at}\n" in full for at in range(40))


def test_a_patch_nobody_took_is_shown_alone() -> None:
    verdict = sample_scan().patches[6]
    made = detail(verdict, sample_patch(change("a.py", b"+ours")), [])
    for width in (None, 160):
        assert "! +ours" in render_detail(made, width=width)
    assert "+ours" in render_detail_html(made).decode()
