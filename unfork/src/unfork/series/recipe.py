"""What is read of one file that says how something is built."""

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from unfork.model import Patch, Series
from unfork.series.folder import Entry, Folder
from unfork.series.load import read_all
from unfork.series.parse import unusable


@dataclass(frozen=True, slots=True)
class RecipeRead:
    """Its patches, in the order it applies them, and what it says of them."""

    patches: tuple[Patch, ...]
    named: frozenset[str] = frozenset()  # paths in the folder that it names
    package: str | None = None
    base: str | None = None  # version or commit the patches are applied to
    missing: tuple[str, ...] = ()  # files it names that are not there
    warnings: tuple[str, ...] = ()

    def as_series(self, carrier: str, location: str) -> Series:
        """The same as a series."""
        return Series(carrier, location, self.patches, warnings=self.warnings)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One patch file that a recipe applies."""

    where: str  # FILE:LINE or FILE, for messages
    name: str  # as the recipe names it
    places: Sequence[str]  # paths in the folder where it may be; the first that is there counts
    strip: int = 1
    problem: str | None = None  # why it cannot be read as a patch that applies forward
    remarks: tuple[str, ...] = ()


def collect(folder: Folder, files: Mapping[str, Entry], wanted: Iterable[Wanted]) -> RecipeRead:
    """Read patch files; one that is not there is a patch with an error, and is in ``missing``."""
    by_place: dict[str, Wanted] = {}
    for each in wanted:  # one named twice, mostly under two conditions, is there once
        by_place.setdefault(_place(each, files) or f"\0{each.name}", each)
    all_wanted = list(by_place.values())
    found = [_place(each, files) for each in all_wanted]
    there = [
        (path, each.strip, files[path], each.problem)
        for path, each in zip(found, all_wanted, strict=True)
        if path is not None
    ]
    read = iter(read_all(folder, there))
    patches = []
    for path, each in zip(found, all_wanted, strict=True):
        if path is not None:
            patch = next(read)
        else:
            problem = each.problem or f"{each.where}: names {each.name!r}, but there is no such file; add it"
            patch = unusable(posixpath.basename(each.name), problem, strip=each.strip, located=True)
        patches.append(_with_remarks(patch, each.remarks))
    missing = tuple(each.name for path, each in zip(found, all_wanted, strict=True) if path is None)
    return RecipeRead(tuple(patches), frozenset(path for path in found if path), missing=missing)


def _with_remarks(patch: Patch, remarks: tuple[str, ...]) -> Patch:
    return replace(patch, warnings=(*patch.warnings, *remarks)) if remarks else patch


def _place(wanted: Wanted, files: Mapping[str, Entry]) -> str | None:
    """Where the file is; a name that leaves the folder is nowhere."""
    for place in wanted.places:
        path = posixpath.normpath(place)
        if path in files and not path.startswith(("../", "/")):
            return path
    return None
