"""A line has one hash, however it is read."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from unfork.history import hash_texts, hash_words, kept_lines
from unfork.history.pairs import PairReader

_LONG = 1 << 14  # positions repeat from here on

pieces = st.one_of(
    st.binary(max_size=30),
    st.sampled_from(
        [b" ", b"\t", b"\r", b"\0", b"\x0b\x0c", b"a b", b"--- a/x", b"@@ -1 +1 @@", b"\\", b"\x01"]
    ),
    st.integers(min_value=_LONG - 2, max_value=_LONG + 2).map(lambda size: b"y" * size),
)
bodies = st.lists(pieces, max_size=5).map(lambda parts: b"".join(parts).replace(b"\n", b""))
changed = st.tuples(st.sampled_from([b"+", b"-"]), bodies).map(b"".join)


def streamed(lines: list[bytes]) -> np.ndarray:
    reader = PairReader(np.zeros(1, dtype=np.uint64))
    names = b"a/0000000000", b"b/0000000000"
    head = b"diff --git %s %s\n--- %s\n+++ %s\n@@ -1 +1 @@\n" % (*names, *names)
    reader.feed(head + b"".join(line + b"\n" for line in lines))
    reader.close()
    return np.concatenate(reader.hashes)


@settings(deadline=None)
@given(st.lists(changed, max_size=8))
@example([b"+a", b"-a", b"+ ", b"-\t\r", b"+", b"+a\0b", b"+\0"])
def test_the_stream_and_the_patch_agree(lines: list[bytes]) -> None:
    hashes, ink = hash_texts(lines)
    assert streamed(lines).tolist() == hashes[ink > 1].tolist()


@settings(deadline=None)
@given(bodies, st.lists(st.sampled_from(b" \t\r\x0b\x0c"), min_size=1, max_size=4), st.data())
def test_white_space_changes_nothing(body: bytes, spaces: list[int], data: st.DataObject) -> None:
    at = data.draw(st.integers(min_value=0, max_value=len(body)))
    spaced = b"+" + body[:at] + bytes(spaces) + body[at:]
    (one, other), ink = hash_texts([b"+" + body, spaced])
    assert one == other
    assert ink[0] == ink[1]


def test_a_missing_line_end_changes_nothing() -> None:
    assert hash_texts([b"+a", b"+b"])[0].tolist() == hash_texts([b"+a\n", b"+b\n"])[0].tolist()


def ink_of(line: bytes) -> bytes:
    return bytes(byte for byte in line if byte not in b" \t\r\n\x0b\x0c")


@settings(deadline=None)
@given(st.lists(changed, min_size=2, max_size=20))
def test_other_lines_have_other_hashes(lines: list[bytes]) -> None:
    hashes, _ = hash_texts(lines)
    # Lines that differ first behind the last position would collide by design: none are drawn.
    assert len(set(hashes.tolist())) == len({ink_of(line) for line in lines})


@pytest.mark.parametrize(
    ("one", "other"), [(b"+a", b"-a"), (b"+ab", b"+ba"), (b"+a", b"+a\0"), (b"+aab", b"+aba"), (b"+", b"-")]
)
def test_sign_order_and_nul_count(one: bytes, other: bytes) -> None:
    (first, second), _ = hash_texts([one, other])
    assert first != second


def test_hashes_stay_what_an_index_on_disk_holds() -> None:
    """Changing these without raising the format number would make every index lie."""
    hashes, ink = hash_texts([b"+return x", b"-", b"+\xff\0" + b"z" * 20000])
    assert ink.tolist() == [8, 1, 20003]
    assert hashes.tolist() == [7157882980225796387, 3992281240479306642, 12732430159688835571]


def test_words_and_nothing() -> None:
    assert hash_words([]).tolist() == []
    assert len(set(hash_words(["fix", "Fix", "fi", "x"]).tolist())) == 4
    assert [part.tolist() for part in hash_texts([])] == [[], []]


@settings(deadline=None)
@given(st.lists(changed, min_size=1, max_size=8))
def test_a_line_is_moved_when_it_is_there_with_both_signs(lines: list[bytes]) -> None:
    def ink(line: bytes) -> bytes:
        return b"".join(line[1:].split())

    hashes, _ = hash_texts(lines)
    assert kept_lines(hashes).tolist() == [
        not any(ink(line) == ink(other) and line[:1] != other[:1] for other in lines) for line in lines
    ]
