"""The same three patches through every carrier give the same series."""

import gzip
import io
import lzma
import os
import subprocess
import tarfile
from pathlib import Path

import pytest
from unfork.errors import InputError, UsageError
from unfork.model import Series
from unfork.series import emit_diff, read_series
from unfork.series.archive import read_debian_tar, read_diff_gz
from unfork.series.detect import detect
from unfork.series.load import load
from unfork.series.order import natural

PATCH = "--- a/%s\n+++ b/%s\n@@ -1 +1 @@\n-a\n+b\n"


def git(path: Path, *args: str) -> str:
    done = subprocess.run(["git", "-C", str(path), *args], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def fork(tmp_path: Path) -> Path:
    """A repository with a base, three commits, a merge and an empty commit on it."""
    path = tmp_path / "fork"
    path.mkdir()
    git(path, "init", "-q")
    (path / "f").write_text("1\n2\n3\n")
    git(path, "add", ".")
    git(path, "commit", "-qm", "Base")
    git(path, "tag", "base")
    git(path, "checkout", "-qb", "side")
    (path / "g").write_text("g\n")
    git(path, "add", ".")
    git(path, "commit", "-qm", "Add g\n\nChange-Id: I1")
    git(path, "checkout", "-q", "master")
    (path / "f").write_text("1\n2\n4\n")
    git(path, "commit", "-qam", "Change f")
    (path / "f").write_text("0\n2\n4\n")
    git(path, "commit", "-qam", "Change f again")
    git(path, "merge", "-q", "--no-ff", "-m", "Merge", "side")
    git(path, "commit", "-q", "--allow-empty", "-m", "Rebuild")
    return path


def folder(path: Path, *names: str, series: str | None = None) -> Path:
    for name in names:
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(PATCH % (file.stem, file.stem))
    if series is not None:
        (path / "series").write_text(series)
    return path


def names(series: Series) -> list[str]:
    return [patch.name for patch in series.patches]


def test_a_range(fork: Path) -> None:
    series = read_series(f"{fork}:base..master")
    assert series.carrier == "range"
    assert series.base == git(fork, "rev-parse", "base")
    assert series.base_repository == str(fork)
    assert sorted(patch.subject for patch in series.patches) == [
        "Add g",
        "Change f",
        "Change f again",
        "Rebuild",
    ]
    assert (
        names(series) == git(fork, "rev-list", "--reverse", "--topo-order", "--no-merges", "base..").split()
    )
    assert series.warnings == ("1 merge commit is left out of the range",)
    assert [patch.error for patch in series.patches] == [None] * 4
    by_subject = {patch.subject: patch for patch in series.patches}
    assert by_subject["Add g"].trailers == (("Change-Id", "I1"),)
    assert by_subject["Add g"].sha == by_subject["Add g"].name
    assert by_subject["Rebuild"].files == ()
    assert "changes nothing" in by_subject["Rebuild"].warnings[0]
    assert by_subject["Change f"].date == 1577836800


def test_a_range_whose_base_is_not_below_it(fork: Path) -> None:
    series = read_series(f"{fork}:side..master~2")
    assert series.base == git(fork, "rev-parse", "base")
    assert [patch.subject for patch in series.patches] == ["Change f", "Change f again"]
    assert "is no ancestor of" in series.warnings[0]


def test_the_carriers_agree(fork: Path, tmp_path: Path) -> None:
    """A range, its mailbox, its directory and that directory in a bare repository."""
    ranged = read_series(f"{fork}:base..master~2")
    mailbox = tmp_path / "all.mbox"
    mailbox.write_bytes(
        subprocess.run(
            ["git", "-C", str(fork), "format-patch", "--stdout", "--full-index", "base..master~2"],
            check=True,
            capture_output=True,
        ).stdout
    )
    git(
        fork,
        "format-patch",
        "-q",
        "-o",
        str(fork / "patches"),
        "--cover-letter",
        "--full-index",
        "base..master~2",
    )
    git(fork, "add", "patches")
    git(fork, "commit", "-qm", "Keep patches")
    bare = tmp_path / "x@y:z.git"
    git(tmp_path, "clone", "-q", "--bare", str(fork), str(bare))
    for spec, carrier in [
        (str(mailbox), "mailbox"),
        (str(fork / "patches"), "directory"),
        (f"{bare}@master:patches", "tree"),
        (f"{bare}@HEAD:/patches/", "tree"),
        (f"{fork}@:patches", "tree"),
    ]:
        series = read_series(spec)
        assert series.carrier == carrier
        assert [patch.id for patch in series.patches] == [patch.id for patch in ranged.patches]
        assert [patch.sha for patch in series.patches] == [patch.sha for patch in ranged.patches]
        assert [patch.subject for patch in series.patches] == [patch.subject for patch in ranged.patches]
        assert [patch.author for patch in series.patches] == [patch.author for patch in ranged.patches]
        assert [patch.date for patch in series.patches] == [patch.date for patch in ranged.patches]
        assert [emit_diff(patch) for patch in series.patches] == [
            emit_diff(patch) for patch in ranged.patches
        ]
        if carrier != "mailbox":
            assert series.warnings == ("not read as patches: 0000-cover-letter.patch",)
            assert names(series)[0].startswith("0001-")


def test_a_mailbox_names_mails_and_leaves_replies(tmp_path: Path) -> None:
    separator = "From %s Mon Sep 17 00:00:00 2001\n" % ("1" * 40)
    head = "From: a <a@b.c>\nSubject: %s\n\n"
    box = tmp_path / "box"
    box.write_text(
        separator + head % "[PATCH 0/2] Cover" + "Hello\n\n"
        + separator + head % "[PATCH 1/2] Fix it" + "From here on.\n---\n" + PATCH % ("f", "f") + "-- \n2\n\n"
        + separator + head % "Re: [PATCH 1/2] Fix it" + "Nice\n\n"
        + separator + head % "[PATCH 2/2] Fix it" + "---\n" + PATCH % ("g", "g")
    )  # fmt: skip
    series = read_series(str(box))
    assert names(series) == ["0002-Fix-it", "0004-Fix-it"]
    assert series.warnings == ("mails without a patch: Cover, Fix it",)
    assert series.patches[0].message == "From here on."


def test_natural_order() -> None:
    ordered = ["0002-b", "0010-a", "0059-x", "0059.07-x", "0059.10-x", "0060_y", "a2", "a10", "b"]
    shuffled = [*ordered[1::2], *ordered[::2]]
    assert sorted(shuffled, key=natural) == ordered
    assert natural("9" * 5000) > natural("1")


def test_a_directory_names_what_it_does_not_read(tmp_path: Path) -> None:
    folder(tmp_path, "0010-x.patch", "0002-x.patch", "no-suffix", "f.patch.orig", "README", "deep/x.patch")
    (tmp_path / "notes.txt").write_text("nothing\n")
    (tmp_path / ".gitignore").write_text("x\n")
    series = read_series(str(tmp_path))
    assert names(series) == ["0002-x.patch", "0010-x.patch", "no-suffix"]
    assert series.warnings == ("not read as patches: .gitignore, README, deep/, f.patch.orig, notes.txt",)


def test_quilt(tmp_path: Path) -> None:
    text = "# all\n\nb.patch -p1 # why\nsub/a.diff -p0\n./c.patch -R\nd.patch --strange\n"
    folder(tmp_path / "patches", "b.patch", "c.patch", "d.patch", "sub/a.diff", "left.patch", series=text)
    series = read_series(str(tmp_path))
    assert series.carrier == "quilt"
    assert names(series) == ["b.patch", "sub/a.diff", "c.patch", "d.patch"]
    assert [patch.strip for patch in series.patches] == [1, 0, 1, 1]
    assert series.patches[1].files[0].path == "b/a"
    where = tmp_path / "patches" / "series"
    assert series.patches[2].error == (
        f"{where}:5: the option -R is not supported, expected a patch that applies forward; reverse it"
    )
    assert series.patches[3].error == f"{where}:6: the option '--strange' is unknown, expected -pN; remove it"
    assert series.warnings == ("1 file in no series: left.patch",)
    assert read_series(str(where)).carrier == "quilt"


def test_a_debian_tree(tmp_path: Path) -> None:
    folder(tmp_path / "debian" / "patches", "a.patch", series="a.patch\n")
    for spec in (tmp_path, tmp_path / "debian", tmp_path / "debian" / "patches"):
        series = read_series(str(spec))
        assert (series.carrier, names(series)) == ("debian", ["a.patch"])
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "x")
    series = read_series(f"{tmp_path}@HEAD:")
    assert (series.carrier, names(series)) == ("tree", ["a.patch"])


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a.patch\nb.ptch\n", ":2: the series names 'b.ptch', but there is no such file (nearest: b.patch"),
        ("a.patch\n\na.patch\n", ":3: 'a.patch' is named twice, first in line 1, expected each patch once"),
        ("../x.patch\n", ":1: '../x.patch' is outside the folder of the series, expected a name inside"),
        ("/etc/passwd\n", ":1: '/etc/passwd' is outside the folder of the series"),
        ("# nothing\n", ": there is no patch in it, expected"),
    ],
)
def test_bad_series_files(tmp_path: Path, text: str, error: str) -> None:
    folder(tmp_path, "a.patch", "b.patch", series=text)
    where = tmp_path / "series" if error.startswith((":1", ":2", ":3")) else tmp_path
    with pytest.raises(InputError) as caught:
        read_series(str(tmp_path))
    assert str(caught.value).startswith(f"{where}{error}")
    assert caught.value.hint


