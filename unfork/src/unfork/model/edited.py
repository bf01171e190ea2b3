"""A file that is to be changed, for those who show what would change."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class EditedFile:
    """One file before and after."""

    path: Path
    before: bytes
    after: bytes
