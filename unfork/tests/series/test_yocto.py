"""Recipes and appends of Yocto layers."""

from pathlib import Path

import pytest
from unfork.errors import InputError
from unfork.model import Series
from unfork.series import read_series
from unfork.series.bitbake import Data

DIFF = "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n"


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """A layer whose recipe foo_1.2.bb is to be written."""
    put(tmp_path, "conf/layer.conf", "")
    return tmp_path


def put(layer: Path, path: str, text: str = DIFF) -> None:
    file = layer / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def read(layer: Path, text: str, name: str = "recipes-x/foo/foo_1.2.bb") -> Series:
    put(layer, name, text)
    return read_series(str(layer / name))


def names(series: Series) -> list[str]:
    return [patch.name.rpartition("/")[2] for patch in series.patches]


def test_the_order_bitbake_gives_them(layer: Path) -> None:
    for name in "abcdefg":
        put(layer, f"recipes-x/foo/files/{name}.patch")
    series = read(
        layer,
        'SRC_URI:append = " file://f.patch"\n'
        'SRC_URI:prepend = "file://a.patch "\n'
        'SRC_URI ?= "file://gone.patch"\n'
        'SRC_URI = "https://example.org/foo-${PV}.tar.gz \\\n'
        "    file://c.patch \\  \n"  # BitBake takes blanks after a backslash for nothing
        '    file://run-ptest"\n'
        'SRC_URI += "file://d.patch file://g.patch"\n'
        'SRC_URI =+ "file://b.patch"\n'
        'SRC_URI .= " file://e.patch"\n'
        'SRC_URI:remove = "file://g.patch"\n'
        '# SRC_URI += "file://g.patch"\n',
    )
    assert series.carrier == "yocto"
    assert names(series) == [f"{name}.patch" for name in "abcdef"]
    assert all(patch.error is None and patch.warnings == () for patch in series.patches)


def test_options_of_a_patch(layer: Path) -> None:
    for name in ("a.patch", "b.patch", "c.txt", "d.patch"):
        put(layer, f"recipes-x/foo/foo-1.2/{name}")
    series = read(
        layer,
        'SRC_URI = "file://a.patch;striplevel=2 file://b.patch;apply=no file://c.txt;apply=yes'
        ' file://d.patch;patchdir=src"\n',
    )
    assert [(patch.name.rpartition("/")[2], patch.strip) for patch in series.patches] == [
        ("a.patch", 2),
        ("c.txt", 1),
        ("d.patch", 1),
    ]
    assert "it is applied in src" in series.patches[2].warnings[0]


def test_appends_of_the_layer_and_their_extra_paths(layer: Path) -> None:
    put(layer, "recipes-x/foo/foo/a.patch")
    put(layer, "other/foo/foo/b.patch")
    put(
        layer,
        "other/foo/foo_%.bbappend",
        'FILESEXTRAPATHS:prepend := "${THISDIR}/${PN}:"\nSRC_URI += "file://b.patch"\n',
    )
    put(layer, "other/foo/foo_2%.bbappend", 'SRC_URI += "file://never.patch"\n')
    series = read(layer, 'SRC_URI = "file://a.patch"\n')
    assert [patch.name for patch in series.patches] == ["recipes-x/foo/foo/a.patch", "other/foo/foo/b.patch"]
    alone = read_series(str(layer / "other/foo/foo_%.bbappend"))
    assert [patch.name for patch in alone.patches] == ["other/foo/foo/b.patch"]


