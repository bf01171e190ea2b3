from hypothesis import given, settings
from hypothesis import strategies as st
from report_samples import change, commit, sample_patch, sample_scan
from unfork.model import ChangeKind, FileChange
from unfork.model.detail import LineKind
from unfork.reports import align
from unfork.reports._marks import Fold, folded, marks

PATCH = (
    change("app.py", b" a", b"-old", b"+new  line", b"+left over", b"+", b" ctx"),
    change("b.py", b"+x = 1"),
)
UPSTREAM = (change("app.py", b" a", b"-old", b"+new line", b"+only there", b" ctx"),)


def test_white_space_does_not_count_but_the_sign_does() -> None:
    lines = align.diff_lines(PATCH)
    side = align.lay_beside(lines, commit("c"), align.diff_lines(UPSTREAM))
    assert [lines[at].text for at in side.explains] == ["old", "new  line"]
    assert [side.lines[at].text for at in side.extra] == ["only there"]
    other_sign = (change("app.py", b"+old", b"-new line"),)
    assert align.lay_beside(lines, commit("c"), align.diff_lines(other_sign)).explains == ()


def test_equal_lines_share_a_row() -> None:
    lines = align.diff_lines(PATCH)
    side = align.lay_beside(lines, commit("c"), align.diff_lines(UPSTREAM))
    same = [(lines[row.left].text, side.lines[row.right].text) for row in side.rows
            if row.same and row.left is not None and row.right is not None]  # fmt: skip
    assert ("new  line", "new line") in same
    assert ("left over", "only there") not in same


def test_what_no_claimed_commit_explains_is_left_over() -> None:
    verdict = sample_scan().patches[2]
    patch = sample_patch(*PATCH)
    alone = align.detail(verdict, patch, [(commit("c"), UPSTREAM, True)])
    assert [alone.lines[at].text for at in alone.residue] == ["left over", "x = 1"]
    rest = (change("other.py", b"+left over", b"+x = 1"),)
    both = align.detail(verdict, patch, [(commit("c"), UPSTREAM, True), (commit("d"), rest, True)])
    assert both.residue == ()
    candidate = align.detail(verdict, patch, [(commit("c"), UPSTREAM, True), (commit("d"), rest, False)])
    assert candidate.residue == alone.residue


def test_margins_number_the_commits() -> None:
    rest = (change("app.py", b"+left over"),)
    verdict = sample_scan().patches[2]
    made = align.detail(
        verdict, sample_patch(*PATCH), [(commit("c"), UPSTREAM, True), (commit("d"), rest, True)]
    )
    margin = dict(zip((line.text for line in made.lines), marks(made), strict=False))
    assert margin["new  line"] == "1"
    assert margin["left over"] == "2"
    assert margin["x = 1"] == "!"
    assert margin["ctx"] == ""


def test_a_moved_file_stands_beside_its_old_place() -> None:
    moved = (change("lib/deep/b.py", b"+x = 1"), change("other.py", b"+y = 2"))
    lines = align.diff_lines(PATCH)
    side = align.lay_beside(lines, commit("c"), align.diff_lines(moved))
    beside = [(lines[row.left].path, side.lines[row.right].path) for row in side.rows
              if row.left is not None and row.right is not None]  # fmt: skip
    assert set(beside) == {("b.py", "lib/deep/b.py")}


def test_each_line_of_a_commit_explains_one_line() -> None:
    lines = align.diff_lines((change("a", b"+x", b"+x", b"+x"),))
    side = align.lay_beside(lines, commit("c"), align.diff_lines((change("a", b"+x"),)))
    assert len(side.explains) == 1


def test_headings_say_what_happens_to_a_file() -> None:
    renamed = FileChange(ChangeKind.RENAME, "old.py", "new.py", ())
    mode = FileChange(ChangeKind.MODE, "run", "run", (), old_mode="100644", new_mode="100755")
    binary = FileChange(ChangeKind.ADD, None, "logo.png", (), binary=(b"GIT binary patch\n",))
    texts = [line.text for line in align.diff_lines((renamed, mode, binary))]
    assert texts == [
        "old.py => new.py (rename)",
        "run (mode)",
        "mode 100644 => 100755",
        "logo.png (add)",
        "binary content",
    ]


def test_long_runs_only_upstream_has_are_folded_and_counted() -> None:
    big = (*UPSTREAM, change("big.py", *[b"+line %d" % at for at in range(100)]))
    side = align.lay_beside(align.diff_lines(PATCH), commit("c"), align.diff_lines(big))
    rows = list(folded(side, full=False))
    folds = [row for row in rows if isinstance(row, Fold)]
    assert len(folds) == 1
    assert len(rows) - 1 + folds[0].rows == len(side.rows)
    assert list(folded(side, full=True)) == list(side.rows)


def test_too_large_for_the_exact_way_is_aligned_all_the_same(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    exact = align.lay_beside(align.diff_lines(PATCH), commit("c"), align.diff_lines(UPSTREAM))
    monkeypatch.setattr(align, "_MOST_CELLS", 0)
    rough = align.lay_beside(align.diff_lines(PATCH), commit("c"), align.diff_lines(UPSTREAM))
    assert rough.explains == exact.explains
    assert {row.left for row in rough.rows} == {row.left for row in exact.rows}


LINES = st.lists(st.sampled_from([b"+a", b"-a", b" a", b"+b", b"-b", b"+", b" c"]), max_size=12)
FILES = st.lists(st.tuples(st.sampled_from(["x", "y", "z"]), LINES), max_size=3)


@settings(max_examples=150, deadline=None)
@given(FILES, FILES)
def test_every_line_is_in_exactly_one_row(
    ours: list[tuple[str, list[bytes]]], theirs: list[tuple[str, list[bytes]]]
) -> None:
    left = align.diff_lines([change(path, *lines) for path, lines in ours])
    right = align.diff_lines([change(path, *lines) for path, lines in theirs])
    side = align.lay_beside(left, commit("c"), right)
    assert sorted(row.left for row in side.rows if row.left is not None) == list(range(len(left)))
    assert sorted(row.right for row in side.rows if row.right is not None) == list(range(len(right)))
    for row in side.rows:
        assert row.left is not None or row.right is not None
        if row.same:
            assert row.left is not None and row.right is not None
            assert left[row.left].kind is right[row.right].kind
    changed = [line for line in left if line.kind.changes]
    matched = {LineKind.ADDED, LineKind.REMOVED}
    assert len(side.explains) <= len(changed)
    assert all(left[at].kind in matched for at in side.explains)
