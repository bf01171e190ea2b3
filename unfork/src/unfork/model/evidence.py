"""The reason that every claim carries."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for a claim."""

    method: str  # "patch-id", "lines", "subject", "author", "change-id", "bug", "trailer", ...
    detail: str  # in words, with numbers
    sha: str | None = None  # the upstream commit it speaks of
