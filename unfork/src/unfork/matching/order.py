"""A change's lines in their order: what of it a commit has in one piece and in one file.

Many lines shared here and there are what two changes to the same code have in common by chance; as many
in one piece are hardly ever."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unfork.history import RAREST
from unfork.matching.query import Query

_TURN = np.uint64(29)
_U64 = NDArray[np.uint64]
_F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Held:
    """What a commit has of a change, by weight; of core lines alone."""

    piece: float  # of the piece it has most of: weight found times share found
    pieces: float  # share of the change that lies in pieces of which it has most
    run: float  # the longest run of lines
    file: float  # of the file it has most of, under the same name: weight found times share found
    telling: float  # how many of the lines that nearly no other commit has


@dataclass(frozen=True, slots=True, eq=False)
class Distinct:
    """Keys in their order, kept so that others are looked up among them fast."""

    keys: _U64  # sorted, each once
    place: NDArray[np.int64]  # of each key in the order, its place among them

    @classmethod
    def of(cls, keys: _U64) -> "Distinct":
        """Of keys in any order."""
        return cls(*np.unique(keys, return_inverse=True))

    def among(self, others: _U64) -> NDArray[np.bool_]:
        """Which of the distinct keys are among others."""
        found = np.zeros(len(self.keys), dtype=bool)
        if len(found):
            place = np.minimum(np.searchsorted(self.keys, others), len(found) - 1)
            found[place[self.keys[place] == others]] = True
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """A query's lines in their order, ready for comparing; made once a query."""

    lines: Distinct
    telling: _F64  # of each distinct line: 1 if no other commit has it, soon less
    placed: Distinct  # each line with its file
    pairs: Distinct  # each line with the next
    weights: _F64  # of core lines; others weigh nothing
    file_of: NDArray[np.int64]
    files: _F64  # the weight of each
    piece_of: NDArray[np.int64]
    pieces: _F64
    joined: NDArray[np.bool_]  # whether the line after each stands in the same piece

    def held(self, kept: _U64, placed: _U64, pairs: _U64, most: float) -> Held:
        """What a commit of these lines has: those it does not merely move, all with their file, all with
        the next. From the share ``most`` on it has most of a piece."""
        found = self.lines.among(kept)
        there = found[self.lines.place]
        in_file = self.placed.among(placed)[self.placed.place]
        weights = np.where(there, self.weights, 0.0)
        by_piece = _sums(self.piece_of, weights, len(self.pieces))
        has_most = by_piece >= np.maximum(most * self.pieces, 1e-9)
        by_file = _sums(self.file_of, np.where(in_file, weights, 0.0), len(self.files))
        going_on = self.joined & there[1:] & there[:-1] & self.pairs.among(pairs)[self.pairs.place]
        run_of = np.concatenate([[0], np.cumsum(~going_on)])
        return Held(
            piece=_best(by_piece, self.pieces),
            pieces=float(self.pieces[has_most].sum() / self.pieces.sum()),
            run=float(np.bincount(run_of, weights).max()),
            file=_best(by_file, self.files),
            telling=float(self.telling[found].sum()),
        )


def _sums(owner: NDArray[np.int64], weights: _F64, count: int = 0) -> _F64:
    return np.bincount(owner, weights, count).astype(np.float64)


def _best(found: _F64, whole: _F64) -> float:
    return float((found**2 / np.maximum(whole, 1e-9)).max())


def order_of(query: Query, weights: _F64, is_core: NDArray[np.bool_], placed: _U64) -> Order:
    """Of a query whose lines weigh so much; ``placed`` has each line with its file."""
    own = np.where(is_core, weights, 0.0)
    lines = Distinct.of(query.lines)
    telling = np.zeros(len(lines.keys))
    np.maximum.at(telling, lines.place, (own / RAREST) ** 6)
    piece_of = query.line_paths if query.pieces is None else query.pieces
    return Order(
        lines=lines,
        telling=telling,
        placed=Distinct.of(placed),
        pairs=Distinct.of(neighbours(query.lines)),
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
