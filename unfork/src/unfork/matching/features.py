"""How alike one change and one upstream commit are, as numbers a model can weigh."""

import math
import re
from dataclasses import dataclass, fields
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from unfork.history import only
from unfork.matching.lookup import Lookup, plain_subject
from unfork.matching.query import Query


@dataclass(frozen=True, slots=True)
class Features:
    """Each between 0 and 1 unless said otherwise; names are those of the coefficients."""

    jaccard: float  # weighted Jaccard of changed lines, wherever they are
    jaccard_path: float  # the same for lines in the same files
    contained: float  # share of the patch's weight found in the commit
    covering: float  # share of the commit's weight found in the patch
    same_lines: float  # 1: the same changed lines in the same files (patch-id without context)
    matter: float  # how much there is to compare: 1 - exp(-matched weight / 30)
    moved: float  # share of the found weight that lies in files of another name
    paths: float  # Jaccard of the file names
    subject_known: float
    subject: float  # similarity of the subjects
    subject_same: float  # 1: equal but for case and white space
    subject_rare: float  # subject_same over the number of commits with that subject
    numbers_differ: float  # 1: the subjects' numbers differ, or only one says "Revert"
    author: float  # 1: same author
    change_id: float  # 1: shares a Change-Id
    named: float  # 1: the patch's message names this commit's hash
    picked: float  # 1: the patch says it was picked from this commit
    bug: float  # 1: shares a bug, issue, blueprint or CVE number
    no_lines: float  # 1: the patch changes no line that says anything
    looked: float = 0.0  # 1: the two features below were measured (the pairwise look)
    surroundings: float = 0.0  # Jaccard of all lines of the diffs, context included
    patch_id: float = 0.0  # 1: the same patch-id


FEATURE_NAMES = tuple(field.name for field in fields(Features))


@dataclass(frozen=True, slots=True, eq=False)
class QueryLines:
    """A query's lines sorted for comparing, with weights; made once a query."""

    keys: NDArray[np.uint64]  # distinct hashes
    counts: NDArray[np.int64]
    weights: NDArray[np.float64]
    path_keys: NDArray[np.uint64]  # distinct hashes of line and file
    path_counts: NDArray[np.int64]
    path_weights: NDArray[np.float64]
    total: float
    paths: frozenset[str]


def _path_hash(path: str) -> int:
    return hash(("path", path)) & 0xFFFFFFFFFFFFFFFF  # within one process only


def prepare(lookup: Lookup, query: Query, weight_of: dict[int, float]) -> QueryLines:
    """Weigh a query's lines: those upstream has by how rare they are, others as the rarest."""
    unknown = math.log(len(lookup) + 1)
    keys, inverse, counts = np.unique(query.lines, return_inverse=True, return_counts=True)
    weights = np.array([weight_of.get(key, unknown) for key in keys.tolist()], dtype=np.float64)
    salts = np.array([_path_hash(path) for path in query.paths] or [0], dtype=np.uint64)
    with_path = query.lines ^ salts[query.line_paths] if len(query.lines) else query.lines
    path_keys, first, path_counts = np.unique(with_path, return_index=True, return_counts=True)
    return QueryLines(
        keys=keys,
        counts=counts,
        weights=weights,
        path_keys=path_keys,
        path_counts=path_counts,
        path_weights=weights[inverse[first]] if len(first) else weights[:0],
        total=float((weights * counts).sum()),
        paths=frozenset(query.paths),
    )


def _shared(
    keys: NDArray[np.uint64],
    counts: NDArray[np.int64],
    weights: NDArray[np.float64],
    lines: NDArray[np.uint64],
) -> float:
    """Weight of the lines both have; a line counts as often as both have it."""
    if not len(keys) or not len(lines):
        return 0.0
    place = np.searchsorted(keys, lines)
    place[place == len(keys)] = 0
    hit = place[keys[place] == lines]
    found = np.bincount(hit, minlength=len(keys))
    return float((np.minimum(found, counts) * weights).sum())


_NUMBER = re.compile(r"\d+")


def compare(lookup: Lookup, query: Query, mine: QueryLines, number: int) -> Features:
    """The features of a query and the commit of this number."""
    index = lookup.index
    first, last = int(index.commit_files[number]), int(index.commit_files[number + 1])
    bounds = index.file_lines[first : last + 1].astype(np.int64)
    lines = index.lines[bounds[0] : bounds[-1]]
    theirs_total = float(lookup.commit_weight[number])
    paths = [index.paths[path] for path in index.file_path[first:last].tolist()]
    common = _shared(mine.keys, mine.counts, mine.weights, lines)
    if common:
        salts = np.array([_path_hash(path) for path in paths], dtype=np.uint64)
        with_path = lines ^ np.repeat(salts, np.diff(bounds))
        common_path = _shared(mine.path_keys, mine.path_counts, mine.path_weights, with_path)
    else:
        common_path = 0.0
    union = mine.total + theirs_total - common
    shared_paths = len(mine.paths.intersection(paths))
    info = index.infos[number]
    ids = set(query.ids).intersection(info.ids)
    known = bool(query.subject)
    subject, same, differ = _compare_subjects(query.subject, info.subject) if known else (0.0, False, False)
    alike = lookup.by_subject.get(plain_subject(info.subject), ()) if same else ()
    return Features(
        jaccard=common / union if union else 0.0,
        jaccard_path=common_path / (mine.total + theirs_total - common_path) if union else 0.0,
        contained=common / mine.total if mine.total else 0.0,
        covering=min(1.0, common / theirs_total) if theirs_total else 0.0,
        same_lines=float(
            len(lines) == int(mine.counts.sum()) and len(lines) > 0 and common_path >= mine.total - 1e-6
        ),
        matter=1 - math.exp(-common / 30),
        moved=1 - common_path / common if common else 0.0,
        paths=shared_paths / len(mine.paths.union(paths)) if paths else 0.0,
        subject_known=float(known),
        subject=subject,
        subject_same=float(same),
        subject_rare=1 / max(1, len(alike)) if same else 0.0,
        numbers_differ=float(differ),
        author=float(_same_author(query, info.author, info.email)),
        change_id=float(any(each.startswith("change-id:") for each in ids)),
        named=float(any(info.sha.startswith(short) for short in query.hashes)),
        picked=float(any(info.sha.startswith(short) for short in only(query.ids, "picked"))),
        bug=float(any(each.startswith(("bug:", "cve:", "issue:", "blueprint:")) for each in ids)),
        no_lines=float(not mine.total),
    )


def _compare_subjects(ours: str, theirs: str) -> tuple[float, bool, bool]:
    """Similarity, whether they are the same, and whether a number or a revert tells them apart."""
    ours, theirs = plain_subject(ours), plain_subject(theirs)
    differ = _NUMBER.findall(ours) != _NUMBER.findall(theirs) or ours.startswith(
        "revert"
    ) != theirs.startswith("revert")
    return fuzz.token_sort_ratio(ours, theirs) / 100, ours == theirs, differ


def _same_author(query: Query, name: str, email: str) -> bool:
    return bool(query.email and query.email.lower() == email.lower()) or bool(
        query.author and query.author.lower() == name.lower()
    )


_values = attrgetter(*FEATURE_NAMES)


def as_row(features: Features) -> tuple[float, ...]:
    """The features in the order of ``FEATURE_NAMES``."""
    row: tuple[float, ...] = _values(features)  # dataclasses.astuple copies deeply: 40 times slower
    return row
