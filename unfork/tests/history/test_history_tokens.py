"""The names in changed lines are the same however they are read."""

import re

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from unfork.history import IN_ADDED, IN_REMOVED, tokens_of_lines
from unfork.history.pairs import PairReader

_TOKEN = re.compile(rb"(?<![A-Za-z0-9_\x80-\xff])[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]{2,}")

words = st.sampled_from(
    [
        b"self",
        b"is",
        b"x",
        b"_a",
        b"_ab",
        b"1st",
        b"0x1f",
        b"claim",
        "naïve".encode(),
        b"a.b",
        b"(",
        b"=",
        b" ",
    ]
)
bodies = st.lists(words, max_size=8).map(b" ".join) | st.binary(max_size=40).map(
    lambda raw: raw.replace(b"\n", b"")
)
changed = st.tuples(st.sampled_from([b"+", b"-"]), bodies).map(b"".join)


def names(tokens: np.ndarray) -> dict[int, int]:
    """The sides each name is on."""
    return {int(token) >> 2: int(token) & 3 for token in tokens}


def one(name: bytes) -> int:
    (token,) = tokens_of_lines([b"+" + name])
    return int(token) >> 2


def expected(lines: list[bytes]) -> dict[int, int]:
    found: dict[int, int] = {}
    for line in lines:
        side = int(IN_ADDED if line[:1] == b"+" else IN_REMOVED)
        for name in _TOKEN.findall(line[1:]):
            found[one(name)] = found.get(one(name), 0) | side
    return found


@settings(deadline=None)
@given(st.lists(changed, max_size=8))
@example([b"+claim(self)", b"-self.claim", b"+\tclaim2", b"-", b"+ab", b"+1st_one"])
def test_every_name_of_a_changed_line_is_found(lines: list[bytes]) -> None:
    assert names(tokens_of_lines(lines)) == expected(lines)


def test_other_names_have_other_hashes() -> None:
    chosen = [b"rebuild", b"rebuilt", b"Rebuild", b"re_build", b"build", b"dliuber"]
    assert len({one(name) for name in chosen}) == len(chosen)


def diff_of(number: int, lines: list[bytes]) -> bytes:
    names = b"a/%010d" % number, b"b/%010d" % number
    head = b"former latter\ndiff --git %s %s\n--- %s\n+++ %s\n" % (*names, *names)
    return head + b"@@ -1,3 +1,3 @@ def enclosing(self):\n" + b"".join(line + b"\n" for line in lines)


@settings(deadline=None)
@given(
    st.lists(
        st.lists(changed.map(lambda line: line.replace(b"\x01", b"")), min_size=1, max_size=4), max_size=4
    ),
    st.integers(min_value=1, max_value=200),
)
def test_the_stream_gives_each_commit_its_names(commits: list[list[bytes]], size: int) -> None:
    text = b"".join(diff_of(at, [*lines, b"\\ No newline"]) for at, lines in enumerate(commits))
    reader = PairReader(np.arange(len(commits), dtype=np.uint64))
    for begin in range(0, len(text), size):
        reader.feed(text[begin : begin + size])
    found: list[dict[int, int]] = [{} for _ in commits]
    reader.close()
    for block in reader.tokens:
        for key in block.tolist():
            sides = found[key >> 32]
            name = (key & 0xFFFFFFFF) >> 2
            sides[name] = sides.get(name, 0) | key & 3
    assert found == [expected(lines) for lines in commits]