def test_one_bad_patch_does_not_end_the_reading(tmp_path: Path) -> None:
    folder(tmp_path, "a.patch", "d.patch")
    (tmp_path / "b.patch").write_text("no patch\n")
    with (tmp_path / "c.patch").open("wb") as file:
        file.truncate(200 * 2**20)  # sparse: 200 MB
    (tmp_path / "e.patch").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "f.patch")
    errors = [patch.error for patch in read_series(str(tmp_path)).patches]
    assert errors[0] is None
    assert errors[1] is not None and errors[1].startswith("b.patch:1: is no patch, expected")
    assert errors[2] is not None and errors[2].startswith(
        "c.patch:1: has 200 MB, expected at most 64 MB; split"
    )
    assert errors[3] is None
    assert errors[4] is not None and errors[4].startswith("e.patch:1: is a link out of its folder")
    assert errors[5] is not None and errors[5].startswith("f.patch:1: is a device or a pipe")


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        ("{fork}x", "there is no such file or directory (nearest: {fork})"),
        ("{fork}:bas..master", "there is no revision 'bas' (nearest: base)"),
        ("{fork}:base..mastr", "there is no revision 'mastr' (nearest: master)"),
        ("{fork}:master..master", "has no commit but merges (the base comes first"),
        ("{fork}:base...master", "three dots"),
        ("{fork}:..master", "the range has no base"),
        ("{fork}@nope:x", "there is no revision 'nope'"),
        ("{fork}@master:ptches", "there is no directory 'ptches' in revision 'master' (nearest: patches)"),
        ("{fork}@master:f", "there is no directory 'f' in revision"),
        ("{fork}", "there is no patch in it"),
        ("{empty}", "the file is empty"),
        ("", "the series has no name"),
        ("apt:--help", "is no source package name"),
        ("apt:../x", "is no source package name"),
    ],
)
def test_specs_that_cannot_be_read(fork: Path, tmp_path: Path, spec: str, error: str) -> None:
    folder(fork / "patches", "x.patch")
    git(fork, "add", "patches")
    git(fork, "commit", "-qm", "x")
    empty = tmp_path / "empty"
    empty.touch()
    with pytest.raises(InputError) as caught:
        read_series(spec.format(fork=fork, empty=empty))
    assert error.format(fork=fork, empty=empty) in str(caught.value)


