"""Spec files. What they could run must not run."""

from pathlib import Path

import pytest
from unfork.errors import InputError
from unfork.series import read_series
from unfork.series.macros import Macros

pytest.importorskip("rpm", reason="needs rpm's bindings: apt-get install python3-rpm", exc_type=ImportError)

DIFF = "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n"


def spec(path: Path, prep: str, *patches: str, more: str = "", files: tuple[str, ...] = ()) -> str:
    for name in files:
        (path / name).write_text(DIFF)
    (path / "x.spec").write_text(
        f"{more}Name: x\nVersion: 1.2\nRelease: 1%{{?dist}}\n"
        + "".join(f"{line}\n" for line in patches)
        + f"\n%description\ntext\n\n%prep\n{prep}\n\n%build\nmake\n\n%changelog\n* none\n"
    )
    return str(path / "x.spec")


def names(location: str) -> list[str]:
    return [patch.name for patch in read_series(location).patches]


def test_autosetup_takes_them_in_the_order_of_the_file(tmp_path: Path) -> None:
    location = spec(
        tmp_path, "%autosetup -p1", "Patch2: b.patch", "Patch1: a.patch", files=("a.patch", "b.patch")
    )
    series = read_series(location)
    assert series.carrier == "rpm"
    assert [patch.name for patch in series.patches] == ["b.patch", "a.patch"]
    assert [patch.error for patch in series.patches] == [None, None]
    assert series.warnings == ()


def test_patch_macros_say_order_and_strip(tmp_path: Path) -> None:
    location = spec(
        tmp_path,
        "%setup -q\n%patch -P 3 -p1\n%patch 1 -p2\n%patch2\n#%patch4 -p1",
        *(f"Patch{n}: {n}.patch" for n in range(1, 5)),
        files=("1.patch", "2.patch", "3.patch", "4.patch"),
    )
    series = read_series(location)
    assert [(patch.name, patch.strip) for patch in series.patches] == [
        ("3.patch", 1),
        ("1.patch", 2),
        ("2.patch", 0),
    ]
    assert series.warnings == ("x.spec: declared, but not applied in %prep: 4.patch",)


def test_autosetup_without_patches_then_a_range(tmp_path: Path) -> None:
    numbers = (1, 10, 11, 20)
    location = spec(
        tmp_path,
        "%autosetup -N\n%autopatch -p1 -m 10 -M 11",
        *(f"Patch{n}: {n}.patch" for n in numbers),
        files=tuple(f"{n}.patch" for n in numbers),
    )
    assert names(location) == ["10.patch", "11.patch"]


def test_names_without_numbers_macros_addresses_and_a_patchlist(tmp_path: Path) -> None:
    location = spec(
        tmp_path,
        "%autosetup",
        "Patch: %{name}-%{version}%{?no_such}.patch",
        "Patch: https://example.org/a/b.patch#/c.patch",
        "%patchlist\nd.patch",
        files=("x-1.2.patch", "c.patch", "d.patch"),
    )
    series = read_series(location)
    assert [(patch.name, patch.error) for patch in series.patches] == [
        ("x-1.2.patch", None),
        ("c.patch", None),
        ("d.patch", None),
    ]


def test_commands_of_prep_apply_patches_and_edit(tmp_path: Path) -> None:
    location = spec(
        tmp_path,
        "%setup -q\npatch -p1 < %{PATCH2}\ngit am %{PATCH1}\nsed -i s/a/b/ src/x.c",
        "Patch1: a.patch",
        "Patch2: b.patch",
        files=("a.patch", "b.patch"),
    )
    series = read_series(location)
    assert [patch.name for patch in series.patches][:2] == ["b.patch", "a.patch"]
    assert series.patches[2].edit is not None


def test_every_branch_is_read_and_says_when(tmp_path: Path) -> None:
    location = spec(
        tmp_path,
        "%autosetup -p1",
        "%if 0%{?rhel}",
        "Patch1: a.patch",
        "%else",
        "Patch2: b.patch",
        "%endif",
        files=("a.patch", "b.patch"),
    )
    patches = read_series(location).patches
    assert [patch.warnings for patch in patches] == [
        ("x.spec: only %if 0%{?rhel}",),
        ("x.spec: only %else of %if 0%{?rhel}",),
    ]


