"""``apt:NAME``: our configuration, and real packages where the archive can be reached."""

from pathlib import Path

import pytest
from unfork.errors import InputError
from unfork.packages import aptconf
from unfork.series import canonical_diff, emit_diff, parse_patch, read_series
from unfork.series.apt import read_apt

# Small source packages of Debian with several patches each.
PACKAGES = ("bash", "tar", "unzip")


def test_sources_of_both_styles_become_deb_src(tmp_path: Path) -> None:
    system = tmp_path / "etc"
    (system / "sources.list.d").mkdir(parents=True)
    (system / "sources.list").write_text(
        "# old\ndeb [arch=amd64] http://a.example/debian stable main # why\n"
        "deb-src [arch=amd64] http://a.example/debian stable main\nnonsense\n"
    )
    (system / "sources.list.d" / "x.sources").write_text(
        "# comment\nTypes: deb\nURIs: http://b.example\nSuites: stable\nComponents: main\nEnabled: no\n\n"
        "Types: deb\nURIs: http://c.example\nSuites: stable\nComponents: main\n"
        "Signed-By:\n -----BEGIN PGP-----\n .\n abc\n"
    )
    folder = aptconf.AptFolder(tmp_path / "own")
    dump = 'Acquire::http::Proxy "http://proxy:1";\nAcquire::IndexTargets::x "y";\n'
    dump += 'DPkg::Post-Invoke:: "run me";\n'
    first = aptconf.write(folder, system, dump)
    assert aptconf.write(folder, system, dump) == first
    texts = {path.name: path.read_text() for path in folder.sources.iterdir()}
    assert texts["00-sources.list"] == "deb-src [arch=amd64] http://a.example/debian stable main\n"
    assert texts["01-x.sources"].count("Types: deb-src\n") == 2
    assert "Types: deb\n" not in texts["01-x.sources"]
    assert "Enabled: no\n" in texts["01-x.sources"]
    assert " abc\n" in texts["01-x.sources"]
    config = folder.config.read_text()
    assert 'Acquire::http::Proxy "http://proxy:1";\n' in config
    assert "run me" not in config
    assert "Acquire::IndexTargets::x" not in config
    assert f'Dir::State::lists "{folder.lists}/";\n' in config


def test_a_system_without_sources(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="apt has no sources, expected"):
        aptconf.write(aptconf.AptFolder(tmp_path / "own"), tmp_path, "")


def test_a_system_without_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="there is no apt-config on this machine"):
        read_apt("quilt", "apt:quilt", tmp_path)


@pytest.fixture(scope="module")
def apt_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One download of the package lists for all packages."""
    return tmp_path_factory.mktemp("apt")


@pytest.mark.network
@pytest.mark.parametrize("package", PACKAGES)
def test_real_packages(package: str, apt_cache: Path) -> None:
    try:
        series = read_series(f"apt:{package}", cache_dir=apt_cache)
    except InputError as error:
        if any(
            word in str(error) for word in ("no apt", "no sources", "could be downloaded", "Failed to fetch")
        ):
            pytest.skip(f"the Debian archive cannot be reached: {error}")
        raise
    assert series.carrier == "apt"
    assert len(series.patches) > 1
    for patch in series.patches:
        assert patch.error is None
        assert patch.files
        again = parse_patch(emit_diff(patch), patch.name, strip=patch.strip)
        assert again.error is None
        assert emit_diff(again) == emit_diff(patch)
        assert parse_patch(canonical_diff(patch), patch.name).changed_lines == patch.changed_lines
