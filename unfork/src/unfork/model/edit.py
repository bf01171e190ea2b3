"""A change that is carried as a command instead of a diff: it hides in a recipe or a script."""

from dataclasses import dataclass
from enum import StrEnum


class EditKind(StrEnum):
    """The command that makes the change."""

    SED = "sed"  # sed -i
    COPY = "copy"  # cp, install, COPY, ADD: a whole file is put in place of upstream's
    PATCH = "patch"  # patch, git apply, git am, where the diff itself is not to be had


@dataclass(frozen=True, slots=True)
class Edit:
    """One such command."""

    kind: EditKind
    command: str  # as written, on one line
    targets: tuple[str, ...]  # paths it changes, as installed; may hold "*", "?" and "[...]"
    sed: tuple[str, ...] = ()  # its options and scripts, as sed takes them, without -i and files
    content: bytes | None = None  # of a copy: what is put there, where the folder has it
    unknown: str | None = None  # why nobody can tell what it does without running it
