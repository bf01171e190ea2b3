"""Reports that are headings and tables: the same in all forms, with hostile text written out."""

from dataclasses import replace
from datetime import date

from unfork.model.compared import (
    Change,
    CheckCompared,
    Comparison,
    ContentKind,
    ContentLost,
    TestChange,
    Tie,
    TieKind,
    TrackSide,
)
from unfork.model.cutover import CutoverDecision, CutoverVerdict, Line, LineState, Subject
from unfork.model.tested import Standing
from unfork.reports.checks_json import render_compare_json, render_cutover_json
from unfork.reports.compared import comparison_sheet, lost_count
from unfork.reports.cutover import decision_sheet
from unfork.reports.sheet import render_sheet_html, render_sheet_markdown, render_text

EVIL = "<script>x</script>\x1b[31m|`"
LOST = TestChange(
    f"t.{EVIL}", Change.LOST, Standing.PASSES, Standing.FAILS, 0, 3, 3, 3, "ValueError: no",
    (Tie("p.patch", ("numa",), TieKind.FAILURE, "nova/a.py", carried=False),),
)  # fmt: skip
WHOLE = TestChange("", Change.LOST, Standing.PASSES, Standing.FAILS, 0, 3, 3, 3, "1 of 2 tests failed")
CHECK = CheckCompared(
    "unit", WHOLE, {Change.LOST: 1, Change.BOTH: 1}, (LOST,), ("t.ok",), ("a note",), gating=True
)
SIDE = TrackSide("old", "a" * 40, "a" * 40, False, 3)
COMPARISON = Comparison(
    project="nova",
    old=SIDE,
    new=replace(SIDE, track="new", patches=0),
    checks=(CHECK,),
    content=(ContentLost(ContentKind.OPTION, "[a] b", "a.py", 3, True, ("p.patch",), ("numa",)),),
    offered=dict.fromkeys(ContentKind, (1, 0)),
    lines=(),
    still=(),
    warnings=("old was tested elsewhere",),
)


def test_what_is_lost_is_counted_once() -> None:
    assert lost_count(COMPARISON) == 2
    alone = replace(CHECK, counts={}, tests=())
    assert lost_count(replace(COMPARISON, checks=(alone,), content=())) == 1
    theirs = replace(COMPARISON.content[0], ours=False)
    assert lost_count(replace(COMPARISON, checks=(), content=(theirs,))) == 0


def test_a_comparison_reads_the_same_in_all_forms() -> None:
    sheet = comparison_sheet(COMPARISON)
    text = render_text(sheet)
    page, markdown = render_sheet_html(sheet).decode(), render_sheet_markdown(sheet).decode()
    for form in (text, page, markdown):
        assert "old and new: 2 lost" in form
        assert "ValueError: no" in form and "nova/a.py" in form and "numa" in form
        assert "\x1b" not in form
    assert "<script>" not in page and "<script>" not in markdown
    assert "unit: a note" in text and "passes 3/3" in text and "fails 3/3" in text
    assert all(line.count(" | ") == 4 for line in markdown.splitlines() if line.startswith("| unit | t."))


def test_what_could_not_be_compared_is_not_called_fine() -> None:
    whole = replace(WHOLE, change=Change.NOT_RUN, new=Standing.UNKNOWN)
    nothing = replace(COMPARISON, checks=(replace(CHECK, whole=whole, counts={}, tests=()),), content=())
    assert comparison_sheet(nothing).title == "old and new: nothing is known to be lost, 1 check not compared"
    assert comparison_sheet(nothing).tone == "unsure"
    assert comparison_sheet(replace(nothing, checks=())).tone == "unsure"


def test_a_narrow_terminal_cuts_and_says_what_it_leaves_out() -> None:
    many = replace(CHECK, tests=tuple(replace(LOST, test=f"tests.unit.test_{n}") for n in range(30)))
    sheet = comparison_sheet(replace(COMPARISON, checks=(many,)))
    text = render_text(sheet, width=80, most=5)
    assert "and 25 more, --full shows them" in text
    table = text[text.index("Lost tests") : text.index("and 25 more")].splitlines()[1:]
    assert max(map(len, table)) <= 5 * 20 + 8
    assert render_text(sheet, width=80, color=True).count("\x1b[31m") > 30


def test_a_decision_has_what_blocks_first_and_its_json_is_whole() -> None:
    lines = (
        Line(Subject.ITEM, "numa", "nova", LineState.BLOCKS, "has not ended", "the plan", "end it"),
        Line(Subject.MILESTONE, "freeze", "", LineState.FINE, "in 7 days", "the plan"),
    )
    decision = CutoverDecision(
        "small", "A small exit", "plan", date(2019, 3, 1), "old", "new", {"nova": "b" * 40},
        CutoverVerdict.NOT_YET, lines, None, (), ("ann",), False, None,
    )  # fmt: skip
    text = render_text(decision_sheet(decision))
    assert text.startswith("A small exit: cutover from old to new: not yet\n")
    assert text.index("What blocks: 1") < text.index("Milestones: 1") < text.index("Missing: ann.")
    whole = render_text(decision_sheet(decision, {"nova": COMPARISON}))
    assert "nova: old and new: 2 lost" in whole
    assert b'"verdict": "not-yet"' in render_cutover_json(decision)
    assert b'"change": "lost"' in render_compare_json(COMPARISON)
