"""Squashes made with real git."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from making import Made
from unfork.git import Repository
from unfork.model import Patch
from unfork.series import parse_patch

Files = Mapping[str, str | None]
_DIFF = (
    "diff-tree",
    "-p",
    "-r",
    "--full-index",
    "--binary",
    "-M",
    "-C",
    "--src-prefix=a/",
    "--dst-prefix=b/",
)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """An empty bare repository."""
    return Made(tmp_path / "repo.git")


@pytest.fixture
def squash(made: Made) -> Callable[..., Patch]:
    """The patch from one set of files to another; both are commits of ``made``."""

    def make(before: Files, after: Files, *, mode: str = "100644") -> Patch:
        branch = f"squash-{made.day}"
        with made.writing() as writer:
            old = writer.commit("before", dict(before), branch=branch, parents=())
            new = writer.commit("after", dict(after), branch=branch, mode=mode)
        patch = parse_patch(Repository(made.path).run(*_DIFF, old, new), "0007-squash.patch")
        assert patch.error is None
        return patch

    return make
