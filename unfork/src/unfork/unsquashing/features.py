"""How much two pieces of a patch have to do with each other, as numbers between 0 and 1.

The signs are those of the literature on untangling commits: nearness and scope (Herzig and Zeller, *The
impact of tangled code changes*, 2013), definition and use (Barnett et al., *ClusterChanges*, ICSE 2015),
names that flow between places (Pârțachi et al., *Flexeme*, FSE 2020), like edits (Shen et al.,
*SmartCommit*, FSE 2021); names are compared by text, so that any language will do.
"""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import combinations
from math import log
from posixpath import dirname
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from unfork.unsquashing.reading import Said

Square = NDArray[np.float32]
Word = TypeVar("Word", bound=Hashable)

NAMES = (
    "same_file", "same_hunk", "same_scope", "near", "names", "new_names", "defines", "taken_away",
    "like_edit", "same_text", "words", "tested", "folder", "both_tests", "one_prose", "named_file",
    "both_new", "one_new", "many", "files", "gap_free", "rare_names",
)  # fmt: skip
# Products that let two weak signs count more together than apart.
PRODUCTS = (
    ("same_file", "many"), ("same_file", "files"), ("near", "many"), ("names", "many"),
    ("names", "same_file"), ("words", "same_file"), ("names", "tested"), ("words", "tested"),
    ("names", "both_tests"),
    ("new_names", "same_file"), ("folder", "files"), ("same_scope", "many"), ("tested", "many"),
    ("words", "files"), ("one_prose", "files"), ("both_tests", "same_file"), ("words", "one_prose"),
    ("rare_names", "many"), ("rare_names", "same_file"),
)  # fmt: skip
TERMS = (*NAMES, *(f"{first}*{second}" for first, second in PRODUCTS))
_NEAR = 25.0  # lines after which nearness has fallen to a third
_MANY, _FILES = 6.0, 4.0  # logarithms of 400 pieces and of 55 files: the unit of the two


def compare(said: Sequence[Said], outside: frozenset[str]) -> dict[str, Square]:
    """Each feature of every pair. ``outside`` are names that were there before the patch."""
    path = _same([each.path for each in said])
    hunk = _same([(each.path, each.hunk) for each in said])
    scope = _same([(each.path, each.scope) if each.scope else number for number, each in enumerate(said)])
    at = np.array([each.at for each in said], dtype=np.float32)
    ends = at + np.array([each.size for each in said], dtype=np.float32)
    gap = np.maximum(0, np.maximum(at[:, None], at[None, :]) - np.minimum(ends[:, None], ends[None, :]))
    tests = np.array([each.is_test for each in said], dtype=bool)
    prose = np.array([each.is_prose for each in said], dtype=bool)
    new = np.array([each.is_new for each in said], dtype=bool)
    stems = [frozenset({each.stem}) for each in said]
    stem = _same([each.stem for each in said])
    count, files = len(said), len({each.path for each in said})
    names = [frozenset(each.names) for each in said]
    new_names = [each.come - outside for each in said]
    found = {
        "same_file": path,
        "same_hunk": hunk,
        "same_scope": scope,
        "near": path * np.exp(-gap / _NEAR),
        "names": _cosine([each.names for each in said]),
        "new_names": _shared(new_names, new_names),
        "defines": _shared([each.defined for each in said], names),
        "taken_away": _shared([each.gone for each in said], [each.gone for each in said]),
        "like_edit": _cosine([_signed(each) for each in said]),
        "same_text": _cosine([each.text for each in said]),
        "words": _cosine([Counter(each.words | {each.stem}) for each in said]),
        "tested": stem * (tests[:, None] != tests[None, :]),
        "folder": _folders(said) * (1 - path),
        "both_tests": (tests[:, None] & tests[None, :]).astype(np.float32),
        "one_prose": (prose[:, None] != prose[None, :]).astype(np.float32),
        "named_file": _shared(stems, [each.words for each in said]) * (1 - path),
        "both_new": (new[:, None] & new[None, :]).astype(np.float32),
        "one_new": (new[:, None] != new[None, :]).astype(np.float32),
        "many": np.full((count, count), log(count + 1) / _MANY, dtype=np.float32),
        "files": np.full((count, count), log(files + 1) / _FILES, dtype=np.float32),
        "gap_free": hunk * np.exp(-gap / 3.0),
        "rare_names": _shared(names, names),
    }  # fmt: skip
    return {name: value.astype(np.float32, copy=False) for name, value in found.items()}


