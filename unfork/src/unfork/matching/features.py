"""How alike one change and one upstream commit are, as numbers a model can weigh."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from unfork.history import RAREST, only, plain_subject
from unfork.matching.bags import CommitLines, QueryBags
from unfork.matching.lookup import Lookup
from unfork.matching.order import Held
from unfork.matching.query import Query

U64 = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Features:
    """Each between 0 and 1 unless said otherwise; names are those of the coefficients."""

    jaccard: float  # weighted Jaccard of changed lines, wherever they are
    jaccard_path: float  # the same for lines in the same files
    contained: float  # share of the patch's weight found in the commit
    added: float  # share of the added lines' weight found in the commit; of all lines if none is added
    covering: float  # share of the commit's weight found in the patch
    same_lines: float  # 1: the same changed lines in the same files (patch-id without context)
    matter: float  # how much there is to compare: 1 - exp(-matched weight / 30)
    much: float  # the same on a longer scale: 1 - exp(-matched weight / 200)
    runs: float  # weight of the pairs of neighbouring lines found in the commit, over that of the patch
    runs_matter: float  # 1 - exp(-that weight / 30): scattered common lines make no runs
    runs_much: float  # the same on a longer scale: / 200
    core: float  # share of the weight of the patch's core lines (see ``QueryBags``) found in the commit
    core_matter: float  # 1 - exp(-that weight / 30)
    core_much: float  # the same on a longer scale: / 200
    piece: float  # 1 - exp(-weight found * share found / 30), of the piece of the patch where that is most
    piece_much: float  # / 200
    pieces: float  # share of the core lines' weight in pieces of which the commit has most
    run: float  # 1 - exp(-weight of the longest run of core lines that the commit has / 30)
    run_much: float  # / 200
    file: float  # as piece, of the files of the patch
    file_much: float
    their_file: float  # the same of the files of the commit, found in the patch
    their_file_much: float
    telling: float  # 1 - exp(-n / 4) of the n core lines in both that nearly no other commit has
    telling_much: float  # / 25
    size: float  # ln(1 + weight of the patch's lines) / 10 where it shares any with the commit
    their_size: float  # the same of the commit
    moved: float  # share of the found weight that lies in files of another name
    paths: float  # Jaccard of the file names
    subject_known: float
    subject: float  # similarity of the subjects
    subject_same: float  # 1: equal but for case and white space
    subject_rare: float  # subject_same over the number of commits with that subject
    subject_words: float  # weight of the words in both subjects, over the geometric mean of each
    subject_matter: float  # 1 - exp(-that weight / 20)
    told: float  # share of the weight of the commit's subject that the patch's subject and message have
    numbers_differ: float  # 1: the subjects differ in nothing but numbers, or only one says "Revert"
    author: float  # 1: same author
    change_id: float  # 1: shares a Change-Id
    named: float  # 1: the patch's message names this commit's hash
    picked: float  # 1: the patch says it was picked from this commit
    bug: float  # 1: shares a bug, issue, blueprint or CVE number
    no_lines: float  # 1: the patch changes no line that says anything
    names: float  # weight of the names in changed lines of both, over the geometric mean of all of each
    names_placed: float  # the same for names on the same side (added, removed) of both
    names_contained: float  # share of the patch's weight of names found in the commit
    names_added: float  # the same among added lines
    names_matter: float  # 1 - exp(-weight of the names of both / 100)
    names_new: float  # 1 - exp(-n / 4) of the n names both only add and nearly no other commit has
    names_new_much: float  # / 25
    looked: float = 0.0  # 1: the features below were measured (the pairwise look)
    surroundings: float = 0.0  # Jaccard of all lines of the diffs, context included
    patch_id: float = 0.0  # 1: the same patch-id
    anchored: float = 0.0  # share of the patch's added lines (or removed, if none is added) by weight
    # that the commit has in the same place
    anchored_found: float = 0.0  # the same as a share of those lines that the commit has anywhere
    anchored_matter: float = 0.0  # 1 - exp(-sum of the squares of their weights / that of the rarest / 30)
    anchored_much: float = 0.0  # the same on a longer scale: / 200
    anchored_core: float = 0.0  # the same as anchored_matter, of core lines alone


FEATURE_NAMES = tuple(field.name for field in fields(Features))


_NUMBER = re.compile(r"\d+")


def compare(lookup: Lookup, query: Query, mine: QueryBags, number: int) -> Features:
    """The features of a query and the commit of this number."""
    theirs = lookup.lines_of(number)
    theirs_total = float(lookup.commit_weight[number])
    found = mine.lines.counted(places := mine.lines.places(theirs.lines))
    common = mine.lines.shared(found)
    common_path = runs = core = their_file = 0.0
    held = _NOTHING
    if common:
        placed = mine.placed.counted(placed_at := mine.placed.places(theirs.placed))
        pairs = mine.neighbours.counted(mine.neighbours.places(theirs.neighbours))
        kept = mine.lines.counted(places[theirs.is_kept])
        common_path = mine.placed.shared(placed)
        runs = mine.neighbours.shared(pairs)
        core = mine.core.shared(kept[mine.core_at])
        if core:
            held = mine.order.held(kept > 0, placed > 0, pairs > 0, lookup.search.most)
        if held.file:
            their_file = _their_file(lookup, theirs, placed_at < len(mine.placed.keys))
    contained = common / mine.total if mine.total else 0.0
    added_total = mine.added.total
    union = mine.total + theirs_total - common
    shared_paths = len(mine.paths.intersection(theirs.paths))
    names, names_placed, names_added, new = mine.names.shared(theirs.tokens)
    their_names = float(lookup.vocabulary.commit_weight[number])
    mean = math.sqrt(mine.names.total * their_names)
    info = lookup.index.infos[number]
    ids = set(query.ids).intersection(info.ids)
    known = bool(query.subject)
    subject, same, differ = _compare_subjects(query.subject, info.subject) if known else (0.0, False, False)
    same_subject = lookup.with_subject(info.subject) if same else ()
    alike = lookup.subject_words.alike(query.subject, info.subject)
    return Features(
        jaccard=common / union if union else 0.0,
        jaccard_path=common_path / (mine.total + theirs_total - common_path) if union else 0.0,
        contained=contained,
        added=mine.added.shared(found[mine.added_at]) / added_total if added_total else contained,
        covering=min(1.0, common / theirs_total) if theirs_total else 0.0,
        same_lines=float(0 < len(theirs.lines) == len(query.lines) and common_path >= mine.total - 1e-6),
        matter=1 - math.exp(-common / 30),
        much=1 - math.exp(-common / 200),
        runs=runs / mine.total if mine.total else 0.0,
        runs_matter=1 - math.exp(-runs / 30),
        runs_much=1 - math.exp(-runs / 200),
        core=core / mine.core.total if core else 0.0,
        core_matter=1 - math.exp(-core / 30),
        core_much=1 - math.exp(-core / 200),
        piece=_grown(held.piece, 30),
        piece_much=_grown(held.piece, 200),
        pieces=held.pieces,
        run=_grown(held.run, 30),
        run_much=_grown(held.run, 200),
        file=_grown(held.file, 30),
        file_much=_grown(held.file, 200),
        their_file=_grown(their_file, 30),
        their_file_much=_grown(their_file, 200),
        telling=_grown(held.telling, 4),
        telling_much=_grown(held.telling, 25),
        size=math.log1p(mine.total) / 10 if common else 0.0,
        their_size=math.log1p(theirs_total) / 10 if common else 0.0,
        moved=1 - common_path / common if common else 0.0,
        paths=shared_paths / len(mine.paths.union(theirs.paths)) if theirs.paths else 0.0,
        subject_known=float(known),
        subject=subject,
        subject_same=float(same),
        subject_rare=1 / max(1, len(same_subject)) if same else 0.0,
        subject_words=alike.share,
        subject_matter=1 - math.exp(-alike.weight / 20),
        told=lookup.subject_words.told(query.text, info.subject) if query.message else 0.0,
        numbers_differ=float(differ),
        author=float(_same_author(query, info.author, info.email)),
        change_id=float(any(each.startswith("change-id:") for each in ids)),
        named=float(any(info.sha.startswith(short) for short in query.hashes)),
        picked=float(any(info.sha.startswith(short) for short in only(query.ids, "picked"))),
        bug=float(any(each.startswith(("bug:", "cve:", "issue:", "blueprint:")) for each in ids)),
        no_lines=float(not mine.total),
        names=names / mean if mean else 0.0,
        names_placed=names_placed / mean if mean else 0.0,
        names_contained=names / mine.names.total if names else 0.0,
        names_added=names_added / mine.names.added if names_added else 0.0,
        names_matter=1 - math.exp(-names / 100),
        names_new=_grown(new, 4),
        names_new_much=_grown(new, 25),
    )


_NOTHING = Held(0.0, 0.0, 0.0, 0.0, 0.0)


def _their_file(lookup: Lookup, theirs: CommitLines, found: NDArray[np.bool_]) -> float:
    """Of the commit's file that the patch has most of, where it has these lines in the same file: weight
    found times share found."""
    weights = lookup.weight_of[theirs.rarity]
    whole = theirs.by_file(weights)
    share = theirs.by_file(np.where(found, weights, 0.0))
    return float((share**2 / np.maximum(whole, 1e-9)).max())


def _grown(weight: float, scale: float) -> float:
    """Between 0 for nothing and 1 for much more than ``scale``."""
    return 1 - math.exp(-weight / scale)


def adds_alike(features: Features) -> bool:
    """Whether one can be a part of the other: both add something alike. Two changes that only remove the
    same lines touch the same code, perhaps to put other things in its place."""
    return features.added > 0


def with_look(
    features: Features, mine: QueryBags, theirs: U64, anchored: U64, *, surroundings: float, patch_id: bool
) -> Features:
    """The features with what the pairwise look found; ``anchored`` are lines in the same place."""
    ours = mine.added if mine.added.total else mine.lines
    weights = ours.weights[np.isin(ours.keys, anchored)]
    found = ours.weights[np.isin(ours.keys, theirs)]
    core = mine.core.weights[np.isin(mine.core.keys, anchored)]
    # Each line once, and the rare ones more: "}," ten times over in one place is still next to nothing.
    weight = float((weights**2).sum()) / RAREST
    return replace(
        features,
        looked=1.0,
        surroundings=surroundings,
        patch_id=float(patch_id),
        anchored=float(weights.sum()) / ours.total if ours.total else 0.0,
        anchored_found=float(weights.sum() / found.sum()) if len(found) else 0.0,
        anchored_matter=1 - math.exp(-weight / 30),
        anchored_much=1 - math.exp(-weight / 200),
        anchored_core=1 - math.exp(-float((core**2).sum()) / RAREST / 30),
    )


def _compare_subjects(ours: str, theirs: str) -> tuple[float, bool, bool]:
    """Similarity, whether they are the same, and whether a number or a revert tells them apart."""
    ours, theirs = plain_subject(ours), plain_subject(theirs)
    # A ticket's number that the vendor put before the subject says nothing.
    numbers = ours != theirs and _NUMBER.sub("0", ours) == _NUMBER.sub("0", theirs)
    differ = numbers or ours.startswith("revert") != theirs.startswith("revert")
    return fuzz.token_sort_ratio(ours, theirs) / 100, ours == theirs, differ


def _same_author(query: Query, name: str, email: str) -> bool:
    return bool(query.email and query.email.lower() == email.lower()) or bool(
        query.author and query.author.lower() == name.lower()
    )


_values = attrgetter(*FEATURE_NAMES)


def rows_of(features: Sequence[Features]) -> NDArray[np.float64]:
    """One row each, with the features in the order of ``FEATURE_NAMES``."""
    rows = [_values(each) for each in features]  # dataclasses.astuple copies deeply: 40 times slower
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(FEATURE_NAMES))
