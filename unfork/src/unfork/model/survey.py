"""All series that a downstream keeps below one folder."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Carried:
    """One patch of a series, as a survey lists it."""

    name: str
    subject: str
    edit: str | None = None  # a command in place of a diff: "sed", "copy" or "patch"
    error: str | None = None  # why it could not be read


@dataclass(frozen=True, slots=True)
class Found:
    """One series."""

    path: str  # below the folder that was asked about
    carrier: str
    spec: str  # what names it to "unfork scan --series"
    patches: tuple[Carried, ...]  # in the order they are applied
    package: str | None = None  # what it is a series of, where something says so
    base: str | None = None  # version or commit it is applied to, where something says so
    missing: tuple[str, ...] = ()  # files it names that are not there
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Survey:
    """What ``unfork series`` finds."""

    location: str
    series: tuple[Found, ...]
    loose: tuple[str, ...] = ()  # patch files in no series

    @property
    def is_whole(self) -> bool:
        """Whether every patch file is in a series and every series could be read."""
        return not self.loose and not any(
            each.missing or any(patch.error for patch in each.patches) or not each.patches
            for each in self.series
        )
