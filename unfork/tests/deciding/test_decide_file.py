"""The file of decisions: what it looks like, what it refuses, and that nothing in it is lost."""

import os
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from decided_fork import Fork
from unfork.deciding import forget, read_decisions, record, rule
from unfork.errors import InputError
from unfork.model import Patch
from unfork.model.decision import Decision, DecisionKind

ONE, TWO, THREE = "1" * 40, "2" * 40, "3" * 40


def decision(
    patch: str = "a.patch", kind: str = "keep", *commits: str, why: str | None = "so", **more: str
) -> Decision:
    return Decision(
        patch=patch,
        id=more.get("id", "a" * 40),
        kind=DecisionKind(kind),
        by="Re Viewer <re@example.org>",
        date=datetime(2026, 1, 31, 12, tzinfo=UTC),
        commits=commits,
        text=more.get("text"),
        why=why,
    )


def write(folder: Path, new: Decision, **subjects: str) -> Decision:
    return record(folder, new, series={"a.patch", "b.patch"}, subjects=subjects)[0]


GOOD = f"""\
# Ours.

# Seen in the meeting.
[[decision]]
patch = "a.patch"
id = "{"a" * 40}"
kind = "not"
commits = [
    "{ONE}",  # Fix it
]
why = "other"  # says Ann
by = "Re Viewer <re@example.org>"
date = 2026-01-31T12:00:00Z

# Nobody's.

[[decision]]
patch = "b.patch"
id = "{"b" * 40}"
kind = "keep"
why = "so"
by = "Re Viewer <re@example.org>"
date = 2026-01-31T12:00:00Z
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A folder with two decisions and comments."""
    folder = tmp_path / "plan"
    folder.mkdir()
    (folder / "decisions.toml").write_text(GOOD, encoding="utf-8")
    return folder


def text_of(folder: Path) -> str:
    return (folder / "decisions.toml").read_text(encoding="utf-8")


def test_a_new_file_reads_well_and_holds_what_was_said(tmp_path: Path) -> None:
    said = decision("a.patch", "is", ONE, TWO, why='a "quote"\n\x1b[1m and é')
    write(tmp_path / "plan", said, **{ONE: "Fix \x1b[1mit\u2028"})
    write(tmp_path / "plan", decision("\x7f\u202e.patch", "replaced-by", why=None, text="[[decision]]"))
    first, second = read_decisions(tmp_path / "plan")
    assert (first, second.text) == (said, "[[decision]]")
    text = text_of(tmp_path / "plan")
    assert text.startswith("# What people decided about patches.")
    assert f'    "{ONE}", # Fix ?[1mit?\n    "{TWO}",\n]\n' in text
    assert "\x1b" not in text
    assert os.listdir(tmp_path / "plan") == ["decisions.toml"]  # noqa: PTH208 - names only


def test_order_does_not_depend_on_who_came_first(tmp_path: Path) -> None:
    several = [decision("b.patch"), decision("a.patch", "not", ONE), decision("a.patch", "is", TWO)]
    for each in several:
        write(tmp_path / "one", each)
    for each in reversed(several):
        write(tmp_path / "two", each)
    assert text_of(tmp_path / "one") == text_of(tmp_path / "two")
    assert [each.kind for each in read_decisions(tmp_path / "one")] == ["is", "not", "keep"]


def test_comments_stay_with_their_decision(plan: Path) -> None:
    write(plan, decision("a.patch", "not", TWO, why=None))
    expected = GOOD.replace(f'    "{ONE}",  # Fix it\n', f'    "{ONE}",\n    "{TWO}",\n')
    assert text_of(plan) == expected
    write(plan, decision("0.patch"))
    assert text_of(plan).replace(expected.removeprefix("# Ours.\n\n"), "").count("#") == 1
    assert len(forget(plan, "0.patch")) == 1
    assert text_of(plan) == expected


def test_forget_takes_the_patch_only(plan: Path) -> None:
    (gone,) = forget(plan, "a.patch")
    assert gone.commits == (ONE,)
    assert text_of(plan).startswith("# Ours.\n")
    assert "# Nobody's." in text_of(plan)
    assert "Seen in the meeting" not in text_of(plan)
    assert [each.patch for each in read_decisions(plan)] == ["b.patch"]
    assert forget(plan, "a.patch") == ()


