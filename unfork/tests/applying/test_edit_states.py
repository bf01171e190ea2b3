"""Whether a command without a diff still changes anything in a tree."""

from pathlib import Path

import pytest
from making import Made
from unfork.applying import place_series
from unfork.applying.edits import installed_from
from unfork.git import Repository, TreeEntry
from unfork.model import Edit, EditKind, Patch, State

FILES = {
    "nova/monkey_patch.py": "import os\nimport oslo_service\n",
    "src/other/x.py": "one\n",
    "etc/nova/api-paste.ini": "[a]\n",
    "a/values.yaml": "tag: 1\n",
    "b/values.yaml": "tag: 2\n",
}


def placed(tmp_path: Path, edit: Edit) -> tuple[State, tuple[str, ...]]:
    made = Made(tmp_path / "up.git")
    with made.writing() as writer:
        commit = writer.commit("Base", FILES)
    patch = Patch(name="Dockerfile:1", id=f"{edit}", subject=edit.command, edit=edit)
    (placement,) = place_series(Repository(made.path), commit, [patch], cache=tmp_path)
    assert placement.alone is placement.in_series
    return placement.in_series, placement.details


def sed(*targets: str, script: str = "s/^import oslo/# &/") -> Edit:
    return Edit(EditKind.SED, "sed -i", targets, ("-e", script))


def test_a_sed_that_matches_and_one_that_does_not(tmp_path: Path) -> None:
    target = "/var/lib/openstack/lib/python3*/site-packages/nova/monkey_patch.py"
    state, details = placed(tmp_path, sed(target))
    assert state is State.CLEAN
    assert details == ("nova/monkey_patch.py: it matches, 2 lines differ after it",)
    state, details = placed(tmp_path / "b", sed(target, script="s/eventlet.hubs/x/"))
    assert state is State.OBSOLETE
    assert details == ("nova/monkey_patch.py: it matches nothing there",)


def test_it_is_enough_that_one_of_the_files_changes(tmp_path: Path) -> None:
    assert placed(tmp_path, sed("values.yaml", script="s/tag: 2/tag: 3/"))[0] is State.CLEAN


def test_a_file_of_another_package_is_unknown_not_gone(tmp_path: Path) -> None:
    state, details = placed(tmp_path, sed("/usr/lib/python3/dist-packages/django/x.py"))
    assert state is State.UNKNOWN
    assert "the target has no such file" in details[0]


def test_a_script_that_is_not_known_is_not_tried(tmp_path: Path) -> None:
    edit = Edit(EditKind.SED, "sed -i", ("nova/monkey_patch.py",), (), unknown="its script is elsewhere")
    state, details = placed(tmp_path, edit)
    assert state is State.UNKNOWN and details[0] == "its script is elsewhere"


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("1e touch {there}", "sandbox"),
        ("w {there}", "sandbox"),
        ("s|import|touch {there}|e", "sandbox"),
        ("r /etc/passwd", "sandbox"),
        ("s/(", "does not take its script"),
        (":a;s/i/ii/g;ta", "its script"),
        (":a;p;ba", "its script"),
    ],
)
def test_hostile_scripts_neither_run_nor_write_nor_go_on_for_ever(
    tmp_path: Path, script: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unfork.applying.sed._SECONDS", 1)
    there = tmp_path / "there"
    state, details = placed(tmp_path / "r", sed("nova/monkey_patch.py", script=script.format(there=there)))
    assert state is State.UNKNOWN
    assert why in details[0]
    assert not there.exists()


@pytest.mark.parametrize(
    ("content", "state"),
    [(b"one\n", State.ABSORBED), (b"one\ntwo\n", State.CLEAN), (None, State.UNKNOWN)],
)
def test_a_copy_is_compared_with_upstreams_file(tmp_path: Path, content: bytes | None, state: State) -> None:
    edit = Edit(EditKind.COPY, "COPY", ("/usr/lib/python3/dist-packages/other/x.py",), content=content)
    found, details = placed(tmp_path, edit)
    assert found is state
    if state is State.CLEAN:
        assert details == (
            "src/other/x.py: replaced by a file with 1 other lines, 0 of the target's are lost",
        )


def test_where_installed_paths_come_from() -> None:
    tree = {path: TreeEntry("100644", "0" * 40) for path in (*FILES, "etc/x/nova/api-paste.ini")}
    assert installed_from("/etc/nova/api-paste.ini", tree) == ["etc/nova/api-paste.ini"]
    assert installed_from("/usr/share/nova/monkey_patch.py", tree) == ["nova/monkey_patch.py"]
    assert installed_from("${S}/nova/monkey_patch.py", tree) == ["nova/monkey_patch.py"]
    assert installed_from("/monkey_patch.py", tree) == ["nova/monkey_patch.py"]
    assert installed_from("/x/site-packages/monkey_patch.py", tree) == []
    assert installed_from("../nova/monkey_patch.py", tree) == []
    assert installed_from("/", tree) == []
    assert sorted(installed_from("values.yaml", tree)) == ["a/values.yaml", "b/values.yaml"]
