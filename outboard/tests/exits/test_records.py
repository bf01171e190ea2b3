"""Files of exit statuses: how many are kept, and what is none."""

import os
from pathlib import Path

from outboard.exits import Records


def test_the_newest_are_kept_and_what_is_no_number_is_nothing(tmp_path: Path) -> None:
    records = Records(tmp_path / "exits")
    records.keep("first", 1)
    os.utime(tmp_path / "exits/first", (0, 0))
    for number in range(1000):
        (tmp_path / f"exits/{number}").touch()
    records.keep("last", 256)
    assert records.status("first") is None
    assert records.status("last") == 256
    assert records.status("999") is None  # killed before it was whole
    records.keep("999", 9)
    assert records.status("999") == 9
