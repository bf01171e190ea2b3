import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from report_samples import HOSTILE, big_scan, hostile_scan, sample_scan
from test_report_show import hostile_detail, sample_detail
from unfork.reports._safe import printable
from unfork.reports.html import render_detail_html, render_html

VOID = {"meta", "br", "input", "col", "link", "img", "hr"}
LOADS = {"src", "href", "srcset", "data", "poster", "action", "formaction", "background", "xlink:href"}


class Page(HTMLParser):
    """Tags, attributes and text of a page; fails on tags that do not nest."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.raw: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(data.decode("utf-8"))
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._open and self._open[-1] in ("style", "script"):
            self.raw[self._open[-1]] = self.raw.get(self._open[-1], "") + data

    @property
    def policy(self) -> str:
        (policy,) = (attrs["content"] for tag, attrs in self.tags if attrs.get("http-equiv"))
        return policy or ""


PAGES = {
    "scan": lambda: render_html(sample_scan()),
    "hostile scan": lambda: render_html(hostile_scan()),
    "patch": lambda: render_detail_html(sample_detail()),
    "hostile patch": lambda: render_detail_html(hostile_detail()),
}


@pytest.mark.parametrize("name", PAGES)
def test_loads_nothing(name: str) -> None:
    page = Page(PAGES[name]())
    for tag, attrs in page.tags:
        assert not LOADS & set(attrs), (tag, attrs)
        assert not [key for key in attrs if key.startswith("on") or key == "style"], (tag, attrs)
    assert not re.search(r"@import|url\(", page.raw["style"])
    assert [tag for tag, _ in page.tags].count("script") == (1 if "scan" in name else 0)


@pytest.mark.parametrize("name", PAGES)
def test_policy_allows_only_what_is_in_the_page(name: str) -> None:
    page = Page(PAGES[name]())
    assert page.policy.startswith("default-src 'none'")
    assert "unsafe" not in page.policy
    for kind, text in page.raw.items():
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in page.policy


@pytest.mark.parametrize("name", ["hostile scan", "hostile patch"])
def test_hostile_text_is_text(name: str) -> None:
    page = Page(PAGES[name]())
    assert not {"img"} & {tag for tag, _ in page.tags}
    assert printable(HOSTILE) in page.texts
    shown = "".join(page.texts).replace("\n", "")
    assert shown.isprintable()


def test_every_patch_has_a_row_with_its_evidence() -> None:
    scan = big_scan(60)
    page = Page(render_html(scan))
    rows = [attrs for tag, attrs in page.tags if tag == "tbody" and "data-advice" in attrs]
    assert [row["data-advice"] for row in rows] == [str(verdict.advice) for verdict in scan.patches]
    text = set(page.texts)
    for verdict in scan.patches:
        assert verdict.name in text
        for commit in verdict.commits:
            assert commit.sha[:10] in text
            assert commit.subject in text
    assert sum(tag == "details" and "class" not in attrs for tag, attrs in page.tags) == 60


def test_tables_have_headers_and_controls_have_labels() -> None:
    page = Page(render_html(sample_scan()))
    heads = [attrs for tag, attrs in page.tags if tag == "th"]
    assert heads
    assert all(attrs.get("scope") in ("col", "row") for attrs in heads)
    opened = [tag for tag, _ in page.tags]
    controls = sum(opened.count(tag) for tag in ("select", "input"))
    assert opened.count("label") == controls == 4


def test_an_empty_series_is_a_page_too() -> None:
    from dataclasses import replace

    page = Page(render_html(replace(sample_scan(), patches=(), warnings=())))
    assert "The series is empty: nothing is carried." in page.texts