def test_the_same_again_renews_and_keeps_the_reason(plan: Path) -> None:
    done, renewed = record(
        plan, decision("a.patch", "not", ONE, why=None, id="c" * 40), series=(), subjects={}
    )
    assert (renewed, done.why, done.id) == (True, "other", "c" * 40)
    assert len(read_decisions(plan)) == 2


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (decision("a.patch", "is", ONE), "it cannot be 111111111111 and not be it"),
        (decision("b.patch", "is", TWO), "it cannot be both is and keep"),
        (decision("b.patch", "keep", why="another reason"), "it is decided already"),
        (decision("gone.patch", "replaced-by", text="x", id="b" * 40), None),
    ],
)
def test_a_contradiction_is_refused_and_the_older_one_stays(
    plan: Path, new: Decision, reason: str | None
) -> None:
    if reason is None:  # the same content under another name that is carried: another patch
        write(plan, new)
        return
    with pytest.raises(InputError) as caught:
        write(plan, new)
    assert reason in caught.value.what
    assert (caught.value.where or "").startswith(f"{plan / 'decisions.toml'}:")
    assert "--forget" in (caught.value.hint or "")
    assert text_of(plan) == GOOD
    assert [path.name for path in plan.iterdir()] == ["decisions.toml"]


BLOCK = GOOD[GOOD.index('[[decision]]\npatch = "b') :]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (f"<<<<<<< HEAD\n{BLOCK}=======\n", 1, "a merge conflict is not resolved"),
        (f"{BLOCK}=======\n", 8, "a merge conflict is not resolved"),
        (f"{BLOCK}\n# again\n{BLOCK}", 10, "a second decision 'keep' for 'b.patch'"),
        (BLOCK.replace('"keep"', '"not"').replace('why = "so"', f'commits = ["{ONE}"]')
         + BLOCK.replace('"keep"', '"is"').replace('why = "so"', f'commits = ["{ONE}"]'),
         8, "two decisions for 'b.patch' contradict each other: it cannot be 111111111111 and not be it"),
        (BLOCK + BLOCK.replace('"keep"', '"is"').replace('why = "so"', f'commits = ["{ONE}"]'),
         8, "two decisions for 'b.patch' contradict each other: it cannot be both is and keep"),
        (BLOCK.replace("why", "wyh"), 5, "unknown key 'wyh'"),
        (BLOCK.replace('"keep"', '"maybe"'), 4, "unknown kind 'maybe'"),
        (BLOCK.replace('why = "so"\n', ""), 4, "a decision of kind keep needs why"),
        (BLOCK.replace('by = "Re Viewer <re@example.org>"\n', ""), 1, "the decision has no by"),
        (BLOCK.replace('"so"', '" "'), 5, "why must be a text that is not empty"),
        (BLOCK.replace('"so"', "3"), 5, "why must be a text that is not empty"),
        (BLOCK.replace("why", "text"), 5, "a decision of kind keep has no text"),
        (BLOCK.replace("T12:00:00Z", ""), 7, "date must be a time in UTC"),
        (BLOCK.replace('"keep"', '"is"').replace('"so"', f'"so"\ncommits = ["{ONE[:12]}"]'), 6,
         "'111111111111' is no full hash of a commit"),
        (BLOCK.replace('"keep"', '"is"').replace('"so"', f'"so"\ncommits = ["{ONE}",\n "{ONE}"]'), 6,
         "111111111111 is named twice"),
        (BLOCK.replace('"keep"', '"is"').replace('"so"', '"so"\ncommits = []'), 6,
         "commits must be an array of full hashes"),
        (BLOCK.replace("= 2026", "2026"), 7, "not TOML"),
        (BLOCK + '[other]\na = 1\n', 1, "unknown table 'other'"),
        (BLOCK + '[["decision"]]\na = 1\n', 1, "two decisions in one block"),
        (BLOCK.replace('"so"', "[" * 9999), 1, "not TOML that can be read"),
        ('x = 1\n' + BLOCK, 1, "'x' stands outside of a decision"),
        ("# c\n\ndecision = []\n", 3, "'decision' stands outside of a decision"),
    ],
)  # fmt: skip
def test_a_file_edited_by_hand_is_refused_with_the_line(
    tmp_path: Path, text: str, line: int, what: str
) -> None:
    path = tmp_path / "decisions.toml"
    path.write_text(text, encoding="utf-8")
    for call in (
        lambda: read_decisions(tmp_path),
        lambda: write(tmp_path, decision("0.patch")),
        lambda: forget(tmp_path, "b.patch"),
    ):
        with pytest.raises(InputError) as caught:
            call()
        assert caught.value.where == f"{path}:{line}"
        assert caught.value.what.startswith(what)
        assert path.read_text(encoding="utf-8") == text


