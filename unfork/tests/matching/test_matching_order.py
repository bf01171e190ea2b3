"""What of a change a commit has in one piece and in one file, and which lines and names tell."""

import numpy as np
import pytest
from numpy.typing import NDArray
from unfork.history import RAREST, hash_texts
from unfork.matching.bags import Bag, core_lines
from unfork.matching.order import Held, neighbours, order_of
from unfork.matching.query import Query, query_of_lines
from unfork.matching.vocabulary import Names

FIRST = [f"+    lease_{at} = renew(holder_{at})".encode() for at in range(8)]
SECOND = [f"+    limit_{at} = expire(bound_{at})".encode() for at in range(8)]
MOST = 0.6


def query(*pieces: list[bytes], path: str = "agent.py") -> Query:
    return query_of_lines([(path, list(pieces))])


def held(ours: Query, theirs: list[bytes], *, weight: float = RAREST, same_file: bool = True) -> Held:
    weights = np.full(len(ours.lines), weight)
    lines, _ = hash_texts(theirs)
    salt = np.uint64(12345)
    there: NDArray[np.uint64] = lines ^ salt if same_file else lines
    bags = (
        Bag.of(ours.lines, weights),
        Bag.of(ours.lines ^ salt, weights),
        Bag.of(neighbours(ours.lines), weights[1:]),
    )
    order = order_of(ours, weights, core_lines(ours), *(bag.place_of for bag in bags))
    found = zip(bags, (lines, there, neighbours(lines)), strict=True)
    return order.held(*(bag.counted(bag.places(keys)) > 0 for bag, keys in found), MOST)


def test_a_piece_taken_whole() -> None:
    found = held(query(FIRST, SECOND), FIRST)
    assert found.piece == pytest.approx(8 * RAREST)
    assert found.pieces == pytest.approx(0.5)
    assert found.run == pytest.approx(8 * RAREST)
    assert found.file == pytest.approx(8 * RAREST / 2)  # of a file whose other half it lacks
    assert found.telling == pytest.approx(8)


def test_as_many_lines_here_and_there_are_less() -> None:
    ours = query(FIRST, SECOND)
    whole, scattered = held(ours, FIRST), held(ours, [*FIRST[::2], *SECOND[::2]])
    assert scattered.telling == whole.telling
    assert scattered.file == pytest.approx(whole.file)
    assert scattered.piece < whole.piece
    assert scattered.pieces == 0
    assert scattered.run == pytest.approx(RAREST)


def test_a_run_ends_where_the_commit_has_the_lines_in_another_order() -> None:
    assert held(query(FIRST), FIRST[::-1]).run == pytest.approx(RAREST)


def test_a_run_does_not_go_from_one_piece_into_the_next() -> None:
    assert held(query(FIRST[:4], FIRST[4:]), FIRST).run == pytest.approx(4 * RAREST)


def test_common_lines_tell_next_to_nothing() -> None:
    rare, common = (held(query(FIRST), FIRST, weight=weight).telling for weight in (RAREST, RAREST / 2))
    assert rare == pytest.approx(8)
    assert common < 0.2


def test_lines_in_another_file_are_in_no_file() -> None:
    found = held(query(FIRST), FIRST, same_file=False)
    assert found.file == 0
    assert found.piece == pytest.approx(8 * RAREST)


def test_tests_weigh_nothing_beside_code() -> None:
    ours = query_of_lines([("agent.py", [SECOND]), ("tests/test_agent.py", [FIRST])])
    found = held(ours, FIRST)
    assert (found.piece, found.run, found.telling) == (0, 0, 0)


def test_a_name_that_both_only_add_and_few_have_tells() -> None:
    names = np.arange(1, 5, dtype=np.uint32)
    added, both = np.uint32(1), np.uint32(3)
    ours = Names(names, (names << np.uint32(2)) | added, np.array([RAREST, RAREST, RAREST / 2, RAREST]))
    theirs = (names << np.uint32(2)) | np.array([added, both, added, added], dtype=np.uint32)
    *_, new = ours.shared(theirs[:3])
    assert new == pytest.approx(1 + 0.5**4)  # the second is in what they remove too, the fourth is not there
