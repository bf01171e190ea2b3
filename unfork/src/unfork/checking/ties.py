"""Which carried patches a lost test speaks of: those whose files it touches.

The strongest hint is a file that the failure itself names; then the file the test stands in; then the file
that it is about by the two names (``tests/unit/virt/test_driver.py``: ``virt/driver.py``).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from unfork.model import Patch
from unfork.model.compared import Tie, TieKind
from unfork.model.tested import Tally

_MOST = 8
_TESTS = ("tests", "test", "unit", "functional")
_ORDER = {kind: place for place, kind in enumerate(TieKind)}


class Tied:
    """The patches of the old track by the files they change."""

    def __init__(
        self, patches: Sequence[Patch], items: Mapping[str, tuple[str, ...]], carried: Collection[str]
    ) -> None:
        """``items`` are the plan's by content id, ``carried`` the content ids that the new track has, too."""
        self._items = items
        self._carried = carried
        self._by_file: dict[str, list[Patch]] = {}
        for patch in patches:
            for path in {change.path for change in patch.files}:
                self._by_file.setdefault(path, []).append(patch)
        self._by_name: dict[str, list[str]] = {}
        for path in self._by_file:
            self._by_name.setdefault(path.rpartition("/")[2], []).append(path)

    def of(self, test: Tally) -> tuple[Tie, ...]:
        """At most eight: the strongest first, of those the file that the fewest patches change."""
        found: dict[str, tuple[tuple[int, int, int], Tie]] = {}
        for place, (kind, path) in enumerate(self._paths(test)):
            near = self._by_file.get(path, ())
            for patch in near:
                rank = (_ORDER[kind], len(near), place)
                if patch.id not in found or rank < found[patch.id][0]:
                    items = self._items.get(patch.id, ())
                    found[patch.id] = rank, Tie(patch.name, items, kind, path, patch.id in self._carried)
        return tuple(tie for _, tie in sorted(found.values(), key=lambda each: each[0]))[:_MOST]

    def _paths(self, test: Tally) -> Iterator[tuple[TieKind, str]]:
        for path in test.files:
            yield TieKind.FAILURE, path
        parts = test.name.split(".")
        for end in range(len(parts) - 1, 0, -1):
            path = "/".join(parts[:end]) + ".py"
            for full in self._ending(path):
                yield TieKind.TEST, full
            for about in _about(path):
                for full in self._ending(about):
                    yield TieKind.CODE, full

    def _ending(self, path: str) -> Iterator[str]:
        """Changed files of that path: a run's paths may begin below the tree's root."""
        if "/" not in path:
            if path in self._by_file:
                yield path
            return
        for full in self._by_name.get(path.rpartition("/")[2], ()):
            if full == path or full.endswith(f"/{path}"):
                yield full


def _about(path: str) -> Iterator[str]:
    folder, _, name = path.rpartition("/")
    stem = name.removesuffix(".py")
    plain = stem.removeprefix("test_").removesuffix("_test")
    if plain != stem:
        kept = [part for part in folder.split("/") if part not in _TESTS]
        yield "/".join([*kept, f"{plain}.py"]) if folder else f"{plain}.py"
