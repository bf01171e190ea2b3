"""``unfork index``: build, describe or remove the index of an upstream."""

from dataclasses import dataclass
from pathlib import Path

from unfork.model.evaluation import IndexStatus
from unfork.progress import Progress


@dataclass(frozen=True)
class IndexRequest:
    """Which index."""

    upstream: str
    since: str | None = None
    target: str | None = None
    cache_dir: Path | None = None


def build_index(request: IndexRequest, *, progress: Progress | None = None) -> IndexStatus:
    """Build the index, or add what upstream has new."""
    raise NotImplementedError


def index_status(request: IndexRequest) -> IndexStatus:
    """What there is."""
    raise NotImplementedError


def drop_index(request: IndexRequest) -> IndexStatus:
    """Remove it; the status is that of before."""
    raise NotImplementedError