def test_rpmbuilds_own_layout(tmp_path: Path) -> None:
    (tmp_path / "SPECS").mkdir()
    (tmp_path / "SOURCES").mkdir()
    (tmp_path / "SOURCES" / "a.patch").write_text(DIFF)
    location = spec(tmp_path / "SPECS", "%autosetup", "Patch0: a.patch")
    assert names(location) == ["SOURCES/a.patch"]


def test_nothing_of_it_runs(tmp_path: Path) -> None:
    there = tmp_path / "there"
    location = spec(
        tmp_path,
        f"%autosetup\n%(touch {there})\ntouch {there}",
        f"%if %(touch {there}; echo 1)",
        "Patch1: a.patch",
        "%endif",
        f"Patch2: %(touch {there}; echo b).patch",
        "Patch3: %{evil}.patch",
        f'%{{lua: os.execute("touch {there}")}}',
        f"%include %(touch {there}; echo /etc/passwd)",
        more=f'%global evil %{{lua: os.execute("touch {there}")}}\n%define worse %(touch {there})\n%worse\n',
        files=("a.patch",),
    )
    series = read_series(location)
    assert not there.exists()
    assert series.patches[0].error is None
    assert all("holds a macro that is not known" in str(patch.error) for patch in series.patches[1:])
    assert len(series.patches) == 3
    assert "x.spec: what it takes in with %include was not read" in series.warnings


def test_missing_damaged_and_leaving_names_are_errors_of_their_patch(tmp_path: Path) -> None:
    (tmp_path / "d.patch").write_text("--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n@@ -broken\n")
    (tmp_path.parent / "out.patch").write_text(DIFF)
    (tmp_path / "l.patch").symlink_to("/etc/passwd")
    location = spec(
        tmp_path,
        "%autosetup",
        "Patch1: gone.patch",
        "Patch2: d.patch",
        "Patch3: ../out.patch",
        "Patch4: l.patch",
    )
    errors = [str(patch.error) for patch in read_series(location).patches]
    assert "names 'gone.patch', but there is no such file" in errors[0]
    assert "hunk header cannot be read" in errors[1]
    assert "names 'out.patch', but there is no such file" in errors[2]  # rpm takes the name alone as well
    assert "link out of its folder" in errors[3]


def test_a_patch_that_is_not_declared_or_is_reversed(tmp_path: Path) -> None:
    location = spec(tmp_path, "%patch 7 -p1\n%patch 1 -R -p1", "Patch1: a.patch", files=("a.patch",))
    series = read_series(location)
    assert "x.spec: %prep applies patch 7, which is not declared" in series.warnings
    assert "-R" in str(series.patches[0].error)


def test_a_spec_file_that_applies_nothing_keeps_its_patches(tmp_path: Path) -> None:
    location = spec(tmp_path, "ApplyPatches", "Patch1: a.patch", files=("a.patch",))
    series = read_series(location)
    assert [patch.name for patch in series.patches] == ["a.patch"]
    assert "taken in the order they are declared" in series.warnings[0]


def test_large_and_empty_files(tmp_path: Path) -> None:
    (tmp_path / "large.spec").write_bytes(b"#" * (2 * 2**20 + 1))
    with pytest.raises(InputError, match="more than 2 MB"):
        read_series(str(tmp_path / "large.spec"))
    (tmp_path / "empty.spec").write_bytes(b"")
    with pytest.raises(InputError, match="there is no patch in it"):
        read_series(str(tmp_path / "empty.spec"))


def test_macros_that_name_themselves_or_grow_end() -> None:
    macros = Macros()
    macros.define("a", "%{b}%{b}")
    macros.define("b", "%{a}")
    assert macros.expand("%{a}")[1] is False
    for n in range(40):
        macros.define(f"g{n + 1}", f"%{{g{n}}}%{{g{n}}}")
    macros.define("g0", "x" * 100)
    text, known = macros.expand("%{g40}")
    assert not known and len(text) < 100_000
    assert macros.expand("100%% %{?none:x}%{!?none:y}") == ("100% y", True)
    assert macros.expand("%{unclosed") == ("%{unclosed", False)
