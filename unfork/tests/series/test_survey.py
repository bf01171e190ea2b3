"""Every series below a folder, on disk and in a commit."""

import subprocess
from pathlib import Path

import pytest
from unfork.commands.series import run_survey
from unfork.errors import InputError
from unfork.model.survey import Survey

DIFF = "Subject: Change f\n\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n"
COMMIT = "c665eedfa3ae1b76a7e8438fffcb62aefaa30a46"


def put(root: Path, path: str, text: str = DIFF) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.fixture
def downstream(tmp_path: Path) -> Path:
    """One of each: StarlingX's layout, Debian, quilt, a folder, a layer, image recipes, loose files."""
    root = tmp_path / "downstream"
    at = "stx/chart/debian/trixie"
    put(
        root,
        f"{at}/meta_data.yaml",
        f"debname: chart\ndebver: 2026.1-0\ndl_path:\n  url: https://e/{COMMIT}.tar.gz\n",
    )
    put(root, f"{at}/deb_folder/changelog", "chart (9-9) unstable; urgency=low\n")
    put(root, f"{at}/deb_folder/patches/series", "0002-b.patch\n0001-a.patch\n")
    for name in ("0001-a", "0002-b", "0003-loose"):
        put(root, f"{at}/deb_folder/patches/{name}.patch")
    put(root, "deb/debian/changelog", "flask (2.2.2-3) unstable; urgency=low\n")
    put(root, "deb/debian/patches/series", "x.patch -p2\ngone.patch\n")
    put(root, "deb/debian/patches/x.patch", DIFF.replace("a/f", "a/b/f").replace("b/f", "b/b/f"))
    put(root, "plain/0010-z.patch")
    put(root, "plain/0002-y.patch", "no patch\n")
    put(root, "layer/conf/layer.conf", "")
    put(root, "layer/recipes/foo_1.0.bb", 'SRC_URI = "file://a.patch"\n')
    put(root, "layer/recipes/foo_%.bbappend", 'SRC_URI += "file://b.patch"\n')
    for name in ("a", "b", "loose"):
        put(root, f"layer/recipes/files/{name}.patch")
    put(
        root,
        "image/nova.docker_image",
        "PROJECT=nova\nPROJECT_REF=abc\nCUSTOMIZATION='sed -i s/a/b/ /etc/f'\n",
    )
    put(root, "data/series", "not a quilt file\n")
    return root


def check(found: Survey) -> None:
    rows = [
        (each.path, each.carrier, each.package, each.base, [patch.name for patch in each.patches])
        for each in found.series
    ]
    assert rows == [
        ("deb/debian/patches", "debian", "flask", "2.2.2-3", ["x.patch"]),
        ("image/nova.docker_image", "edits", "nova", "abc", ["nova.docker_image:3"]),
        (
            "layer/recipes/foo_1.0.bb",
            "yocto",
            "foo",
            "1.0",
            ["recipes/files/a.patch", "recipes/files/b.patch"],
        ),
        ("plain", "directory", None, None, ["0002-y.patch", "0010-z.patch"]),
        (
            "stx/chart/debian/trixie/deb_folder/patches",
            "quilt",
            "chart",
            f"2026.1-0 (git {COMMIT})",
            ["0002-b.patch", "0001-a.patch"],
        ),
    ]
    assert found.series[0].missing == ("gone.patch",)
    assert "is no patch" in str(found.series[3].patches[0].error)
    assert found.series[4].patches[0].subject == "Change f"
    assert found.loose == (
        "layer/recipes/files/loose.patch",
        "stx/chart/debian/trixie/deb_folder/patches/0003-loose.patch",
    )
    assert not found.is_whole


def test_on_disk_and_in_a_commit_of_a_bare_repository(downstream: Path, tmp_path: Path) -> None:
    check(run_survey(str(downstream)))
    for args in (["init", "-q"], ["add", "-f", "."], ["commit", "-qm", "All"]):
        subprocess.run(["git", "-C", str(downstream), *args], check=True)
    subprocess.run(["git", "clone", "-q", "--bare", str(downstream), str(tmp_path / "b.git")], check=True)
    found = run_survey(f"{tmp_path}/b.git@HEAD")
    check(found)
    with pytest.raises(InputError, match="is a bare repository"):
        run_survey(str(tmp_path / "b.git"))
    inner = run_survey(f"{tmp_path}/b.git@HEAD:layer")
    assert [each.path for each in inner.series] == ["recipes/foo_1.0.bb"]


def test_each_series_can_be_read_by_the_name_it_is_given(downstream: Path) -> None:
    from unfork.series import read_series

    for each in run_survey(str(downstream)).series:
        if not each.missing:
            assert [patch.id for patch in read_series(each.spec).patches], each.spec
            assert len(read_series(each.spec).patches) == len(each.patches)


def test_links_out_of_the_folder_and_in_circles(tmp_path: Path) -> None:
    put(tmp_path, "a/series", "x.patch\n")
    (tmp_path / "a" / "x.patch").symlink_to("/etc/passwd")
    (tmp_path / "a" / "again").symlink_to("..")
    found = run_survey(str(tmp_path))
    assert [each.path for each in found.series] == ["a"]
    assert "link out of its folder" in str(found.series[0].patches[0].error)


def test_a_series_file_that_leaves_its_folder_is_a_warning(tmp_path: Path) -> None:
    put(tmp_path, "a/series", "../../etc/x.patch\n")
    put(tmp_path, "a/x.patch")
    (found,) = run_survey(str(tmp_path)).series
    assert found.patches == () and "outside the folder" in found.warnings[0]


def test_a_description_that_is_no_yaml_gives_no_base(tmp_path: Path) -> None:
    for number, text in enumerate(("[", "- a\n", "debname: [x]\ndl_path: 3\n", "a: &a [*a]\n", "\x00")):
        put(tmp_path, f"{number}/meta_data.yaml", text)
        put(tmp_path, f"{number}/patches/series", "x.patch\n")
        put(tmp_path, f"{number}/patches/x.patch")
    assert [each.base for each in run_survey(str(tmp_path)).series] == [None] * 5
