"""A release archive or a directory becomes one tree; whatever form it has."""

import os
import subprocess
import tarfile
from pathlib import Path

import pytest
from packed import member, members, tar, zipped
from unfork.errors import UsageError
from unfork.progress import Silent
from unfork.snapshots import Snapshot, open_snapshot
from unfork.upstream_spec import Kind, need_history, snapshot_spec

FILES = {"PKG-INFO": "Name: demo\nVersion: 1.2\n", "demo/a.py": "a = 1\n", "demo/b.py": b"\xff\0\n"}


def read(path: Path, cache: Path) -> Snapshot:
    spec = snapshot_spec(str(path))
    assert spec is not None
    return open_snapshot(spec, cache, Silent())


@pytest.mark.parametrize("ending", ["tar", "tar.gz", "tar.bz2", "tar.xz", "tgz"])
def test_every_tar_gives_the_same_tree(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"demo-1.2.{ending}"
    if ending == "tgz":
        tar(tmp_path / "x.gz", FILES, top="demo-1.2").rename(path)
    else:
        tar(path, FILES, top="demo-1.2")
    found = read(path, tmp_path / "cache")
    assert set(found.tree) == set(FILES)
    assert found.read("demo/b.py") == b"\xff\0\n"
    assert (found.version, found.kind, found.warnings) == ("1.2", Kind.ARCHIVE, ())


def test_zip_and_wheel(tmp_path: Path) -> None:
    found = read(zipped(tmp_path / "demo-1.2.zip", FILES, top="demo-1.2"), tmp_path / "cache")
    assert set(found.tree) == set(FILES)
    wheel = {"demo/a.py": "a = 1\n", "demo-1.3.dist-info/METADATA": "Name: demo\nVersion: 1.3\n\nText\n"}
    found = read(zipped(tmp_path / "demo-1.3-py3-none-any.whl", wheel), tmp_path / "cache")
    assert set(found.tree) == set(wheel)
    assert found.version == "1.3"


def test_a_directory_is_read_again_when_it_changes(tmp_path: Path) -> None:
    folder = tmp_path / "src"
    (folder / "demo").mkdir(parents=True)
    (folder / "demo" / "a.py").write_text("a = 1\n")
    (folder / "demo" / "run").write_text("#!/bin/sh\n")
    (folder / "demo" / "run").chmod(0o755)
    (folder / "out").symlink_to("/etc/passwd")
    (folder / ".hg").mkdir()
    (folder / ".hg" / "store").write_text("x")
    os.mkfifo(folder / "pipe")
    found = read(folder, tmp_path / "cache")
    assert set(found.tree) == {"demo/a.py", "demo/run", "out"}
    assert found.tree["demo/run"].mode == "100755"
    assert (found.tree["out"].mode, found.read("out")) == ("120000", b"/etc/passwd")
    assert found.version is None
    (folder / "demo" / "a.py").write_text("a = 22\n")
    assert read(folder, tmp_path / "cache").read("demo/a.py") == b"a = 22\n"


def test_links_of_an_archive(tmp_path: Path) -> None:
    path = members(
        tmp_path / "d.tar.gz",
        (member("d/a.py"), b"a\n"),
        (member("d/hard.py", tarfile.LNKTYPE, "d/a.py"), b""),
        (member("d/soft.py", tarfile.SYMTYPE, "a.py"), b""),
    )
    found = read(path, tmp_path / "cache")
    assert found.read("hard.py") == b"a\n"
    assert (found.tree["soft.py"].mode, found.read("soft.py")) == ("120000", b"a.py")


def test_what_is_left_out_is_named(tmp_path: Path) -> None:
    path = tar(tmp_path / "d.tar.gz", {"a.py": "a\n", ".GIT/config": "[core]\n"}, top="d")
    found = read(path, tmp_path / "cache")
    assert set(found.tree) == {"a.py"}
    assert found.warnings == (
        "left out of the snapshot: 'd/.GIT/config: belongs to a version control system'",
    )


def test_the_second_reading_comes_from_the_cache(tmp_path: Path) -> None:
    path = tar(tmp_path / "d.tar.gz", {"a.py": "a\n"}, top="d")
    first = read(path, tmp_path / "cache")
    stamp = first.repository.path.stat().st_mtime_ns
    second = read(path, tmp_path / "cache")
    assert (second.commit, second.repository.path) == (first.commit, first.repository.path)
    assert second.repository.path.stat().st_mtime_ns == stamp


def test_the_same_content_has_the_same_commit(tmp_path: Path) -> None:
    one = read(tar(tmp_path / "d.tar.gz", {"a.py": "a\n"}, top="d"), tmp_path / "one")
    other = read(zipped(tmp_path / "d.zip", {"a.py": "a\n"}, top="d"), tmp_path / "other")
    assert one.commit == other.commit


def test_what_is_a_snapshot(tmp_path: Path) -> None:
    repository = tmp_path / "repo"
    subprocess.run(["git", "init", "-q", str(repository)], check=True)
    unpacked = repository / "build" / "demo-1.2"
    unpacked.mkdir(parents=True)
    (unpacked / "a.py").write_text("a\n")
    kept = repository / "kept"
    kept.mkdir()
    (kept / "b.py").write_text("b\n")
    subprocess.run(["git", "-C", str(repository), "add", "kept"], check=True)
    assert snapshot_spec(str(repository)) is None
    assert snapshot_spec(str(kept)) is None  # a folder of a repository still means that repository
    for text, kind in (
        (str(unpacked), Kind.DIRECTORY),
        ("pypi:demo", Kind.PYPI),
        ("apt:demo=1.2-3", Kind.APT),
    ):
        spec = snapshot_spec(text)
        assert spec is not None and spec.kind is kind
    assert snapshot_spec("https://example.org/demo.git") is None
    assert snapshot_spec(str(tmp_path / "nowhere.tar.gz")) is None
    with pytest.raises(UsageError, match=r"pypi:demo is a snapshot without history, and an index needs"):
        need_history("pypi:demo", "an index")
