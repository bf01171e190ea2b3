"""Archives made to harm, damaged ones, and processes that are killed: nothing is left, nothing escapes."""

import gzip
import io
import os
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import pytest
from packed import member, members, tar, zipped
from unfork.errors import InputError
from unfork.progress import Silent
from unfork.snapshots import members as limits
from unfork.snapshots import open_snapshot
from unfork.upstream_spec import snapshot_spec


def refused(path: Path, cache: Path) -> str:
    """The one line such an archive ends with; nothing of it is in the cache."""
    spec = snapshot_spec(str(path))
    assert spec is not None
    with pytest.raises(InputError) as caught:
        open_snapshot(spec, cache, Silent())
    said = str(caught.value)
    assert "\n" not in said
    assert path.name in said
    left = [found for found in (cache / "snapshots").rglob("*") if not found.name.endswith(".lock")]
    assert left == []
    return said


@pytest.mark.parametrize(
    ("info", "data", "said"),
    [
        (member("../out.py"), b"x", "the path '../out.py' leads out"),
        (member("d/../../out.py"), b"x", "leads out of the archive"),
        (member("/tmp/out.py"), b"x", "the path '/tmp/out.py' leads out"),  # noqa: S108
        (member("d/link", tarfile.SYMTYPE, "/etc/passwd"), b"", "leads out of the archive, to '/etc/passwd'"),
        (member("d/link", tarfile.SYMTYPE, "../../x"), b"", "the link 'd/link' leads out"),
        (member("d/hard", tarfile.LNKTYPE, "../x"), b"", "the path '../x' leads out"),
        (member("d/hard", tarfile.LNKTYPE, "d/later"), b"", "which is not before it"),
        (member("d/dev", tarfile.CHRTYPE), b"", "is a device or a pipe"),
        (member("d/fifo", tarfile.FIFOTYPE), b"", "is a device or a pipe"),
    ],
)
def test_members_that_have_no_place_in_a_tree(
    tmp_path: Path, info: tarfile.TarInfo, data: bytes, said: str
) -> None:
    path = members(tmp_path / "evil.tar.gz", (member("d/good.py"), b"good\n"), (info, data))
    assert said in refused(path, tmp_path / "cache")


def test_a_link_that_is_used_as_a_folder_writes_nothing(tmp_path: Path) -> None:
    """The classic: a link first, then a file below it."""
    path = members(
        tmp_path / "evil.tar.gz",
        (member("d/here", tarfile.SYMTYPE, "."), b""),
        (member("d/here/x.py"), b"x\n"),
    )
    spec = snapshot_spec(str(path))
    assert spec is not None
    found = open_snapshot(spec, tmp_path / "cache", Silent())
    assert set(found.tree) == {"here/x.py"}
    assert not list(tmp_path.rglob("x.py"))


def test_zip_members(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert "leads out" in refused(zipped(tmp_path / "a.zip", {"../x.py": "x"}), cache)
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("d/a.py", "a")
        archive.writestr(link, "/etc/passwd")
    assert "to '/etc/passwd'" in refused(tmp_path / "b.zip", cache)


def test_bombs(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    zeros = b"\0" * (100 * 2**20)
    assert "inflates to more than 64 MB" in refused(tar(tmp_path / "a.tar.gz", {"d/0": zeros}), cache)
    assert "inflates to more than 64 MB" in refused(zipped(tmp_path / "a.zip", {"d/0": zeros}), cache)


def test_a_bomb_in_the_padding(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(member("d/a.py"))
    path.write_bytes(gzip.compress(packed.getvalue() + b"\0" * (100 * 2**20)))
    assert "inflates to more than 64 MB" in refused(path, tmp_path / "cache")


def test_heads_and_links_that_are_too_large_for_memory(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    head = member("d/x", tarfile.XHDTYPE)
    path = members(tmp_path / "pax.tar.gz", (member("d/a.py"), b"a"), (head, b"0" * (2 << 20)))
    assert "a head of 2,097,152 bytes" in refused(path, cache)
    link = zipfile.ZipInfo("d/link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "x" * 5000)
    assert "is a link of 5,000 bytes" in refused(tmp_path / "link.zip", cache)


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_FILES", 5)
    path = tar(tmp_path / "a.tar.gz", {f"d/{number}": "x" for number in range(6)})
    assert "more than 5 files" in refused(path, tmp_path / "cache")


def test_damaged_archives(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    whole = tar(tmp_path / "whole.tar.gz", {"d/a.py": os.urandom(5000), "d/b.py": os.urandom(5000)})
    data = whole.read_bytes()
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(data[: len(data) // 2])
    assert "damaged" in refused(cut, cache) or "cannot be read" in refused(cut, cache)
    plain = gzip.decompress(data)
    middle = tmp_path / "middle.tar"
    middle.write_bytes(plain[:5632] + b"\xaa" * 512 + plain[6144:])  # the head of the second file
    assert "damaged" in refused(middle, cache)
    nothing = tmp_path / "nothing.tar.xz"
    nothing.write_bytes(b"no archive")
    refused(nothing, cache)
    bad = tmp_path / "bad.zip"
    bad.write_bytes(b"PK\3\4 no archive")
    assert "cannot be read" in refused(bad, cache)


_OPENING = """
import sys, time
from pathlib import Path
from unfork.progress import Silent
from unfork.snapshots import open_snapshot, store
from unfork.upstream_spec import snapshot_spec
real = store._files
def slow(parts, outlines):
    for number, each in enumerate(real(parts, outlines)):
        yield each
        if number == 50:
            print("half", flush=True)
            time.sleep(60)
store._files = slow
open_snapshot(snapshot_spec(sys.argv[1]), Path(sys.argv[2]), Silent())
"""


def test_killed_in_the_middle(tmp_path: Path) -> None:
    path = tar(tmp_path / "d.tar.gz", {f"d/{number}.py": f"{number}\n" for number in range(100)})
    cache = tmp_path / "cache"
    process = subprocess.Popen(
        [sys.executable, "-c", _OPENING, str(path), str(cache)], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"half\n"
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    assert list((cache / "snapshots").glob("unfinished-*"))
    spec = snapshot_spec(str(path))
    assert spec is not None
    found = open_snapshot(spec, cache, Silent())
    assert len(found.tree) == 100
    assert not list((cache / "snapshots").glob("unfinished-*"))


def test_two_processes_share_one_import(tmp_path: Path) -> None:
    path = tar(tmp_path / "d.tar.gz", {f"d/{number}.py": f"{number}\n" for number in range(100)})
    code = _OPENING.replace("time.sleep(60)", "time.sleep(1)")
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path), str(tmp_path / "cache")], stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0]
    assert sorted(said) == [b"", b"half\n"]  # one of them had nothing to do


def test_what_was_killed_long_ago_is_swept(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "snapshots"
    old, new = folder / "unfinished-download-old", folder / "unfinished-download-new"
    for each in (old, new):
        each.mkdir(parents=True)
    os.utime(old, (time.time() - 2 * 86400,) * 2)
    spec = snapshot_spec(str(tar(tmp_path / "d.tar.gz", {"d/a.py": "a\n"})))
    assert spec is not None
    open_snapshot(spec, tmp_path / "cache", Silent())
    assert not old.exists()
    assert new.exists()
