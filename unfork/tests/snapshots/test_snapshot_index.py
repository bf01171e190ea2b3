"""``pypi:NAME``: an index on the loopback that speaks the simple API, and once the real one."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from packed import Index, serving, tar, zipped
from unfork.errors import InputError
from unfork.packages import read_pip_settings
from unfork.packages.pipconf import settings_of
from unfork.progress import Silent
from unfork.snapshots import Snapshot, open_snapshot, records
from unfork.upstream_spec import snapshot_spec


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """An index with some releases of "demo"; pip is set to use it."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    with serving() as index:
        for version in ("1.0", "1.1", "2.0rc1"):
            index.add(tar(tmp_path / f"demo-{version}.tar.gz", {"a.py": version}, top=f"demo-{version}"))
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
        yield index


def read(text: str, cache: Path) -> Snapshot:
    spec = snapshot_spec(text)
    assert spec is not None
    return open_snapshot(spec, cache, Silent())


def test_newest_and_pinned(index: Index, tmp_path: Path) -> None:
    newest = read("pypi:demo", tmp_path / "cache")
    assert (newest.version, newest.read("a.py"), newest.releases) == ("1.1", b"1.1", ("1.0", "1.1"))
    assert read("pypi:demo==1.0", tmp_path / "cache").read("a.py") == b"1.0"
    assert read("pypi:demo==2.0rc1", tmp_path / "cache").read("a.py") == b"2.0rc1"


def test_a_pinned_release_is_downloaded_once(index: Index, tmp_path: Path) -> None:
    read("pypi:demo==1.0", tmp_path / "cache")
    asked = len(index.asked)
    assert read("pypi:demo==1.0", tmp_path / "cache").version == "1.0"
    assert len(index.asked) == asked
    assert not list((tmp_path / "cache" / "snapshots").glob("unfinished-*"))


def test_a_wheel_where_there_is_no_sdist(index: Index, tmp_path: Path) -> None:
    index.files.clear()
    index.add(zipped(tmp_path / "demo-1.0-cp312-cp312-linux_x86_64.whl", {"a.py": "machine"}))
    index.add(zipped(tmp_path / "demo-1.0-py3-none-any.whl", {"a.py": "any"}))
    assert read("pypi:demo", tmp_path / "cache").read("a.py") == b"any"


def test_what_the_index_does_not_have(index: Index, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the index has no release 3.0 of demo \(newest: 1.0, 1.1\)"):
        read("pypi:demo==3.0", tmp_path / "cache")
    with pytest.raises(InputError, match=r"pypi:other: the package index has no such project"):
        read("pypi:other", tmp_path / "cache")
    with pytest.raises(InputError, match=r"'demo>=1' is no release of a package"):
        read("pypi:demo>=1", tmp_path / "cache")


def test_a_wrong_hash_is_refused(index: Index, tmp_path: Path) -> None:
    index.wrong_hash = True
    with pytest.raises(InputError, match="does not have the hash its index says"):
        read("pypi:demo", tmp_path / "cache")
    assert not list((tmp_path / "cache" / "snapshots").glob("*/about.json"))


def test_without_a_network_the_last_answer_is_used_with_its_age(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    read("pypi:demo", cache)
    (record,) = (cache / "snapshots" / "names").iterdir()
    kept = json.loads(record.read_bytes())
    record.write_text(json.dumps(kept | {"asked": time.time() - 5 * 3600}))
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    found = read("pypi:demo", cache)
    assert found.version == "1.1"
    assert found.warnings == (
        "pypi:demo is as it was 5 hours ago: it could not be asked again "
        "(the package index does not give it: no connection)",
    )
    with pytest.raises(InputError, match=r"does not give it: no connection \(check the network"):
        read("pypi:demo", tmp_path / "other-cache")


def test_a_new_release_is_seen_after_an_hour(index: Index, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    read("pypi:demo", cache)
    index.add(tar(tmp_path / "demo-1.2.tar.gz", {"a.py": "1.2"}, top="demo-1.2"))
    assert read("pypi:demo", cache).version == "1.1"
    (path,) = (cache / "snapshots" / "names").iterdir()
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"asked": time.time() - records._FRESH - 1}))
    assert read("pypi:demo", cache).version == "1.2"


def test_the_users_pip_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "pip.conf"
    file.write_text(
        "[global]\nindex-url = https://a.example/simple\ncert = /etc/ca.pem\n"
        "[download]\nextra-index-url = https://b.example/simple\n  file:///c\n"
    )
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    found = read_pip_settings()
    assert (found.index, found.extra) == ("https://a.example/simple", ("https://b.example/simple",))
    assert found.certificates == "/etc/ca.pem"
    monkeypatch.setenv("PIP_INDEX_URL", "https://d.example/simple")
    assert read_pip_settings().index == "https://d.example/simple"


def test_no_index_is_obeyed(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(InputError, match="pip is set to use no index"):
        read("pypi:demo", tmp_path / "cache")
    assert index.asked == []


def test_settings_where_there_is_no_pip() -> None:
    found = settings_of(
        "", {"PIP_INDEX_URL": "https://a.example", "PIP_TIMEOUT": "soon", "PIP_TRUSTED_HOST": "x y"}
    )
    assert (found.index, found.timeout, found.trusted) == ("https://a.example", 30.0, frozenset({"x", "y"}))


@pytest.mark.network
def test_the_real_index(tmp_path: Path) -> None:
    try:
        found = read("pypi:iniconfig==2.0.0", tmp_path / "cache")
    except InputError as error:
        if "does not give it" in str(error):
            pytest.skip(f"the package index cannot be reached: {error}")
        raise
    assert found.version == "2.0.0"
    assert "src/iniconfig/__init__.py" in found.tree
    assert "2.0.0" in found.releases


@pytest.mark.network
def test_the_upstream_of_a_debian_package(tmp_path: Path) -> None:
    try:
        found = read("apt:hello", tmp_path / "cache")
    except InputError as error:
        if any(
            word in str(error) for word in ("no apt", "no sources", "could be downloaded", "Failed to fetch")
        ):
            pytest.skip(f"the Debian archive cannot be reached: {error}")
        raise
    assert {"src/hello.c", "debian/changelog", "NEWS"} <= set(found.tree)
    assert "debian/rules" not in found.tree
    assert found.version is not None and found.version[0].isdigit()