def test_bytes_that_are_no_text_and_a_place_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "decisions.toml").write_bytes(b"# a\n# \xff\n")
    with pytest.raises(InputError, match="not UTF-8") as caught:
        read_decisions(tmp_path)
    assert caught.value.where == f"{tmp_path / 'decisions.toml'}:2"
    with pytest.raises(InputError, match="cannot write"):
        write(tmp_path / "decisions.toml", decision())


def test_lines_of_another_system_are_read_and_kept(plan: Path) -> None:
    path = plan / "decisions.toml"
    path.write_bytes(GOOD.replace("\n", "\r\n").encode())
    assert len(read_decisions(plan)) == 2
    write(plan, decision("0.patch"))
    assert len(read_decisions(plan)) == 3
    assert b"# Seen in the meeting.\r\n[[decision]]\r\n" in path.read_bytes()


def test_two_that_hold_for_one_patch_must_agree() -> None:
    """Found by content the one, by name the other."""
    patches = [Patch(name="new.patch", id="a" * 40, subject="")]
    old = decision("old.patch", "keep")
    assert rule([old], patches)[0].outcome == old
    with pytest.raises(InputError, match="contradict each other"):
        rule([old, decision("new.patch", "is", ONE, id="b" * 40)], patches)
    with pytest.raises(InputError, match=r"names 'other.patch', and the series has neither"):
        rule([decision("other.patch", id="c" * 40)], patches)


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from unfork.deciding import record
from unfork.model.decision import Decision, DecisionKind

for number in range(8):
    sha = f"{sys.argv[2]}{number:039x}"
    record(
        Path(sys.argv[1]),
        Decision("a.patch", "a" * 40, DecisionKind.NOT, "W", datetime(2026, 1, 1, tzinfo=UTC), (sha,)),
        series={"a.patch"}, subjects={},
    )
"""


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    def run(letter: str) -> int:
        command = [sys.executable, "-c", WRITER, str(tmp_path / "plan"), letter]
        return subprocess.run(command, timeout=120).returncode

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(run, "abc")) == [0, 0, 0]
    (all_of_them,) = read_decisions(tmp_path / "plan")
    assert len(all_of_them.commits) == 24
    assert [path.name for path in (tmp_path / "plan").iterdir()] == ["decisions.toml"]


def test_commits_are_kept_by_their_full_hash(fork: Fork) -> None:
    fork.decide("home.patch", "not", fork.sha("B")[:9], "1.1.0")
    (block,) = tomllib.loads(fork.file.read_text())["decision"]
    assert block["commits"] == sorted([fork.sha("B"), fork.sha("C")])
    assert f'"{fork.sha("B")}", # Count only starts that were applied\n' in fork.file.read_text()


def test_an_unknown_commit_is_answered_with_the_nearest(fork: Fork) -> None:
    sha = fork.sha("B")
    slip = sha[:12] + ("0" if sha[12] != "0" else "1") + sha[13:]
    for name in (slip, slip[:15]):
        with pytest.raises(InputError, match="upstream has no commit") as caught:
            fork.decide("home.patch", "is", name)
        assert caught.value.hint == f"nearest: {sha[:12]}"
    with pytest.raises(InputError, match="there is no revision") as caught:
        fork.decide("home.patch", "is", "1.1.O")
    assert "1.1.0" in (caught.value.hint or "")
    assert not fork.plan.exists()
    fork.decide("home.patch", "not", "B")
    fork.file.write_text(fork.file.read_text().replace(sha, slip))
    with pytest.raises(InputError, match="upstream has no commit") as caught:
        fork.scan()
    assert caught.value.where == f"{fork.file}:4"


def test_an_unknown_patch(fork: Fork) -> None:
    with pytest.raises(InputError, match=r"no patch is called 'hone.patch'") as caught:
        fork.decide("hone.patch", "keep", why="x")
    assert "home.patch" in (caught.value.hint or "")
    fork.decide("home.patch", "keep", why="x")
    text = fork.file.read_text().replace("home.patch", "hone.patch")
    fork.file.write_text(text)
    assert fork.scan().warnings is not None  # the content is still known
    fork.file.write_text(text.replace('id = "', 'id = "0'))
    with pytest.raises(InputError, match=r"names 'hone.patch'") as caught:
        fork.scan()
    assert caught.value.where == f"{fork.file}:4"
    assert "nearest: home.patch" in (caught.value.hint or "")
