"""Which suggestion comes first, for whom there is none, and what hostile text does."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from making import Made, Writer, function
from unfork.model import Advice, Patch, Relation, Scan, Suggestion
from unfork.suggesting import query_of

MakePatch = Callable[..., None]
Ask = Callable[..., Scan]
Fill = Callable[[Writer], None]
First = Callable[[Scan], Suggestion]


def test_the_same_bug_comes_before_more_words(
    made: Made, fill: Fill, patch: MakePatch, ask: Ask, first: First
) -> None:
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start", {"README": "hello\n"}))
        fill(writer)
        wordy = writer.commit(
            "Zero root disk for boot from volume", {"app/scheduler.py": function("scheduler")}
        )
        joined = writer.commit("Mend accounting\n\nCloses-Bug: #1469179\n", {"app/own.py": function("own")})
    patch("Request zero root disk for boot from volume", "Closes-Bug: #1469179")
    scan = ask()
    found = first(scan)
    assert found.shas == (joined,)
    assert found.joined == ("bug:1469179",)
    assert "both name bug 1469179" in found.detail
    assert scan.patches[0].suggestions[1].shas == (wordy,)


def test_a_number_that_all_commits_name_joins_nothing(
    made: Made, fill: Fill, patch: MakePatch, ask: Ask, first: First
) -> None:
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start", {"README": "hello\n"}))
        for number in range(12):
            writer.commit(
                f"Thing {number}\n\nRelated-Bug: #1234567\n", {f"app/{number}.py": f"x = {number}\n"}
            )
        meant = writer.commit(
            "Zero root disk for boot from volume\n\nRelated-Bug: #1234567", {"app/d.py": "d = 1\n"}
        )
    patch("Request zero root disk for boot from volume", "Related-Bug: #1234567")
    assert first(ask()).shas == (meant,)


def test_a_fix_comes_before_its_test_alone(
    made: Made, fill: Fill, patch: MakePatch, ask: Ask, first: First
) -> None:
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start", {"README": "hello\n"}))
        fill(writer)
        real = writer.commit("Purge soft-deleted records nightly", {"app/db.py": function("db")})
        only_test = writer.commit(
            "Purge soft-deleted records nightly, proof", {"app/tests/test_db.py": function("test_db")}
        )
    patch("Purge soft-deleted records nightly")
    scan = ask()
    assert first(scan).shas == (real,)
    assert scan.patches[0].suggestions[1].shas == (only_test,)


def test_what_landed_twice_is_one_suggestion(
    made: Made, fill: Fill, patch: MakePatch, ask: Ask, first: First
) -> None:
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start", {"README": "hello\n"}))
        fill(writer)
        one = writer.commit("Purge soft-deleted records", {"app/db.py": "db = 1\n"})
        writer.commit("Back", {"app/db.py": None})
        two = writer.commit("Purge soft-deleted records", {"app/db.py": "db = 2\n"})
    patch("Purge soft-deleted records every night")
    scan = ask()
    assert set(first(scan).shas) == {one, two}
    titles = [each.title for each in scan.patches[0].suggestions]
    assert len(titles) == len(set(titles))


def test_files_in_common_are_named(made: Made, fill: Fill, patch: MakePatch, ask: Ask, first: First) -> None:
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start", {"down/own.py": "x\n"}))
        fill(writer)
        sha = writer.commit("Purge soft-deleted records", {"down/own.py": "y\n"})
    patch("Purge soft-deleted records every night", path="down/own.py")
    found = first(ask())
    assert (found.shas, found.files) == ((sha,), ("down/own.py",))
    assert "files in common: down/own.py" in found.detail


def test_nothing_is_suggested_where_nothing_is_alike(
    made: Made, fill: Fill, patch: MakePatch, ask: Ask
) -> None:
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start", {"README": "hello\n"}))
        fill(writer)
    patch("Zeppelins over Antarctica", text="zeppelin = antarctica()\n")
    (verdict,) = ask().patches
    assert verdict.relation is Relation.NONE
    assert verdict.suggestions == ()


def test_nothing_is_asked_for_a_patch_that_is_upstream(
    made: Made, fill: Fill, patch: MakePatch, ask: Ask
) -> None:
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start", {"README": "hello\n"}))
        fill(writer)
        writer.commit("Give disks a limit", {"down/own.py": function("limit")})
        writer.commit("Give disks a limit that is soft", {"app/soft.py": function("soft")})
    patch("Give disks a limit", text=function("limit"))
    (verdict,) = ask().patches
    assert verdict.relation is Relation.IDENTICAL
    assert verdict.advice is Advice.DROP
    assert verdict.suggestions == ()


def test_commits_without_a_word_are_no_fault(made: Made, patch: MakePatch, ask: Ask) -> None:
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("...", {"a": "1\n"}))
        writer.commit("!!!", {"a": "2\n"})
        writer.commit("???", {"a": "3\n"})
    patch("Zeppelins over Antarctica")
    assert ask().patches[0].suggestions == ()


def test_hostile_words_do_no_harm(
    made: Made, fill: Fill, patch: MakePatch, ask: Ask, first: First, tmp_path: Path
) -> None:
    shout = b"Purge \xff\xfe records\n\n" + b"a" * 100_000 + b" \x1b[31m \xe2\x80\xae" + b"_-" * 50_000
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start", {"README": "hello\n"}))
        fill(writer)
        sha = writer.commit(shout, {b"bad\xff/own.py": "x\n"})
    patch("Purge \x1b[31m records", "x" * 70 + " " + "<script>" * 2000, path="bad\udcff/own.py")
    found = first(ask())
    assert found.shas == (sha,)
    assert set(map(str.lower, found.words)) == {"purge", "records", "31m", "own"}
    assert all("\udcff" not in text for text in (found.detail, *found.files))
    assert first(ask()) == found  # kept and read again


def test_a_remembered_answer_is_not_given_to_another_question(
    made: Made, fill: Fill, patch: MakePatch, ask: Ask, first: First, tmp_path: Path
) -> None:
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start", {"README": "hello\n"}))
        fill(writer)
        one = writer.commit("Purge soft-deleted records", {"app/db.py": "db = 1\n"})
    patch("Purge soft-deleted records every night")
    before = ask()
    assert first(before).shas == (one,)
    assert ask() == before
    with made.writing() as writer:
        two = writer.commit("Purge soft-deleted records every night", {"app/night.py": "night = 1\n"})
    assert first(ask()).shas == (two,)
    for kept in (tmp_path / "cache").rglob("suggestions-*"):
        kept.write_bytes(kept.read_bytes()[:-1])
    assert first(ask()).shas == (two,)


def test_a_query_takes_identifiers_apart() -> None:
    query = query_of(
        Patch(name="a", id="1", subject="Use liveMigration of hw_vtpm", message="Closes-Bug: #1234567")
    )
    assert {"hw_vtpm", "vtpm", "livemigration", "migration"} <= set(query.subject)
    assert query.ids == {"bug:1234567"}
    assert not query.message
    assert (
        query_of(replace(Patch(name="a", id="1", subject="Migrates"))).subject.keys()
        == query_of(Patch(name="a", id="1", subject="migrating")).subject.keys()
    )


def test_the_chance_orders_and_says_what_is_worth_a_look(
    made: Made, fill: Fill, patch: MakePatch, ask: Ask
) -> None:
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start", {"README": "hello\n"}))
        fill(writer)
        writer.commit("Purge soft-deleted records every night", {"app/db.py": function("db")})
        writer.commit("Count quota of records", {"app/quota.py": function("quota2")})
    patch("Purge soft-deleted records every night of the week")
    patch("Count the sheep")
    strong, weak = ask().patches
    chances = [each.chance for each in strong.suggestions]
    assert chances == sorted(chances, reverse=True)
    assert all(0 < chance < 1 for chance in chances)
    assert strong.suggestions[0].promising
    assert chances[0] > max((each.chance for each in weak.suggestions), default=0.0)
    assert not any(each.promising for each in weak.suggestions)
