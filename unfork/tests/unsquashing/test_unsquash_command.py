"""``unfork unsquash`` from the first look to the written series."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from making import DAY, FIRST_DAY, Made, function, leftovers, one_line, unfork

_MESSAGE = "Robustness\n\nMade of:\n7f39026 Throttle evacuation\n8a12bc3 Release port bindings\n"


@pytest.fixture
def fork(tmp_path: Path) -> Path:
    """A folder with a squash and one of its two parts beside it, and the repository they were made in."""
    made = Made(tmp_path / "repo.git")
    before = {"evacuate.py": function("evacuate"), "release.py": function("release")}
    with made.writing() as writer:
        base = writer.commit("base", before)
        writer.tag("1.0", base)
        part = writer.commit(
            "Release port bindings\n\nThey leaked.",
            {"release.py": function("release", "port_bindings.drop(item.uuid)")},
            branch="part", parents=(base,), author="Eve <eve@example.org>",
        )  # fmt: skip
        tip = writer.commit(
            _MESSAGE,
            {
                "evacuate.py": function("evacuate", "throttle.wait(agent.evacuations)"),
                "release.py": function("release", "port_bindings.drop(item.uuid)"),
            },
            branch="fork", parents=(base,),
        )  # fmt: skip
    folder = tmp_path / "patches"
    for name, sha in (("0007-primary", tip), ("0007.02-release", part)):
        mail = made.git("format-patch", "-1", "--stdout", sha)
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.patch").write_text(mail + "\n", encoding="utf-8")
    return tmp_path


def test_a_proposal_is_written_and_becomes_a_series(fork: Path) -> None:
    code, out, err = unfork("unsquash", "patches/0007-primary.patch", cwd=fork)
    assert (code, err) == (0, "")
    assert "2 parts" in out
    proposal = fork / "0007-primary.unsquash"

    code, out, err = unfork("unsquash", "--apply", proposal, "--json", "-", cwd=fork)

    assert (code, err) == (0, "")
    result = json.loads(out)
    assert [(part["title"], part["origin"]) for part in result["parts"]] == [
        ("Throttle evacuation", "listed"),
        ("Release port bindings", "beside"),
    ]
    assert result["parts"][1]["author"] == "Eve <eve@example.org>"
    made = sorted((fork / "0007-primary-parts").iterdir())
    assert [path.name for path in made] == [part["file"] for part in result["parts"]]
    assert [path.name[:8] for path in made] == ["0007.01-", "0007.02-"]
    assert leftovers(fork) == []


def test_git_am_takes_the_parts_and_ends_at_the_tree_of_the_squash(fork: Path) -> None:
    unfork("unsquash", "patches/0007-primary.patch", cwd=fork)
    unfork("unsquash", "--apply", "0007-primary.unsquash", "--out", "out", cwd=fork)
    run = lambda *args: subprocess.run(["git", *args], cwd=fork, check=True, capture_output=True, text=True)  # noqa: E731
    run("clone", "-q", "-b", "part", str(fork / "repo.git"), "work")
    run("-C", "work", "checkout", "-q", "1.0")

    run("-C", "work", "am", "-q", *sorted(map(str, (fork / "out").iterdir())))

    tree = run("-C", "work", "rev-parse", "HEAD^{tree}").stdout
    assert tree == run("-C", "repo.git", "rev-parse", "fork^{tree}").stdout
    said = run("-C", "work", "log", "--reverse", "1.0..", "--format=%an|%at|%s|%b").stdout
    assert said.endswith(f"Eve|{FIRST_DAY + 2 * DAY}|Release port bindings|They leaked.\n\n")


def test_a_commit_of_a_range_is_proven_on_the_tree_below_it(fork: Path) -> None:
    series = f"{fork / 'repo.git'}:1.0..fork"
    code, _, _ = unfork("unsquash", "1", "--series", series, "-o", "it.unsquash", cwd=fork)
    assert code == 0

    code, out, _ = unfork("unsquash", "--apply", "it.unsquash", "--dry-run", cwd=fork)

    assert code == 0
    assert "on the tree below the patch" in out
    assert "nothing was written" in out
    assert not (fork / "it-parts").exists()


def test_an_upstream_commit_in_a_squash_becomes_a_part(fork: Path) -> None:
    upstream = Made(fork / "repo.git")
    upstream.git("update-ref", "refs/heads/master", "refs/heads/part")
    upstream.git("symbolic-ref", "HEAD", "refs/heads/master")
    (fork / "patches" / "0007.02-release.patch").unlink()

    code, _, err = unfork(
        "unsquash", "patches/0007-primary.patch", "--upstream", "repo.git", "--base", "1.0", "--json",
        "out.json", cwd=fork,
    )  # fmt: skip

    assert (code, err) == (0, "")
    parts = json.loads((fork / "out.json").read_text(encoding="utf-8"))["parts"]
    assert [(part["origin"], part["name"]) for part in parts if part["origin"] == "upstream"] == [
        ("upstream", upstream.git("rev-parse", "part"))
    ]


def test_one_change_is_answered_with_no(fork: Path) -> None:
    code, out, _ = unfork("unsquash", "patches/0007.02-release.patch", "--dry-run", cwd=fork)

    assert code == 1
    assert "1 part\n" in out
    assert list(fork.glob("*.unsquash")) == []


@pytest.mark.parametrize(
    ("args", "code", "what"),
    [
        ((), 2, "give a PATCH"),
        (("x", "--apply", "y"), 2, "give a PATCH"),
        (("nothing",), 2, "no series is given, and nothing is no file"),
        (("nothing", "--series", "patches"), 3, "no patch is called 'nothing'"),
        (("--apply", "nothing"), 3, "nothing: cannot read: No such file"),
        (("--apply", "patches/0007-primary.patch"), 3, "is no proposal"),
        (("patches/0007-primary.patch", "--upstream", "nowhere"), 3, "no such repository"),
        (("patches/0007-primary.patch", "-o", "no/folder/x"), 3, "cannot write"),
    ],
)
def test_wrong_input_is_one_line(fork: Path, args: tuple[str, ...], code: int, what: str) -> None:
    found, out, err = unfork("unsquash", *args, cwd=fork)

    assert (found, out) == (code, "")
    assert what in one_line(err)


def test_what_people_edited_is_not_overwritten(fork: Path) -> None:
    (fork / "0007-primary.unsquash").write_text("edited", encoding="utf-8")
    (fork / "0007-primary-parts").mkdir()
    (fork / "0007-primary-parts" / "mine").touch()

    code, _, err = unfork("unsquash", "patches/0007-primary.patch", cwd=fork)
    assert code == 3
    assert "--force" in one_line(err)
    assert (fork / "0007-primary.unsquash").read_text(encoding="utf-8") == "edited"

    assert unfork("unsquash", "patches/0007-primary.patch", "--force", cwd=fork)[0] == 0
    code, _, err = unfork("unsquash", "--apply", "0007-primary.unsquash", cwd=fork)
    assert code == 3
    assert "is there already" in one_line(err)
    assert [path.name for path in (fork / "0007-primary-parts").iterdir()] == ["mine"]


def test_a_proposal_for_another_version_of_the_patch_is_refused(fork: Path) -> None:
    unfork("unsquash", "patches/0007-primary.patch", cwd=fork)
    patch = fork / "patches" / "0007-primary.patch"
    patch.write_text(patch.read_text(encoding="utf-8").replace("throttle", "brake"), encoding="utf-8")

    code, _, err = unfork("unsquash", "--apply", "0007-primary.unsquash", cwd=fork)

    assert code == 3
    assert "another version of 0007-primary.patch" in one_line(err)
    assert not (fork / "0007-primary-parts").exists()


@pytest.mark.parametrize("moment", range(6))
def test_a_kill_leaves_the_folder_whole_or_away(fork: Path, moment: int) -> None:
    unfork("unsquash", "patches/0007-primary.patch", cwd=fork)
    command = [sys.executable, "-m", "unfork", "unsquash", "--apply", "0007-primary.unsquash", "--out", "out"]
    process = subprocess.Popen(command, cwd=fork, stdout=subprocess.DEVNULL, start_new_session=True)
    time.sleep(0.15 * (moment + 1))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()

    if (fork / "out").exists():
        assert len(list((fork / "out").iterdir())) == 2
    else:
        code, _, err = unfork("unsquash", "--apply", "0007-primary.unsquash", "--out", "out", cwd=fork)
        assert (code, err) == (0, "")
