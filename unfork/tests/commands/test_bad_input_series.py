"""Bad series, given to the command line as people would: one line, exit 3, nothing half written."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from making import Made, leftovers, one_line, unfork

GOOD = "--- a/%s\n+++ b/%s\n@@ -1 +1 @@\n-%s says this\n+%s says that\n"


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five commits, the first tagged 1.0 and the last 2.0."""
    made = Made(tmp_path_factory.mktemp("upstream") / "up.git")
    shas = made.line("one", "two", "three", "four", "five")
    made.git("tag", "1.0", shas[0])
    made.git("tag", "2.0", shas[-1])
    return made.path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two good patches, a.patch and b.patch."""
    folder = tmp_path / "patches"
    folder.mkdir()
    for name, file in (("a.patch", "one.txt"), ("b.patch", "two.txt")):
        (folder / name).write_text(GOOD % (file, file, file[:3], file[:3]))
    return folder


def scan(series: str | Path, upstream: Path, *more: str | Path) -> tuple[int, str, str]:
    return unfork(
        "scan", "--series", series, "--upstream", upstream, "--base", "1.0", "--target", "2.0", *more
    )


def refused(series: str | Path, upstream: Path, place: Path, *more: str | Path) -> str:
    """Scan what must be refused, with all outputs asked for; the one line that says why."""
    outputs = {kind: place / f"out.{kind}" for kind in ("json", "html", "markdown")}
    outputs["json"].write_text("old")
    options = [word for kind, path in outputs.items() for word in (f"--{kind}", str(path))]
    code, out, err = scan(series, upstream, *options, *more)
    assert (code, out) == (3, ""), err
    assert outputs["json"].read_text() == "old"
    assert not outputs["html"].exists()
    assert not outputs["markdown"].exists()
    assert leftovers(place) == []
    return one_line(err)


@pytest.mark.parametrize(
    ("series", "line"),
    [
        (
            "a.patch\nb.ptch\n",
            "{series}:2: the series names 'b.ptch', but there is no such file (nearest: b.patch, a.patch)",
        ),
        (
            "a.patch\nb.patch\na.patch\n",
            "{series}:3: 'a.patch' is named twice, first in line 1, expected each patch once",
        ),
        (
            "../b.patch\n",
            "{series}:1: '../b.patch' is outside the folder of the series, expected a name inside",
        ),
        (
            "/etc/passwd\n",
            "{series}:1: '/etc/passwd' is outside the folder of the series, expected a name inside",
        ),
        ("# nothing\n\n", "{folder}: there is no patch in it, expected"),
    ],
)
def test_a_series_file(folder: Path, upstream: Path, tmp_path: Path, series: str, line: str) -> None:
    (folder / "series").write_text(series)
    told = refused(folder, upstream, tmp_path)
    assert told.startswith(line.format(series=folder / "series", folder=folder))
    assert told.endswith(")")  # what to do


def test_two_patches_of_one_name(folder: Path, upstream: Path, tmp_path: Path) -> None:
    """Spelled in two ways, and also beside a good patch."""
    (folder / "series").write_text("a.patch\n./a.patch -p1\n")
    told = refused(folder, upstream, tmp_path)
    assert "series:2: 'a.patch' is named twice, first in line 1" in told


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("{tmp}/patchse", "(nearest: {tmp}/patches)"),
        ("{tmp}/empty", "there is no patch in it"),
        ("{up}:1.1..2.0", "there is no revision '1.1' (nearest: 1.0"),
        ("{up}@HEAD:patches", "there is no directory 'patches' in revision 'HEAD'"),
        ("{up}@nope:patches", "there is no revision 'nope'"),
        ("{up}:2.0..2.0", "the range 2.0..2.0 has no commit but merges (the base comes first"),
        ("{tmp}/patches:1.0..2.0", "not a git repository"),
    ],
)
def test_a_series_that_is_not_there(
    folder: Path, upstream: Path, tmp_path: Path, spec: str, words: str
) -> None:
    (tmp_path / "empty").mkdir()
    assert words.format(tmp=tmp_path) in refused(spec.format(tmp=tmp_path, up=upstream), upstream, tmp_path)


def test_a_forced_carrier_that_does_not_fit(folder: Path, upstream: Path, tmp_path: Path) -> None:
    told = refused(folder, upstream, tmp_path, "--carrier", "quilt")
    assert told.startswith(f"{folder}: there is no series file, expected one for the carrier 'quilt' (")


def test_a_range_in_a_shallow_fork(upstream: Path, tmp_path: Path) -> None:
    fork = tmp_path / "fork"
    subprocess.run(["git", "clone", "-q", "--depth=2", f"file://{upstream}", str(fork)], check=True)
    base = subprocess.run(
        ["git", "-C", str(upstream), "rev-parse", "1.0"], capture_output=True, text=True, check=True
    ).stdout.strip()
    told = refused(f"{fork}:{base}..HEAD", upstream, tmp_path)
    assert "fetch --unshallow" in told


BAD = {
    "no patch": ("Dear all, no patch today.\n", ":1: is no patch, expected a unified diff"),
    "empty": ("", ":1: is empty, expected a patch"),
    "binary": ("\x89PNG\r\n\x1a\n\0\0", ":1: is no patch, expected a unified diff"),
    "truncated": ("--- a/f\n+++ b/f\n@@ -1,5 +1,5 @@\n a\n", ":1: the file ends before its first"),
    "context": (
        "*** a/f\n--- b/f\n***************\n*** 1,2 ****\n! a\n--- 1,2 ----\n! b\n",
        ":3: a context diff, expected a unified diff",
    ),
    "combined": (
        "diff --cc f\nindex 1,2..3\n--- a/f\n+++ b/f\n@@@ -1,1 -1,1 +1,1 @@@\n++a\n",
        ":1: a combined diff of a merge, expected a diff against one parent",
    ),
    "above": (GOOD % ("../f", "../f", "x", "x"), ":1: the path '../f' leaves the tree, expected one"),
    "absolute": (GOOD % ("C:\\f", "C:\\f", "x", "x"), ":1: the path 'C:\\\\f' is absolute"),
    "dot git": (GOOD % (".git/config", ".git/config", "x", "x"), ":1: the path '.git/config' is inside .git"),
}  # fmt: skip


def test_bad_patches_among_good_ones(folder: Path, upstream: Path, tmp_path: Path) -> None:
    """All of them in one series: each is told with its error, and the good ones are answered."""
    for name, (text, _) in BAD.items():
        (folder / f"aa {name}.patch").write_text(text, encoding="latin-1")
    # 200 MB, of which the disk holds nothing.
    with (folder / "aa large.patch").open("wb") as file:
        file.write(b"--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+")
        file.truncate(200 << 20)
    out = tmp_path / "scan.json"
    code, table, err = scan(folder, upstream, "--json", out, "--html", tmp_path / "scan.html")
    assert (code, err) == (0, "")
    document: dict[str, Any] = json.loads(out.read_bytes())
    rows = {row["name"]: row for row in document["patches"]}
    assert len(rows) == len(BAD) + 3
    for name, (_, error) in BAD.items():
        row = rows[f"aa {name}.patch"]
        assert row["error"].startswith(f"aa {name}.patch{error}"), row["error"]
        assert "; " in row["error"]  # what to do
        assert (row["relation"], row["state"], row["advice"]) == ("unknown", "unknown", "decide")
        assert row["commits"] == []
    large = rows["aa large.patch"]
    assert large["error"].startswith("aa large.patch:1: has 200 MB, expected at most 64 MB; split it")
    assert large["relation"] == "unknown"
    for name in ("a.patch", "b.patch"):
        assert (rows[name]["error"], rows[name]["relation"], rows[name]["state"]) == (None, "none", "clean")
    bad = sorted(name for name in rows if name.startswith("aa"))
    assert sorted(document["summary"]["unreadable"]) == bad
    assert all(name in table for name in bad)  # the table names them too
    page = (tmp_path / "scan.html").read_text()
    assert all(name in page for name in bad)


def test_a_series_of_bad_patches_alone(folder: Path, upstream: Path, tmp_path: Path) -> None:
    for name in ("a.patch", "b.patch"):
        (folder / name).write_text("nothing\n")
    code, _, err = scan(folder, upstream, "--json", tmp_path / "o.json")
    assert (code, err) == (0, "")
    rows = json.loads((tmp_path / "o.json").read_bytes())["patches"]
    assert [row["relation"] for row in rows] == ["unknown", "unknown"]


def test_wrong_counts_are_a_warning_and_the_patch_is_judged(
    folder: Path, upstream: Path, tmp_path: Path
) -> None:
    good = (folder / "b.patch").read_text()
    (folder / "b.patch").write_text(good.replace("@@ -1 +1 @@", "@@ -1,7 +1,9 @@") + "-- \n2.39.5\n\n")
    code, _, err = scan(folder, upstream, "--json", tmp_path / "o.json")
    assert (code, err) == (0, "")
    row = json.loads((tmp_path / "o.json").read_bytes())["patches"][1]
    assert (row["name"], row["error"], row["state"]) == ("b.patch", None, "clean")
    assert row["warnings"][0].startswith("b.patch:3: ")
    assert "announces 7 old and 9 new lines" in row["warnings"][0]


def test_an_unreadable_patch_file(folder: Path, upstream: Path, tmp_path: Path) -> None:
    """A link out of the folder, a broken link, a folder and a pipe with a patch's name."""
    (tmp_path / "secret").write_text(GOOD % ("x", "x", "x", "x"))
    (folder / "c.patch").symlink_to(tmp_path / "secret")
    (folder / "d.patch").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "e.patch")
    (folder / "f.patch").mkdir()
    code, _, err = scan(folder, upstream, "--json", tmp_path / "o.json")
    assert (code, err) == (0, "")
    document = json.loads((tmp_path / "o.json").read_bytes())
    rows = {row["name"]: row for row in document["patches"]}
    assert [name for name, row in rows.items() if row["error"]] == ["c.patch", "d.patch", "e.patch"]
    assert rows["a.patch"]["state"] == "clean"
    assert any("f.patch/" in warning for warning in document["warnings"])


def test_an_output_that_cannot_be_written(folder: Path, upstream: Path, tmp_path: Path) -> None:
    code, out, err = scan(folder, upstream, "--json", tmp_path / "no" / "such.json")
    assert (code, out) == (3, "")
    assert one_line(err).startswith(f"{tmp_path}/no/such.json: cannot write: ")


def test_a_cache_that_is_a_file(folder: Path, upstream: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("mine")
    told = refused(folder, upstream, tmp_path, "--cache-dir", tmp_path / "cache")
    assert "the cache cannot be made: Not a directory" in told
    assert (tmp_path / "cache").read_text() == "mine"
