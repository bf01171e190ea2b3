"""Tables over an index that a whole run of look-ups shares."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from unfork.history import NO_PATH, History, Index, idf
from unfork.matching.bags import CommitLines, read_lines
from unfork.matching.settings import Search, default_search
from unfork.matching.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, eq=False)
class Lookup:
    """An index made ready to be asked; made once a run."""

    index: Index
    wanted: NDArray[np.bool_]  # which commits may be named
    line_starts: NDArray[np.int64]
    weights: NDArray[np.float64]  # of each line
    commit_weight: NDArray[np.float64]  # sum of the weights of a commit's lines
    by_subject: dict[str, list[int]]
    by_id: dict[str, list[int]]
    by_path: dict[str, list[int]]  # numbers of the paths that a file had, by what it is called in the end
    became: dict[str, str]  # what a renamed file is called in the end
    vocabulary: Vocabulary
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


# Kinds of identifiers that name one change or a few; what an issue number is depends on the project.
_JOINING = ("change-id:", "bug:", "cve:", "issue:", "blueprint:")


def make_lookup(index: Index, wanted: NDArray[np.bool_], search: Search | None = None) -> Lookup:
    """Weights and tables; a pass over the lines and one over the messages."""
    starts = index.commit_line_starts()
    weights = idf(index.rarity, len(index))
    totals = np.concatenate([np.zeros(1), np.cumsum(weights)])
    by_subject: dict[str, list[int]] = {}
    by_id: dict[str, list[int]] = {}
    for number in np.flatnonzero(wanted).tolist():
        info = index.infos[number]
        by_subject.setdefault(plain_subject(info.subject), []).append(number)
        for each in info.ids:
            if each.startswith(_JOINING):
                by_id.setdefault(each, []).append(number)
    became = _follow_renames(index)
    by_path: dict[str, list[int]] = {}
    for number, path in enumerate(index.paths):
        by_path.setdefault(became.get(path, path), []).append(number)
    return Lookup(
        index=index,
        wanted=wanted,
        line_starts=starts,
        weights=weights,
        commit_weight=totals[starts[1:]] - totals[starts[:-1]],
        by_subject=by_subject,
        by_id=by_id,
        by_path=by_path,
        became=became,
        vocabulary=Vocabulary(index),
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


def plain_subject(subject: str) -> str:
    """A subject without what people change when they pick a commit."""
    return " ".join(subject.lower().rstrip(". ").split())


def wanted_of(history: History) -> NDArray[np.bool_]:
    """Which commits of the index lie in a history's range."""
    wanted = np.zeros(len(history.index), dtype=bool)
    wanted[history.searched] = True
    return wanted
