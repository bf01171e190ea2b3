"""Two tracks of one small repository."""

from pathlib import Path

import pytest
from two_tracks import Two, make_two


@pytest.fixture
def two(tmp_path: Path) -> Two:
    return make_two(tmp_path)
