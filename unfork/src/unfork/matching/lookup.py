"""Tables over an index that a whole run of look-ups shares."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from unfork.history import NO_PATH, History, Index, hash_words, idf, plain_subject
from unfork.matching.bags import CommitLines, read_lines
from unfork.matching.settings import Search, default_search
from unfork.matching.subjects import Subjects
from unfork.matching.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """The commits that have each of some hashed words (an inverted list)."""

    keys: NDArray[np.uint64]  # sorted
    owners: NDArray[np.int64]

    @classmethod
    def of(cls, keys: NDArray[np.uint64], owners: NDArray[np.int64]) -> "Postings":
        """Of words in any order, each with its commit."""
        order = np.argsort(keys, kind="stable")
        return cls(keys[order], owners[order])

    def of_key(self, key: np.uint64) -> NDArray[np.int64]:
        """The commits with a word, in their order."""
        first, last = np.searchsorted(self.keys, key, "left"), np.searchsorted(self.keys, key, "right")
        return self.owners[first:last]

    def of_text(self, text: str) -> NDArray[np.int64]:
        """``of_key`` for a word that is not hashed yet."""
        return self.of_key(hash_words([text])[0])


@dataclass(frozen=True, slots=True, eq=False)
class Lookup:
    """An index made ready to be asked; made once a run."""

    index: Index
    wanted: NDArray[np.bool_]  # which commits may be named
    line_starts: NDArray[np.int64]
    weight_of: NDArray[np.float64]  # of a line, by its rarity
    commit_weight: NDArray[np.float64]  # sum of the weights of a commit's lines
    subjects: Postings  # plain subjects of the wanted commits
    ids: Postings  # and their identifiers
    by_path: dict[str, list[int]]  # numbers of the paths that a file had, by what it is called in the end
    became: dict[str, str]  # what a renamed file is called in the end
    vocabulary: Vocabulary
    subject_words: Subjects
    search: Search
    _seen: dict[int, CommitLines] = field(default_factory=dict)

    def lines_of(self, number: int) -> CommitLines:
        """The lines of the commit of this number; read once, since commits are compared again and again."""
        seen = self._seen.get(number)
        if seen is None:
            seen = self._seen[number] = read_lines(self.index, number, self.became)
        return seen

    def __len__(self) -> int:
        return len(self.index)

    def fill(self) -> None:
        """Make the tables that are made when first asked for: before this process is copied."""
        _ = self.vocabulary.commit_weight, self.subject_words.totals

    def weights(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """The weights of some lines."""
        return self.weight_of[self.index.rarity[places]]

    def with_subject(self, subject: str) -> NDArray[np.int64]:
        """The commits of a subject, whatever people change of it when they pick a commit."""
        return self.subjects.of_text(plain_subject(subject))

    def with_id(self, identifier: str) -> NDArray[np.int64]:
        """The commits that share an identifier of a kind that names one change or a few; what an
        issue number is depends on the project."""
        return self.ids.of_text(identifier) if identifier.startswith(_JOINING) else _NOBODY


_JOINING = ("change-id:", "bug:", "cve:", "issue:", "blueprint:")
_NOBODY: NDArray[np.int64] = np.empty(0, np.int64)


def make_lookup(index: Index, wanted: NDArray[np.bool_], search: Search | None = None) -> Lookup:
    """Weights and tables; a pass over the lines, and none over what the messages say."""
    starts = index.commit_line_starts()
    weight_of = idf(np.arange(256, dtype=np.uint8), len(index))
    totals = np.concatenate([np.zeros(1), np.cumsum(weight_of[index.rarity])])
    everyone = np.arange(len(index))
    ends = index.commit_ids.astype(np.int64)
    named = np.repeat(everyone, ends[1:] - ends[:-1])
    became = _follow_renames(index)
    by_path: dict[str, list[int]] = {}
    for number, path in enumerate(index.paths):
        by_path.setdefault(became.get(path, path), []).append(number)
    return Lookup(
        index=index,
        wanted=wanted,
        line_starts=starts,
        weight_of=weight_of,
        commit_weight=totals[starts[1:]] - totals[starts[:-1]],
        subjects=Postings.of(index.subjects[wanted], everyone[wanted]),
        ids=Postings.of(index.ids[wanted[named]], named[wanted[named]]),
        by_path=by_path,
        became=became,
        vocabulary=Vocabulary(index),
        subject_words=Subjects(index),
        search=search or default_search(),
    )


def _follow_renames(index: Index) -> dict[str, str]:
    """The last name of every file that was renamed, commit by commit: one diff from end to end
    would find few of them."""
    renamed: dict[str, str] = {}
    for at in np.flatnonzero(index.file_old_path != NO_PATH).tolist():
        old, new = index.paths[index.file_old_path[at]], index.paths[index.file_path[at]]
        if old != new:
            renamed.setdefault(old, new)
    return {old: _last_name(renamed, old) for old in renamed}


def _last_name(renamed: dict[str, str], name: str) -> str:
    seen = {name}
    while renamed.get(name, name) not in seen:
        name = renamed[name]
        seen.add(name)
    return name


def wanted_of(history: History) -> NDArray[np.bool_]:
    """Which commits of the index lie in a history's range: all of them."""
    return np.ones(len(history.index), dtype=bool)
