"""Upstreams that several tests read, and a short way to open one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from making import Made
from unfork.git import Repository
from unfork.history import History, Range, open_history
from unfork.progress import Silent

Open = Callable[..., History]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """An empty upstream."""
    return Made(tmp_path / "up.git")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def opened(made: Made, cache: Path) -> Open:
    """Open the upstream's history: ``since``, ``target`` and ``head`` are revisions."""

    def call(
        *, since: str | None = None, target: str = "master", head: str = "master", pattern: str | None = None
    ) -> History:
        repository = Repository(made.path)
        wanted = Range(
            repository.resolve(since) if since else None,
            (repository.resolve(head),),
            repository.resolve(target),
        )
        return open_history(
            repository, wanted, name="up", cache=cache, progress=Silent(), release_pattern=pattern
        )

    return call
