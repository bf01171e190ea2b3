"""A change's lines in their order: what of it a commit has in one piece and in one file.

Many lines shared here and there are what two changes to the same code have in common by chance; as many
in one piece hardly ever are.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unfork.history import RAREST
from unfork.matching.query import Query

_TURN = np.uint64(29)
_U64 = NDArray[np.uint64]
_F64 = NDArray[np.float64]
_Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Held:
    """What a commit has of a change, by weight; of core lines alone."""

    piece: float  # of the piece it has most of: weight found times share found
    pieces: float  # share of the change that lies in pieces of which it has most
    run: float  # the longest run of lines
    file: float  # of the file it has most of, under the same name: weight found times share found
    telling: float  # how many of the lines that nearly no other commit has


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """A query's lines in their order, ready for comparing; made once a query. Lines, lines with their file
    and pairs of lines are numbered by their places among the distinct ones."""

    line_of: NDArray[np.int64]
    telling: _F64  # of each distinct line: 1 if no other commit has it, soon less
    placed_of: NDArray[np.int64]  # of each line with its file
    pair_of: NDArray[np.int64]  # of each line with the next; one past the last where a file ends
    weights: _F64  # of core lines; others weigh nothing
    file_of: NDArray[np.int64]
    files: _F64  # the weight of each
    piece_of: NDArray[np.int64]
    pieces: _F64
    joined: NDArray[np.bool_]  # whether the line after each stands in the same piece

    def held(self, lines: _Bools, placed: _Bools, pairs: _Bools, most: float) -> Held:
        """What a commit has: which distinct lines that it does not merely move, which with their file and
        which pairs. From the share ``most`` on it has most of a piece."""
        there = lines[self.line_of]
        weights = np.where(there, self.weights, 0.0)
        by_piece = _sums(self.piece_of, weights, len(self.pieces))
        has_most = by_piece >= np.maximum(most * self.pieces, 1e-9)
        by_file = _sums(self.file_of, np.where(placed[self.placed_of], weights, 0.0), len(self.files))
        going_on = self.joined & there[1:] & there[:-1] & np.append(pairs, False)[self.pair_of]
        run_of = np.concatenate([[0], np.cumsum(~going_on)])
        return Held(
            piece=_best(by_piece, self.pieces),
            pieces=float(self.pieces[has_most].sum() / self.pieces.sum()),
            run=float(np.bincount(run_of, weights).max()),
            file=_best(by_file, self.files),
            telling=float(self.telling[lines].sum()),
        )


def _sums(owner: NDArray[np.int64], weights: _F64, count: int = 0) -> _F64:
    return np.bincount(owner, weights, count).astype(np.float64, copy=False)


def _best(found: _F64, whole: _F64) -> float:
    return float((found**2 / np.maximum(whole, 1e-9)).max())


def order_of(
    query: Query,
    weights: _F64,
    is_core: _Bools,
    line_of: NDArray[np.int64],
    placed_of: NDArray[np.int64],
    pair_of: NDArray[np.int64],
) -> Order:
    """Of a query whose lines weigh so much and are numbered so."""
    own = np.where(is_core, weights, 0.0)
    telling = np.zeros(int(line_of.max(initial=-1)) + 1)
    np.maximum.at(telling, line_of, (own / RAREST) ** 6)
    piece_of = query.line_paths if query.pieces is None else query.pieces
    return Order(
        line_of=line_of,
        telling=telling,
        placed_of=placed_of,
        pair_of=pair_of,
        weights=own,
        file_of=query.line_paths,
        files=_sums(query.line_paths, own),
        piece_of=piece_of,
        pieces=_sums(piece_of, own),
        joined=piece_of[1:] == piece_of[:-1],
    )


def neighbours(lines: _U64) -> _U64:
    """One key for each pair of lines that follow each other."""
    return ((lines[:-1] << _TURN) | (lines[:-1] >> (np.uint64(64) - _TURN))) ^ lines[1:]
