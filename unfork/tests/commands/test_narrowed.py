"""A scan that looks only at some paths says so, and keeps its answers apart from others."""

from dataclasses import replace
from pathlib import Path

import pytest
from making import Made
from unfork.commands.index import IndexRequest, build_index, index_status
from unfork.commands.scan import ScanRequest, run_scan
from unfork.errors import InputError
from unfork.model import Relation

TEXT = "".join(f"line {number} of it\n" for number in range(12))


@pytest.fixture
def request_of(tmp_path: Path) -> ScanRequest:
    """An upstream with two fixes in two folders, and a series that has both and one of both."""
    made = Made(tmp_path / "up.git")
    with made.writing() as writer:
        base = writer.commit("Base", {"src/f": TEXT, "doc/g": TEXT})
        source = TEXT.replace("line 3 of it", "the third line, repaired")
        page = TEXT.replace("line 7 of it", "a better seventh line")
        writer.commit("Repair the source", {"src/f": source})
        writer.commit("Better page", {"doc/g": page})
        writer.commit("Fix source", {"src/f": source}, branch="fork", parents=(base,))
        writer.commit("Fix page", {"doc/g": page}, branch="fork")
        more = "an end of its own\n"
        writer.commit("Both", {"src/f": source + more, "doc/g": page + more}, branch="fork")
    return ScanRequest(
        series=f"{made.path}:{base}..fork",
        upstream=str(made.path),
        base=base,
        target="master",
        cache_dir=tmp_path / "cache",
    )


def test_what_is_outside_is_not_found_and_named(request_of: ScanRequest) -> None:
    whole = run_scan(request_of)
    narrow = run_scan(replace(request_of, paths=("src",)))
    again = run_scan(request_of)
    assert [patch.relation for patch in whole.patches[:2]] == [Relation.IDENTICAL] * 2
    assert [patch.relation for patch in narrow.patches[:2]] == [Relation.IDENTICAL, Relation.NONE]
    assert again == whole
    assert (whole.commits_searched, narrow.commits_searched) == (2, 1)
    assert [patch.warnings for patch in narrow.patches] == [
        (),
        ("outside of what was searched (--path): doc/g",),
        ("outside of what was searched (--path): doc/g",),
    ]
    assert narrow.warnings[-1] == (
        "upstream was searched only in src (--path); 2 of the patches change other files as well, "
        "and are marked"
    )
    assert not any("--path" in text for text in whole.warnings)


def test_paths_that_nothing_changes(request_of: ScanRequest) -> None:
    with pytest.raises(InputError, match="there is no commit to search") as caught:
        run_scan(replace(request_of, paths=("nowhere",)))
    assert "another --path" in str(caught.value.hint)


def test_an_index_of_some_paths_is_one_of_its_own(request_of: ScanRequest) -> None:
    whole = IndexRequest(upstream=request_of.upstream, cache_dir=request_of.cache_dir)
    narrow = replace(whole, paths=("src",))
    built = build_index(narrow)
    assert (built.commits, built.current) == (2, True)
    assert not index_status(whole).present
    assert build_index(whole).commits == 3
    assert index_status(narrow).lines < index_status(whole).lines
    assert index_status(narrow).path != index_status(whole).path
