"""Golden files: what a report looks like, kept to be read by people in a review."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

EXPECTED = Path(__file__).parent / "expected"


@pytest.fixture
def same_as_expected() -> Callable[[str, str], None]:
    """Compare a text with a file in ``expected/``; ``UPDATE_EXPECTED=1`` writes the file instead."""

    def compare(name: str, text: str) -> None:
        path = EXPECTED / name
        if os.environ.get("UPDATE_EXPECTED"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare
