"""The fork that people decide about."""

from pathlib import Path

import pytest
from decided_fork import SCENARIO, Fork
from unfork.scenario import build, parse


@pytest.fixture
def fork(tmp_path: Path) -> Fork:
    """The fork, nothing decided."""
    built = build(parse(SCENARIO, where="decided_fork"), tmp_path / "built")
    return Fork(built, tmp_path, tmp_path / "cache")
