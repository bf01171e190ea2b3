"""Commands that edit what somebody else wrote, in Dockerfiles, image recipes and shell scripts."""

from pathlib import Path

import pytest
from unfork.errors import InputError
from unfork.model import EditKind, Patch
from unfork.series import read_series
from unfork.series.shell import read_script

DIFF = "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n"


def edits(path: Path, text: str, name: str = "build.sh") -> list[Patch]:
    (path / name).write_text(text)
    return list(read_series(str(path / name)).patches)


def test_sed_with_its_options_targets_and_line(tmp_path: Path) -> None:
    found = edits(
        tmp_path,
        "#!/bin/sh\n"
        "sed -n 's/a/b/p' f\n"  # changes nothing
        "sed -i.bak -e 's/a b/c/' --expression='/x/d' -nE /usr/lib/x.py y.py\n"
        'sudo -E sed --in-place "s/\\"q\\"/\\$/" "/opt/a b.py"\n',
    )
    assert [patch.name for patch in found] == ["build.sh:3", "build.sh:4"]
    first, second = (patch.edit for patch in found)
    assert first is not None and second is not None
    assert first.kind is EditKind.SED
    assert first.sed == ("-E", "-n", "-e", "s/a b/c/", "-e", "/x/d")
    assert first.targets == ("/usr/lib/x.py", "y.py")
    assert second.sed == ("-e", 's/"q"/$/')
    assert second.targets == ("/opt/a b.py",)
    assert [patch.files for patch in found] == [(), ()]
    assert found[0].id != found[1].id


def test_an_image_recipe_keeps_its_commands_in_a_string(tmp_path: Path) -> None:
    found = edits(
        tmp_path,
        'PROJECT=nova\nCUSTOMIZATION="\\\n'
        "    sed -i 's/\\(a\\)/\\1 \\\"b\\\"/' /lib/site-packages/n.py && \\\n"
        '    true\n"\n',
        "stx-nova.stable_docker_image",
    )
    assert [(patch.name, patch.edit.sed if patch.edit else None) for patch in found] == [
        ("stx-nova.stable_docker_image:3", ("-e", 's/\\(a\\)/\\1 "b"/'))
    ]


def test_variables_with_one_value_are_known_and_others_are_not(tmp_path: Path) -> None:
    found = edits(tmp_path, "D=/usr/lib\nsed -i s/a/b/ $D/x ${D}/y\nsed -i s/$1/b/ /z\n")
    assert found[0].edit is not None and found[1].edit is not None
    assert found[0].edit.targets == ("/usr/lib/x", "/usr/lib/y")
    assert found[0].edit.unknown is None
    assert found[1].edit.unknown == "its script holds what is only known when it runs"
    twice = edits(tmp_path, "D=/a\nD=/b\nsed -i s/a/b/ $D/x\n")
    assert twice[0].edit is not None and twice[0].edit.targets == ("$D/x",)


def test_find_hands_its_names_to_sed(tmp_path: Path) -> None:
    found = edits(tmp_path, "find . -name '*.yaml' -exec sed -i s/a/b/ {} \\;\n")
    assert found[0].edit is not None and found[0].edit.targets == ("*.yaml",)


def test_a_dockerfile(tmp_path: Path) -> None:
    (tmp_path / "fixes").mkdir()
    (tmp_path / "fixes" / "one.patch").write_text(DIFF)
    (tmp_path / "x.py").write_text("new\n")
    found = edits(
        tmp_path,
        "FROM debian:12\n"
        "ARG SITE=/usr/lib/python3/dist-packages\n"
        "COPY x.py $SITE/nova/\n"
        "COPY --from=other y.py /usr/lib/\n"
        "COPY entry.sh /entry.sh\n"  # nobody else's file
        "RUN true && \\\n"
        "    # a comment between\n"
        "    sed -i s/a/b/ $SITE/nova/z.py\n"
        "RUN <<EOF\npatch -p1 -d / < /tmp/fixes/one.patch\nEOF\n"
        'RUN ["sed", "-i", "s/a/b/", "/etc/f"]\n',
        "Dockerfile",
    )
    by_name = {patch.name: patch for patch in found}
    assert list(by_name) == [
        "Dockerfile:3",
        "Dockerfile:4",
        "Dockerfile:8",
        "fixes/one.patch",
        "Dockerfile:12",
    ]
    copied = by_name["Dockerfile:3"].edit
    assert copied is not None and copied.content == b"new\n"
    assert copied.targets == ("/usr/lib/python3/dist-packages/nova/x.py",)
    other = by_name["Dockerfile:4"].edit
    assert other is not None and other.content is None and "another image" in str(other.unknown)
    assert [change.path for change in by_name["fixes/one.patch"].files] == ["f"]
    assert by_name["fixes/one.patch"].edit is None


