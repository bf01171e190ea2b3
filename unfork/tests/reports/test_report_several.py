"""Reports of a scan of several repositories name them; those of one repository never do."""

import json
import re
from dataclasses import replace

import pytest
from report_samples import HOSTILE, sample_scan
from unfork.model import Patch, Scan, Searched, Suggestion
from unfork.model.detail import PatchDetail
from unfork.reports._terminal import width_of
from unfork.reports._words import labels_of
from unfork.reports.align import detail
from unfork.reports.html import render_detail_html, render_html
from unfork.reports.json import render_json
from unfork.reports.markdown import render_markdown
from unfork.reports.show import render_detail
from unfork.reports.text import render_text

PLACE = "../github/place.git"


@pytest.fixture
def scan() -> Scan:
    """The sample, whose first claim and suggestion are of a second repository."""
    scan = replace(sample_scan(), upstream="upstream", also=(Searched(PLACE, "a" * 40, 123),))
    first = next(verdict for verdict in scan.patches if verdict.commits)
    moved = replace(
        first,
        commits=(replace(first.commits[0], repo=PLACE), *first.commits[1:]),
        suggestions=(Suggestion("Does it?", "because", "3.0", repo=PLACE, chance=0.3, promising=True),),
    )
    return replace(scan, patches=tuple(moved if each is first else each for each in scan.patches))


def moved(scan: Scan) -> str:
    """The start of the hash of the commit that is of the second repository."""
    return next(commit.sha for each in scan.patches for commit in each.commits if commit.repo == PLACE)[:10]


def sides(scan: Scan) -> PatchDetail:
    verdict = next(each for each in scan.patches for commit in each.commits if commit.repo == PLACE)
    shown = detail(verdict, Patch("a", "b", "c"), [(verdict.commits[0], (), True)])
    return replace(shown, upstreams=("upstream", PLACE))


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["nova"], {}),
        (["../nova", "../placement"], {"../placement": "placement"}),
        (["https://host/nova.git", "https://host/place.git/"], {"https://host/place.git/": "place"}),
        (["/m/nova/repo", "/m/place/repo"], {"/m/place/repo": "place"}),
        (["/a/nova", "/b/nova", "/c/x"], {"/b/nova": "b/nova", "/c/x": "c/x"}),
        (["x", "/m/x"], {"/m/x": "m/x"}),
        (["x", "x.git"], {"x.git": "x.git"}),  # nothing tells them apart but the whole name
    ],
)
def test_short_names(names: list[str], labels: dict[str, str]) -> None:
    assert labels_of(names) == labels


def test_text_and_markdown_name_it(scan: Scan) -> None:
    label = f"place:{moved(scan)}"
    for text in (render_text(scan, width=200), render_text(scan), render_markdown(scan)):
        assert text.count(label) == 1
        assert text.count("place:") == 1  # and no commit of the upstream
        assert ", 123 of them of place" in text
    assert "(place 3.0)" in render_markdown(scan)
    piped = [line for line in render_text(scan).splitlines() if not line.startswith("#")]
    assert next(line for line in piped if label in line).split()[2].startswith(label)


def test_pages_name_it(scan: Scan) -> None:
    page = render_html(scan).decode()
    # In the row and in the evidence below it.
    assert len(re.findall(f">place:{moved(scan)}(?:\\+\\d+)?</code>", page)) == 2
    assert "(place 3.0)" in page
    assert "123 of them of place" in page
    assert f">place:{moved(scan)}</code>" in render_detail_html(sides(scan)).decode()
    assert f"place:{moved(scan)}" in render_detail(sides(scan))
    assert "(place 3.0)" in render_detail(sides(scan))


def test_json_has_the_repositories(scan: Scan) -> None:
    read = json.loads(render_json(scan))
    assert read["also"] == [{"upstream": PLACE, "target": "a" * 40, "commits": 123}]
    repos = {commit["repo"] for patch in read["patches"] for commit in patch["commits"]}
    assert repos == {"upstream", PLACE}
    assert PLACE in {each["repo"] for patch in read["patches"] for each in patch["suggestions"]}


def test_of_one_repository_no_name_is_shown(scan: Scan) -> None:
    alone = replace(sample_scan(), upstream=PLACE)
    for text in (render_text(alone, width=200), render_text(alone)):
        assert "place:" not in text
        assert "of them" not in text
    assert json.loads(render_json(alone))["also"] == []


def test_a_hostile_name_cannot_act(scan: Scan) -> None:
    name = HOSTILE.replace("/", "")
    verdict = next(each for each in scan.patches if each.commits)
    named = replace(verdict, commits=(replace(verdict.commits[0], repo=name),))
    hostile = replace(scan, patches=(named,), also=(Searched(name, "a" * 40, 1),))
    assert max(map(width_of, render_text(hostile, width=100, quiet=True).splitlines())) <= 100
    for text in (render_text(hostile, width=200), render_text(hostile), render_markdown(hostile)):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)
    assert "<script>alert" not in render_html(hostile).decode()
    assert "<script>alert" not in render_markdown(hostile)
