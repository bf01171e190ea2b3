"""What the header of a patch says of it, in the words of whoever carries it."""

from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """How a header says it."""

    DEP3 = "dep3"  # Debian: Forwarded, Applied-Upstream, Origin, Bug
    YOCTO = "yocto"  # Upstream-Status
    SUSE = "suse"  # Patch-mainline, Git-commit
    CYCLONEDX = "cyclonedx"  # a bill of materials: read, and written of a whole series


class Standing(StrEnum):
    """What became of the patch upstream."""

    PENDING = "pending"  # it was not sent yet
    SUBMITTED = "submitted"  # it was sent, and nothing is decided
    UPSTREAM = "upstream"  # upstream has it
    DENIED = "denied"  # upstream said no
    NEVER = "never"  # it is not meant for upstream
    INACTIVE = "inactive"  # there is no upstream any longer that could take it


@dataclass(frozen=True, slots=True)
class Said:
    """What one form in a header says."""

    form: Form
    standing: Standing
    text: str  # the field and its value, as they are written
    reason: str | None = None
    link: str | None = None  # where it was sent, or upstream's page about it
    commits: tuple[str, ...] = ()  # upstream's, maybe abbreviated
    release: str | None = None  # of upstream that has it


@dataclass(frozen=True, slots=True)
class PatchHeader:
    """Everything the header of a patch says."""

    patch: str
    said: tuple[Said, ...]
    bugs: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()  # what cannot be understood, and what contradicts itself


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known of a patch, to be written into its header."""

    standing: Standing
    proved: bool  # by a scan or by a link's state; else it only fills what nobody has said
    reason: str | None = None
    link: str | None = None
    commits: tuple[str, ...] = ()  # full hashes
    release: str | None = None
    bug: str | None = None
