from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.token import Token
from report_samples import HOSTILE, hostile_scan, sample_scan
from unfork.reports._safe import printable
from unfork.reports.markdown import escape, render_markdown


def parsed(text: str) -> list[Token]:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)


def test_looks_as_expected(same_as_expected: Callable[[str, str], None]) -> None:
    same_as_expected("scan.md", render_markdown(sample_scan()))


def test_every_row_has_every_cell() -> None:
    scan = hostile_scan()
    rows = [line for line in render_markdown(scan).splitlines() if line.startswith("|")]
    tokens = parsed(render_markdown(scan))
    cells = sum(token.type == "td_open" for token in tokens)
    assert len(rows) == 6  # two tables, each with head, rule and a row
    assert cells == 3 + 7


def test_a_hostile_subject_stays_text() -> None:
    allowed = {"<br>", "<code>", "</code>", "<!-- -->"}
    children = [
        child
        for token in parsed(render_markdown(hostile_scan()))
        if token.children
        for child in token.children
    ]
    assert not [child for child in children if child.type in ("link_open", "image", "s_open")]
    html = {child.content for child in children if child.type == "html_inline"}
    assert html <= allowed
    assert not [token for token in parsed(render_markdown(hostile_scan())) if token.type == "html_block"]


def test_escaped_text_reads_as_it_was() -> None:
    (token,) = [token for token in parsed(f"x {escape(HOSTILE)}") if token.type == "inline"]
    assert token.children is not None
    text = "".join(child.content for child in token.children if child.type in ("text", "text_special"))
    assert text == f"x {printable(HOSTILE)}"


def test_nobody_is_mentioned_and_no_issue_is_linked() -> None:
    assert escape("@root #12") == "@<!-- -->root #<!-- -->12"
    assert escape("a | b") == "a \\| b"
