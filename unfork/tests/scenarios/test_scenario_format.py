"""A slip in a scenario is one line that names the file and the key."""

from pathlib import Path

import pytest
from gitcalls import output
from unfork.errors import InputError
from unfork.scenario import build, load, parse, parse_graph
from unfork.scenario._tree import change, inverse, path_bytes

SMALL = """
title = "small"
graph = "master: A(1.0.0) - B"
ask = { base = "A", target = "B" }
[commit.A]
subject = "Begin"
write."a.txt" = "one\\ntwo\\nthree\\n"
[commit.B]
subject = "Go on"
change."a.txt" = '''
-two
+zwei
'''
"""
SERIES = """
[[series]]
subject = "Carried"
append."a.txt" = "four\\n"
expect = { relation = "none", state = "clean", advice = "carry" }
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("title =", "titel =", "titel"),
        ('relation = "none"', 'relation = "nothing"', "nothing"),
        ("[commit.B]", "[commit.X]", "B is drawn but not described"),
        ('graph = "master: A(1.0.0) - B"', 'graph = "master: A"', "B is described but not drawn"),
        ('subject = "Carried"', 'subject = "Carried"\ntake = "Q"', "patch 1 names commit Q"),
        ('advice = "carry" }', 'advice = "carry", answer_now.advice = "carry" }', "the true answer"),
        ("master: A(1.0.0)", "master A(1.0.0)", "not a branch line"),
        ("A(1.0.0) - B", "A((1.0.0) - B", "not a commit"),
        ("title = ", "title = = ", "x.toml"),
        ('subject = "Carried"', 'subject = "Carried"\nname = "../x.patch"', "not the name of a file"),
    ],
)
def test_a_slip_is_named(old: str, new: str, words: str) -> None:
    text = SMALL + SERIES
    assert old in text
    with pytest.raises(InputError, match=words) as caught:
        parse(text.replace(old, new).encode(), where="x.toml")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("x.toml")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("-two", "-zwo", "these lines are not there"),
        ('change."a.txt"', 'change."b.txt"', "there is no file b.txt"),
        ('target = "B"', 'target = "2.0.0"', "the graph has no '2.0.0'"),
        ('subject = "Go on"', "", "needs a subject"),
        ('subject = "Go on"', 'subject = "Go on"\ntake = "B"', "B needs itself"),
        ('subject = "Go on"', 'subject = "Go on"\nbody = "see ${Z}"', "there is no commit Z"),
        ('subject = "Go on"', 'revert = "A"', "first one and cannot be reverted"),
        ('"one\\ntwo\\nthree\\n"', '{ text = "two", link = "x" }', "one of text, base64"),
        ('"one\\ntwo\\nthree\\n"', '{ base64 = "?" }', "base64"),
    ],
)
def test_what_cannot_be_built_is_named(old: str, new: str, words: str, tmp_path: Path) -> None:
    text = SMALL + SERIES
    assert old in text
    with pytest.raises(InputError, match=words):
        build(parse(text.replace(old, new).encode(), where="x.toml"), tmp_path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        load(tmp_path / "none.toml")


def test_a_range_is_offered_as_the_series(tmp_path: Path) -> None:
    text = (SMALL + SERIES).replace('target = "B"', 'target = "B", carrier = "range"')
    built = build(parse(text.encode(), where="x.toml"), tmp_path)
    assert built.series == f"{tmp_path / 'fork.git'}:{built.hashes['A']}..fork"
    assert built.names == (output(built.fork, "rev-parse", "fork"),)


def test_a_merge_has_its_parents_in_the_order_of_the_lines() -> None:
    drawing = "master: A - B - M(2.0)\n - N\ntopic: A - T - M\nstable/1: B - S"
    graph = parse_graph(drawing, where="here")
    assert graph.nodes["M"].parents == ("B", "T")
    assert graph.nodes["N"].parents == ("M",)
    assert graph.tips == {"master": "N", "topic": "T", "stable/1": "S"}
    assert graph.tagged("2.0") == "M"
    assert graph.ancestors("S") == {"A", "B", "S"}


def test_a_commit_in_the_middle_of_two_lines_is_refused() -> None:
    with pytest.raises(InputError, match="drawn twice"):
        parse_graph("master: A - B - C\nother: D - B - E", where="here")


TEXT = b"a\nb\nc\na\nb\nd\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" c\n+x\n", b"a\nb\nc\nx\na\nb\nd\n"),
        ("-c\n", b"a\nb\na\nb\nd\n"),
        ("@@ c\n-a\n+A\n", b"a\nb\nc\nA\nb\nd\n"),
        (" b\n+x\n d\n", b"a\nb\nc\na\nb\nx\nd\n"),
        ("@@ c\n-c\n+C\n@@ d\n d\n+e\n", b"a\nb\nC\na\nb\nd\ne\n"),
    ],
)
def test_a_change(text: str, expected: bytes) -> None:
    assert change(TEXT, text) == expected


@pytest.mark.parametrize("text", [" c\n+x\n", " c\n-a\n", "@@ c\n-a\n+A\n", " b\n+x\n d\n", "-b\n d\n+e\n"])
def test_an_inverse_takes_a_change_back(text: str) -> None:
    assert change(change(TEXT, text), inverse(text)) == TEXT


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("-a\n", "there 2 times"),
        ("+x\n", "one line of context"),
        ("x\n", "starts with"),
        ("@@ z\n-a\n", "contains"),
    ],
)
def test_a_change_that_is_not_clear_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        change(TEXT, text)


def test_a_change_keeps_the_line_ends_of_the_file() -> None:
    assert change(b"a\r\nb\r\n", " a\n+x\n") == b"a\r\nx\r\nb\r\n"


def test_a_change_of_a_last_line_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="no line end"):
        change(b"a\nb", " b\n+c\n")


def test_a_path_can_hold_any_byte() -> None:
    assert path_bytes("caf%E9 menu") == b"caf\xe9 menu"