def test_forcing_a_carrier(fork: Path, tmp_path: Path) -> None:
    folder(tmp_path / "p", "b.patch", "a.patch", series="b.patch\na.patch\n")
    assert read_series(str(tmp_path / "p"), carrier="directory").carrier == "directory"
    assert detect("quilt", "apt").package == "quilt"
    with pytest.raises(UsageError, match="no carrier 'svn'"):
        read_series(str(fork), carrier="svn")
    with pytest.raises(InputError, match=r"expected REPO:BASE\.\.TIP"):
        read_series(str(fork), carrier="range")
    with pytest.raises(InputError, match="no series file"):
        read_series(str(fork), carrier="quilt")
    with pytest.raises(InputError, match="no file, expected a mailbox"):
        read_series(str(fork), carrier="mailbox")
    with pytest.raises(InputError, match="no such directory, expected one for the carrier 'debian'"):
        read_series(str(fork), carrier="debian")


def tar(path: Path, files: dict[str, bytes], links: dict[str, str]) -> Path:
    with tarfile.open(path, "w:xz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        for name, target in links.items():
            member = tarfile.TarInfo(name)
            member.type = tarfile.SYMTYPE
            member.linkname = target
            archive.addfile(member)
    return path


def test_a_debian_archive_is_read_in_place(tmp_path: Path) -> None:
    text = (PATCH % ("f", "f")).encode()
    archive = tar(
        tmp_path / "x.debian.tar.xz",
        {"debian/patches/series": b"a.patch\nb.patch\n", "./debian/patches/a.patch": text,
         "debian/rules": b"x", "../../evil": b"x"},
        {"debian/patches/b.patch": "a.patch", "debian/patches/c.patch": "../../../../etc/passwd"},
    )  # fmt: skip
    series = load(read_debian_tar(archive), "apt", "apt:x")
    assert [(patch.name, patch.error) for patch in series.patches] == [("a.patch", None), ("b.patch", None)]


def test_archives_that_are_no_archives(tmp_path: Path) -> None:
    bomb = tar(tmp_path / "bomb.debian.tar.xz", {"debian/patches/a": b"\0" * 3 * 2**20}, {})
    with pytest.raises(InputError, match="inflates to more than 1 MB"):
        read_debian_tar(bomb, limit=2**20)
    (tmp_path / "cut.debian.tar.xz").write_bytes(bomb.read_bytes()[:200])
    (tmp_path / "text.debian.tar.xz").write_bytes(lzma.compress(b"no tar\n" * 200))
    (tmp_path / "raw.debian.tar.gz").write_bytes(b"raw")
    (tmp_path / "x.debian.tar.zst").write_bytes(b"raw")
    for name in ("cut.debian.tar.xz", "text.debian.tar.xz", "raw.debian.tar.gz"):
        with pytest.raises(InputError, match="the archive is damaged"):
            read_debian_tar(tmp_path / name)
    with pytest.raises(InputError, match=r"ends in '\.zst', expected one of \.gz"):
        read_debian_tar(tmp_path / "x.debian.tar.zst")


def test_a_format_1_diff(tmp_path: Path) -> None:
    inner = PATCH % ("f", "f")
    lines = inner.splitlines()
    added = (
        f"--- x-1.orig/debian/patches/a.patch\n+++ x-1/debian/patches/a.patch\n@@ -0,0 +1,{len(lines)} @@\n"
    )
    added += "".join(f"+{line}\n" for line in lines)
    direct = "--- x-1.orig/src.c\n+++ x-1/src.c\n@@ -1 +1 @@\n-a\n+b\n"
    path = tmp_path / "x.diff.gz"
    path.write_bytes(gzip.compress((added + direct).encode()))
    inside, outside = read_diff_gz(path)
    assert inside.read(["a.patch"], 1000) == [inner.encode()]
    assert outside is not None
    assert [change.path for change in outside.files] == ["src.c"]
