"""Commits that a tracker calls merged are found, with their first release."""

from pathlib import Path

from making import Made
from unfork.git import Repository
from unfork.history import find_landed

ID = "I0123456789abcdef0123456789abcdef01234567"


def test_where_commits_landed(tmp_path: Path) -> None:
    made = Made(tmp_path / "up.git")
    with made.writing() as writer:
        first = writer.commit("first", {"a": "1"})
        second = writer.commit("second", {"a": "2"})
        writer.tag("1.0.0", second)
        third = writer.commit(f"third\n\nChange-Id: {ID}\n", {"a": "3"})
        writer.tag("2.0.0.0rc1", third)
        pick = writer.commit(f"third\n\nChange-Id: {ID}\n", {"b": "3"}, branch="stable", parents=(second,))
        writer.tag("2.0.0", third)
        topic = writer.commit("topic", {"c": "4"}, branch="topic", parents=(third,))
        merge = writer.commit("merge", {"c": "4"}, parents=(third, topic))
        lost = writer.commit("lost", {"d": "5"}, branch="gone", parents=(third,))
    made.git("update-ref", "-d", "refs/heads/gone")
    wanted = [(sha, None) for sha in (first, second, third, pick, topic, merge, lost, "f" * 40, "no hash")]
    landed = find_landed(Repository(made.path), wanted)
    assert {sha: each.release for sha, each in landed.items()} == {
        first: "1.0.0", second: "1.0.0", third: "2.0.0", pick: None, topic: None, merge: None,
    }  # fmt: skip
    assert find_landed(Repository(made.path), [(first[:10], None)])[first[:10]].sha == first


def test_a_commit_under_another_hash_is_found_by_its_change_id(tmp_path: Path) -> None:
    made = Made(tmp_path / "up.git")
    with made.writing() as writer:
        mentioned = writer.commit(f"See Change-Id: {ID}, which is to come", {"a": "1"})
        third = writer.commit(f"third\n\nChange-Id: {ID}\n", {"a": "3"})
        writer.commit(f"third\n\nChange-Id: {ID}\n", {"b": "3"}, branch="stable", parents=(third,))
        writer.tag("1.0.0", third)
    wanted = [("f" * 40, ID), ("e" * 40, "I" + "9" * 40), ("d" * 40, "I.*")]
    landed = find_landed(Repository(made.path), wanted)
    assert mentioned and {sha: (each.sha, each.release) for sha, each in landed.items()} == {
        "f" * 40: (third, "1.0.0")
    }
