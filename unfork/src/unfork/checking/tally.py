"""Repetitions added up, test by test."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from unfork.checking.results import Result
from unfork.model.tested import Outcome, Tally


@dataclass(slots=True)
class _Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    said: str = ""
    files: dict[str, None] = field(default_factory=dict)


class Tallies:
    """Takes one repetition after the other."""

    def __init__(self) -> None:
        self._tests: dict[str, _Counts] = {}

    def add(self, results: Mapping[str, Result]) -> None:
        """Count a repetition."""
        for name, result in results.items():
            counts = self._tests.setdefault(name, _Counts())
            if result.outcome is Outcome.PASSED:
                counts.passed += 1
            elif result.outcome is Outcome.SKIPPED:
                counts.skipped += 1
            else:
                counts.failed += 1
                counts.said = counts.said or result.said
                counts.files.update(dict.fromkeys(result.files))

    def tests(self) -> tuple[Tally, ...]:
        """All tests, by name."""
        return tuple(
            Tally(name, each.passed, each.failed, each.skipped, each.said, tuple(each.files))
            for name, each in sorted(self._tests.items())
        )