def test_patches_in_the_order_a_loop_takes_them(tmp_path: Path) -> None:
    for name in ("0010-b.patch", "0002-a.patch"):
        (tmp_path / name).write_text(DIFF)
    found = edits(tmp_path, 'for p in /tmp/*.patch; do\n  patch -p1 < "$p"\ndone\n')
    assert [patch.name for patch in found] == ["0002-a.patch", "0010-b.patch"]


def test_a_diff_in_the_script_itself(tmp_path: Path) -> None:
    found = edits(tmp_path, f"patch -p1 <<'EOF'\n{DIFF}EOF\n")
    assert [change.path for change in found[0].files] == ["f"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("patch -p1 < gone.patch", "the folder has no file 'gone.patch' to apply"),
        ("curl https://x/y | patch -p1", "its diff comes from another command"),
        ("git apply", "it names no file with a diff"),
        ("patch -p1 < ../../../etc/passwd", "the folder has no file '../../../etc/passwd' to apply"),
    ],
)
def test_a_diff_that_is_not_to_be_had_is_an_edit_that_says_so(tmp_path: Path, line: str, why: str) -> None:
    (patch,) = edits(tmp_path, f"{line}\n")
    assert patch.edit is not None and patch.edit.kind is EditKind.PATCH
    assert patch.edit.unknown == why


def test_a_reversed_patch_cannot_be_judged(tmp_path: Path) -> None:
    (tmp_path / "one.patch").write_text(DIFF)
    (patch,) = edits(tmp_path, "patch -R -p1 < one.patch\n")
    assert patch.error is not None and "-R" in patch.error and patch.files == ()


def test_a_copied_directory_is_one_edit_a_file(tmp_path: Path) -> None:
    (tmp_path / "over" / "deep").mkdir(parents=True)
    (tmp_path / "over" / "a.py").write_text("a\n")
    (tmp_path / "over" / "deep" / "b.py").write_text("b\n")
    found = edits(tmp_path, "FROM x\nCOPY over /usr/lib/python3/dist-packages/n\n", "Dockerfile")
    assert [patch.edit.targets for patch in found if patch.edit] == [
        ("/usr/lib/python3/dist-packages/n/a.py",),
        ("/usr/lib/python3/dist-packages/n/deep/b.py",),
    ]
    assert len({patch.id for patch in found}) == 2


def test_what_is_no_shell_is_left_out_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "x.sh").write_text("sed -i s/a/b/ /etc/f\nif ((( then )\n")
    series = read_series(str(tmp_path / "x.sh"))
    assert [patch.name for patch in series.patches] == ["x.sh:1"]
    assert any("is no shell in line" in text for text in series.warnings)


def test_binary_large_and_linked_scripts_are_errors_not_crashes(tmp_path: Path) -> None:
    (tmp_path / "binary.sh").write_bytes(b"sed -i s/a/b/ f\n\0")
    (tmp_path / "large.sh").write_bytes(b"#" * (2**20 + 1))
    (tmp_path / "link.sh").symlink_to("/etc/passwd")
    for name, what in (("binary", "is binary"), ("large", "more than"), ("link", "link out of its folder")):
        (patch,) = read_series(str(tmp_path / f"{name}.sh")).patches
        assert what in str(patch.error)


def test_a_script_without_edits_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.sh").write_text("echo sed -i s/a/b/ f\n")
    with pytest.raises(InputError, match="there is no patch in it"):
        read_series(str(tmp_path / "x.sh"))


def test_variables_that_double_and_scripts_in_scripts_end() -> None:
    doubling = "".join(f"V{n + 1}=$V{n}$V{n}\n" for n in range(64))
    script = read_script(f"V0=aaaaaaaa\n{doubling}sed -i s/a/b/ $V64\n".encode())
    assert len(script.commands[-1].words[-1].text) < 10_000
    nested = "sed -i s/a/b/ f"
    for _ in range(40):
        nested = "bash -c " + "'" + nested.replace("'", "'\\''") + "'"
        if len(nested) > 100_000:
            break
    assert read_script(nested.encode()).commands
    read_script(b"(" * 50_000)
