"""Say of a scan that looked only at some paths what it did not look at."""

from collections.abc import Sequence
from dataclasses import replace

from unfork.git import Repository
from unfork.history import outside
from unfork.model import Patch, Verdict

_NAMED = 3  # files named of a patch


def with_unsearched(
    verdicts: Sequence[Verdict], patches: Sequence[Patch], repository: Repository, paths: Sequence[str]
) -> tuple[list[Verdict], list[str]]:
    """The verdicts, with a warning at each patch that changes files outside of ``paths``, and the
    warning for the whole scan."""
    if not paths:
        return list(verdicts), []
    touched = [{change.path for change in patch.files} for patch in patches]
    unseen = outside(repository, paths, frozenset().union(*touched))
    told = [
        replace(verdict, warnings=(*verdict.warnings, _unsearched(sorted(names & unseen))))
        if names & unseen
        else verdict
        for verdict, names in zip(verdicts, touched, strict=True)
    ]
    count = sum(not unseen.isdisjoint(names) for names in touched)
    more = f"; {count} of the patches change other files as well, and are marked" if count else ""
    return told, [f"upstream was searched only in {' '.join(paths)} (--path){more}"]


def _unsearched(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"outside of what was searched (--path): {', '.join(names[:_NAMED])}{more}"
