"""How a patch is to be taken apart: the parts, in order, and which changed lines go to each."""

from dataclasses import dataclass
from enum import StrEnum

from unfork.model import Patch, Person
from unfork.unsquashing.pieces import Line


class Origin(StrEnum):
    """What says that there is such a part."""

    BESIDE = "beside"  # a patch of the series that the squash was made of
    UPSTREAM = "upstream"  # an upstream commit has its lines
    LISTED = "listed"  # the message names it; which lines are its is guessed
    HUNKS = "hunks"  # its hunks have to do with each other
    PERSON = "person"  # somebody wrote it into the proposal


@dataclass(frozen=True, slots=True)
class Donor:
    """A change that is known to be in a squash: a patch beside it, or an upstream commit."""

    origin: Origin
    name: str  # the file's name, or the commit's full hash
    patch: Patch


@dataclass(frozen=True, slots=True)
class Title:
    """A part that the message names, of which nothing else is known."""

    subject: str
    hash: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a squash."""

    title: str
    origin: Origin
    name: str  # of the donor, or the hash that the message lists; empty: none
    lines: frozenset[Line]
    message: str = ""
    author: Person | None = None
    date: int | None = None  # seconds since the epoch


@dataclass(frozen=True, slots=True)
class Proposal:
    """A squash and its parts in the order in which they are to be applied."""

    patch: str  # its name in the series
    id: str  # of the change: a proposal for another version of the patch is refused
    series: str  # as the user named it
    parts: tuple[Part, ...]