def terms(found: dict[str, Square]) -> Iterator[tuple[str, Square]]:
    """The features and their products, in the order of ``TERMS``, one at a time: they are large."""
    yield from ((name, found[name]) for name in NAMES)
    for first, second in PRODUCTS:
        yield f"{first}*{second}", found[first] * found[second]


def _same(keys: Sequence[Hashable]) -> Square:
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    each = np.array([numbers[key] for key in keys])
    found: Square = (each[:, None] == each[None, :]).astype(np.float32)
    return found


def _signed(said: Said) -> Counter[tuple[str, str]]:
    return Counter({("-", name): 1 for name in said.gone} | {("+", name): 1 for name in said.come})


def _cosine(bags: Sequence[Mapping[Word, int]]) -> Square:
    """Cosine of tf-idf vectors, the rarity of a word taken from the patch itself."""
    size = len(bags)
    held = Counter(word for bag in bags for word in bag)
    rarity = {word: log((1 + size) / count) for word, count in held.items()}
    shared = (word for word, count in held.items() if count > 1)
    columns = {word: number for number, word in enumerate(shared)}
    table = np.zeros((size, len(columns)), dtype=np.float32)
    length = np.zeros(size, dtype=np.float32)
    for number, bag in enumerate(bags):
        for word, times in bag.items():
            value = (1 + log(times)) * rarity[word]
            length[number] += value * value
            if word in columns:
                table[number, columns[word]] = value
    table /= np.sqrt(np.maximum(length, 1e-9))[:, None]
    alike: Square = table @ table.T
    return alike


def _shared(ones: Sequence[frozenset[str]], others: Sequence[frozenset[str]]) -> Square:
    """How telling the words are that are in one piece's first set and in the other's second, either way
    round: s/(1+s), where each word counts one over the further pieces that have it."""
    size = len(ones)
    held = Counter(word for one, other in zip(ones, others, strict=True) for word in one | other)
    columns = {
        word: number
        for number, word in enumerate(word for word in sorted(frozenset().union(*ones)) if held[word] > 1)
    }
    first, second = (np.zeros((size, len(columns)), dtype=np.float32) for _ in range(2))
    for table, sets in ((first, ones), (second, others)):
        for number, words in enumerate(sets):
            for word in words:
                if word in columns:
                    table[number, columns[word]] = 1
    weight = np.array([1 / (held[word] - 1) for word in columns], dtype=np.float32)
    one_way = (first * weight) @ second.T
    both: Square = np.maximum(one_way, one_way.T)
    return both / (1 + both)


def _folders(said: Sequence[Said]) -> Square:
    """The share of folders that two paths have in common, tests beside what they test."""
    folders = [tuple(part for part in dirname(each.path).split("/") if part not in _BETWEEN) for each in said]
    distinct = list(dict.fromkeys(folders))
    table = np.eye(len(distinct), dtype=np.float32)
    for (at, one), (other_at, other) in combinations(enumerate(distinct), 2):
        common = next(
            (number for number, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
            min(len(one), len(other)),
        )
        table[at, other_at] = table[other_at, at] = common / max(len(one), len(other), 1)
    places = {folder: number for number, folder in enumerate(distinct)}
    each = np.array([places[folder] for folder in folders])
    found: Square = table[each[:, None], each[None, :]]
    return found


_BETWEEN = frozenset({"tests", "test", "unit", "functional", "src"})
