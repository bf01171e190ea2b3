"""Changes whose upstream commit is known: backports that name what they were picked from."""

from collections.abc import Sequence
from dataclasses import dataclass

from unfork.errors import InputError
from unfork.git import Repository
from unfork.history import History, Index, WideDiff, build_index, only, read_commits, read_wide
from unfork.matching.query import Query, query_of_commit
from unfork.progress import Progress


@dataclass(frozen=True, slots=True)
class Known:
    """A backport and the searched commits it says it was picked from."""

    sha: str
    subject: str
    originals: frozenset[int]  # numbers in the index
    relatives: frozenset[int]  # the originals, and what in the index was picked from them


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The rows of an evaluation, with their diffs."""

    rows: tuple[Known, ...]
    outside: int  # backports whose originals are all outside the searched range
    index: Index  # of the backports themselves
    wide: tuple[WideDiff, ...]
    originals_wide: dict[str, WideDiff]  # of the originals, by hash

    def queries(self, *, message: bool) -> list[Query]:
        """The rows as changes to look up, with no identifier; without ``message`` no subject either."""
        # The index holds exactly the rows, in their order.
        return [query_of_commit(self.index, at, message=message) for at in range(len(self.rows))]


def read_truth(
    repository: Repository, history: History, ranges: Sequence[str], progress: Progress, *, workers: int = 2
) -> Truth:
    """The backports in ranges of commits (``A..B``)."""
    picked: dict[int, set[int]] = {}  # what in the index says it was picked from a commit
    for at, info in enumerate(history.index.infos):
        for original in _resolve(history, only(info.ids, "picked")):
            picked.setdefault(original, set()).add(at)
    rows: dict[str, Known] = {}
    outside = 0
    for each in ranges:
        old, dots, new = each.partition("..")
        if not (dots and old and new):
            raise InputError(f"{each!r} is no range of commits", hint="write it as OLD..NEW")
        command = ("rev-list", "--no-merges", f"{repository.resolve(old)}..{repository.resolve(new)}")
        for info in read_commits(repository, repository.text(*command).split()):
            named = only(info.ids, "picked")
            originals = _resolve(history, named) - {history.find(info.sha)}
            if originals:
                also = frozenset().union(*(picked.get(original, set()) for original in originals))
                rows[info.sha] = Known(info.sha, info.subject, originals, originals | also)
            elif named:
                outside += 1
    if not rows:
        raise InputError(
            "no commit of the backports names a searched commit it was picked from",
            hint="look for '(cherry picked from commit ...)' with git log, or name an older --since",
        )
    shas = list(rows)
    index = build_index(repository, shas, progress, workers=workers)
    diffs = read_wide(repository, shas)
    named_shas = {history.index.infos[at].sha for row in rows.values() for at in row.originals}
    return Truth(
        rows=tuple(rows.values()),
        outside=outside,
        index=index,
        wide=tuple(diffs[sha] for sha in shas),
        originals_wide=history.wide(sorted(named_shas)),
    )


def _resolve(history: History, names: Sequence[str]) -> frozenset[int]:
    """The searched commits that hashes name, full or abbreviated."""
    return frozenset(number for name in names if (number := history.find(name)) is not None)