def test_what_only_some_builds_have_says_so(layer: Path) -> None:
    for name in "abcd":
        put(layer, f"recipes-x/foo/files/{name}.patch")
    put(layer, "recipes-x/foo/files/qemuarm/e.patch")
    series = read(
        layer,
        "SRC_URI = \"${EXTRA} file://e.patch ${@bb.utils.contains('X', 'y', 'file://d.patch', '', d)}\"\n"
        'SRC_URI:append:libc-musl = " file://a.patch"\n'
        'EXTRA:arm = "file://b.patch"\n'
        'SRC_URI_append_class-target = " file://c.patch"\n',
    )
    said = {patch.name.rpartition("/")[2]: patch.warnings for patch in series.patches}
    assert list(said) == ["b.patch", "e.patch", "d.patch", "a.patch", "c.patch"] or set(said) == {
        "a.patch", "b.patch", "c.patch", "d.patch", "e.patch",
    }  # fmt: skip
    assert "only for libc-musl" in said["a.patch"][0]
    assert "only for arm" in said["b.patch"][0]
    assert "only for class-target" in said["c.patch"][0]
    assert "only for where its ${@...} says so" in said["d.patch"][0]
    assert said["e.patch"] == ()


def test_includes_are_followed_inside_the_layer_and_cycles_end(layer: Path, tmp_path: Path) -> None:
    put(layer, "recipes-x/foo/files/a.patch")
    put(
        layer,
        "recipes-x/foo/foo.inc",
        'require foo.inc\nrequire ${PN}_${PV}.bb\nSRC_URI = "file://a.patch"\n',
    )
    put(tmp_path.parent, "secret.inc", 'SRC_URI += "file://b.patch"\n')
    series = read(layer, "require foo.inc\nrequire ../../../secret.inc\ninclude /etc/passwd\n")
    assert names(series) == ["a.patch"]
    assert len(series.warnings) == 2
    assert "secret.inc: it is not in the layer" in series.warnings[0]


def test_missing_fetched_and_leaving_names_are_errors_of_their_patch(layer: Path, tmp_path: Path) -> None:
    put(tmp_path.parent, "out.patch")
    put(layer, "recipes-x/foo/files/broken.patch", "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n@@ -broken\n")
    series = read(
        layer,
        'SRC_URI = "file://gone.patch https://example.org/x.patch file://../../../../out.patch'
        ' file:///etc/x.patch file://${UNSET}.patch file://a.patch;striplevel=x file://broken.patch"\n',
    )
    errors = [str(patch.error) for patch in series.patches]
    assert "foo_1.2.bb:1: names 'gone.patch', but there is no such file" in errors[0]
    assert "is fetched when it is built" in errors[1]
    assert "there is no such file" in errors[2]
    assert "there is no such file" in errors[3]
    assert "holds a variable that is set elsewhere" in errors[4]
    assert "is no number" in errors[5]
    assert "hunk header cannot be read" in errors[6]


def test_edits_of_the_tasks_before_the_build(layer: Path) -> None:
    put(layer, "recipes-x/foo/foo/kept.patch")
    series = read(
        layer,
        'SRC_URI = "file://kept.patch;apply=no"\n'
        "do_configure:prepend() {\n    sed -i s/a/b/ ${S}/Makefile\n"
        "    patch -p1 < ${UNPACKDIR}/kept.patch\n}\n"
        "do_install() {\n    sed -i s/a/b/ ${D}/etc/f\n}\n"
        "python do_patch() {\n    sed -i nothing\n}\n",
    )
    assert [patch.name for patch in series.patches] == [
        "recipes-x/foo/foo_1.2.bb:3",
        "recipes-x/foo/foo/kept.patch",
    ]


def test_no_code_of_a_recipe_runs(layer: Path) -> None:
    there = layer / "there"
    with pytest.raises(InputError, match="there is no patch in it"):
        read(
            layer,
            f"SRC_URI = \"${{@os.system('touch {there}')}}\"\npython () {{\n    open('{there}', 'w')\n}}\n",
        )
    assert not there.exists()


def test_values_that_name_themselves_or_grow_end() -> None:
    data = Data(lambda name, by: None)
    lines = "".join(f'V{n + 1} = "${{V{n}}}${{V{n}}}"\n' for n in range(64))
    data.parse("x.bb", f'V0 = "aaaaaaaaaa"\nA = "${{A}} b"\n{lines}')
    assert len(data.expand("${V64}")) <= 200_000
    assert "${A}" in data.expand("${A}")
