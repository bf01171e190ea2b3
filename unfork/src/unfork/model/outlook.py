"""The forward look: the whole series on each of the next targets, and what changed since the last look."""

from dataclasses import dataclass
from datetime import date

from unfork.model.verdict import Advice, State

_FITS = frozenset({State.ABSORBED, State.CLEAN, State.OFFSET, State.FUZZY})


@dataclass(frozen=True, slots=True)
class Seen:
    """One patch on one target, after the patches before it."""

    patch: str  # name
    id: str
    state: State
    advice: Advice

    @property
    def fits(self) -> bool:
        """Whether nobody has to work on it: it applies, or is to be left out."""
        return self.state in _FITS or self.advice is Advice.DROP


@dataclass(frozen=True, slots=True)
class Sight:
    """The series on one target."""

    target_name: str  # a release, or the name of upstream's main branch
    target: str  # full hash
    patches: tuple[Seen, ...]  # in series order
    seconds: float  # that it took


@dataclass(frozen=True, slots=True)
class Turn:
    """A patch that is in another state on a target than at the last look."""

    target_name: str
    patch: str
    before: State
    now: State
    advice_before: Advice
    advice: Advice
    worse: bool  # it fitted, and does not any longer


@dataclass(frozen=True, slots=True)
class Outlook:
    """The result of ``unfork track outlook``."""

    series: str
    upstream: str
    base_name: str
    looked_on: date
    sights: tuple[Sight, ...]  # oldest target first
    last: date | None  # the day of the last look; None: this is the first
    turns: tuple[Turn, ...]  # since then
    new_targets: tuple[str, ...]  # that the last look did not have
    new_patches: tuple[str, ...]  # names of patches that the last look did not have
    warnings: tuple[str, ...] = ()

    @property
    def worse(self) -> bool:
        """Whether a patch that fitted does not any longer."""
        return any(turn.worse for turn in self.turns)

    @property
    def conflicts(self) -> bool:
        """Whether a patch does not fit somewhere."""
        return any(not seen.fits for sight in self.sights for seen in sight.patches)
