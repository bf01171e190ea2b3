"""Whatever goes to whichever part: the parts apply one after another and make the same tree."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from making import Made
from unfork.errors import InputError
from unfork.git import Repository
from unfork.model import Patch
from unfork.series import canonical_diff, parse_patch
from unfork.unsquashing import Origin, Part, as_mail, compose, lines_of, prove
from unfork.unsquashing.pieces import Line, bonds

Squash = Callable[..., Patch]


def shared_out(patch: Patch, count: int, rng: random.Random) -> list[Part]:
    """Every line to a part by chance, bonds as one."""
    owner = {line: rng.randrange(count) for line in lines_of(patch)}
    for bond in bonds(patch):
        owner.update(dict.fromkeys(bond, owner[bond[0]]))
    found = [frozenset(line for line, part in owner.items() if part == number) for number in range(count)]
    return [Part(f"Part {number}", Origin.HUNKS, "", lines) for number, lines in enumerate(found) if lines]


def chance(seed: int) -> random.Random:
    """The same every time."""
    return random.Random(seed)  # noqa: S311 - nothing secret


def text(*lines: object, end: str = "\n") -> str:
    return "\n".join(map(str, lines)) + end


def proven(patch: Patch, parts: list[Part], made: Made) -> list[Patch]:
    """The composed parts, proven on a made tree, on the real one, and once more after a trip by mail."""
    composed = compose(patch, parts)
    lender = Repository(made.path)
    tree = lender.tree("squash-0^")
    real = prove(patch, composed, where="x", tree=tree, lender=lender)
    prove(patch, composed, where="x")
    mails = [parse_patch(as_mail(part, at, len(composed)), f"{at}") for at, part in enumerate(composed, 1)]
    assert [mail.error for mail in mails] == [None] * len(mails)
    assert prove(patch, mails, where="x", tree=tree, lender=lender) == real
    return composed


@pytest.mark.parametrize("seed", range(25))
def test_lines_shared_out_by_chance_make_the_same_tree(squash: Squash, made: Made, seed: int) -> None:
    rng = chance(seed)
    before, after = {}, {}
    for name in "abc":
        old = [f"{name}{number}" for number in range(rng.randrange(1, 40))]
        new = [line for line in old if rng.random() > 0.25]
        for _ in range(rng.randrange(0, 8)):
            new.insert(rng.randrange(len(new) + 1), f"new {rng.randrange(9)}")
        before[name] = text(*old, end=rng.choice(["\n", ""]))
        after[name] = text(*new, end=rng.choice(["\n", ""])) if new else None
    after["fresh"] = text(*range(rng.randrange(1, 9)), end=rng.choice(["\n", ""]))
    patch = squash(before, after)

    proven(patch, shared_out(patch, rng.randrange(2, 6), rng), made)


def test_a_new_file_comes_with_its_first_line_and_goes_with_its_last(squash: Squash, made: Made) -> None:
    patch = squash({"old": text(1, 2), "k": "k\n"}, {"old": None, "new": text("x", "y")})
    rows = lines_of(patch)
    parts = [
        Part("one", Origin.HUNKS, "", frozenset(line for line in rows if line.row == 0)),
        Part("two", Origin.HUNKS, "", frozenset(line for line in rows if line.row == 1)),
    ]

    first, second = proven(patch, parts, made)

    assert {(change.kind, change.path) for change in first.files} == {("add", "new"), ("modify", "old")}
    assert {(change.kind, change.path) for change in second.files} == {("modify", "new"), ("delete", "old")}


def test_a_rename_goes_to_its_part_and_lines_before_it_use_the_old_name(squash: Squash, made: Made) -> None:
    body = [f"line {number}" for number in range(40)]
    other = [*body[:5], "changed", *body[6:30], "changed too", *body[31:]]
    patch = squash({"old.py": text(*body)}, {"old.py": None, "new.py": text(*other)})
    header, first, second = (
        frozenset(line for line in lines_of(patch) if line.hunk == hunk) for hunk in (-1, 0, 1)
    )
    assert header

    made_of = proven(
        patch,
        [Part(name, Origin.HUNKS, "", lines) for name, lines in (("a", first), ("b", header), ("c", second))],
        made,
    )

    assert [(part.files[0].old_path, part.files[0].new_path) for part in made_of] == [
        ("old.py", "old.py"),
        ("old.py", "new.py"),
        ("new.py", "new.py"),
    ]


def test_a_line_that_two_parts_change_in_one_run_is_changed_in_its_place(squash: Squash, made: Made) -> None:
    patch = squash({"f": text(1, "a", "b", 2)}, {"f": text(1, "A", "B", 2)})
    # Rows: -a -b +A +B; the first part changes a, the second b.
    parts = [
        Part("one", Origin.HUNKS, "", frozenset({Line(0, 0, 0), Line(0, 0, 2)})),
        Part("two", Origin.HUNKS, "", frozenset({Line(0, 0, 1), Line(0, 0, 3)})),
    ]

    first, _ = proven(patch, parts, made)

    assert first.files[0].hunks[0].lines == (b" 1\n", b"-a\n", b"+A\n", b" b\n", b" 2\n")


def test_binary_files_modes_and_copies_stay_whole(squash: Squash, made: Made) -> None:
    body = text(*(f"line {number}" for number in range(30)))
    patch = squash(
        {"logo": "\0old", "run": "go\n", "src": body},
        {"logo": "\0new", "run": "go on\n", "src": body + "more\n", "copy": body + "copied\n"},
        mode="100755",
    )
    kinds = {change.path: change.kind for change in patch.files}
    assert kinds["copy"] == "copy", kinds

    for seed in range(5):
        proven(patch, shared_out(patch, 3, chance(seed)), made)


def test_line_numbers_that_were_edited_by_hand_are_put_right(squash: Squash, made: Made) -> None:
    lines = [f"line {number}" for number in range(60)]
    patch = squash({"f": text(*lines)}, {"f": text("new", *lines[:40], "also new", *lines[40:])})
    change = patch.files[0]
    wrong = (change.hunks[0], replace(change.hunks[1], new_start=change.hunks[1].new_start + 9))
    patch = replace(patch, files=(replace(change, hunks=wrong),))

    parts = compose(patch, [Part("all", Origin.HUNKS, "", frozenset(lines_of(patch)))])

    assert b"@@ -38,6 +39,7 @@" in canonical_diff(parts[0])
    prove(patch, parts, where="x")


def test_a_part_that_lacks_a_line_is_found_out(squash: Squash) -> None:
    patch = squash({"f": text(1, 2, 3)}, {"f": text(1, "two", 3)})
    part = compose(patch, [Part("all", Origin.HUNKS, "", frozenset(lines_of(patch)))])[0]
    hunk = part.files[0].hunks[0]
    less = replace(hunk, lines=(b" 1\n", b"-2\n", b" 3\n"), new_count=2)
    part = replace(part, files=(replace(part.files[0], hunks=(less,)),))

    with pytest.raises(AssertionError, match="another tree"):
        prove(patch, [part], where="x")


def test_hunks_that_cannot_stand_where_they_say_are_refused() -> None:
    data = b"--- a/f\n+++ b/f\n@@ -9,2 +9,2 @@\n x\n-y\n+Y\n@@ -5,2 +5,2 @@\n x\n-z\n+Z\n"
    patch = parse_patch(data, "p")

    with pytest.raises(InputError, match="line 5 of f cannot stand where it says") as error:
        prove(patch, [patch], where="p")
    assert error.value.hint is not None


def test_a_line_number_beyond_reason_is_refused_and_not_filled() -> None:
    patch = parse_patch(b"--- a/f\n+++ b/f\n@@ -999999999999,1 +999999999999,1 @@\n-y\n+Y\n", "p")

    with pytest.raises(InputError, match="cannot stand"):
        prove(patch, [patch], where="p")


def test_a_squash_that_has_no_context_is_taken_apart_without(tmp_path: Path) -> None:
    data = b"--- a/f\n+++ b/f\n@@ -3 +3 @@\n-x\n+X\n@@ -7,0 +8,2 @@\n+a\n+b\n@@ -12 +14,0 @@\n-z\n"
    patch = parse_patch(data, "p")

    for seed in range(6):
        prove(patch, compose(patch, shared_out(patch, 3, chance(seed))), where="p")
