"""What was begun and not ended is known after any end of the process."""

from pathlib import Path

import msgspec
import pytest
from outboard.errors import InputError
from outboard.journal import Journal


class Step(msgspec.Struct, frozen=True):
    name: str


def test_open_entries_survive(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "sub/j", Step)
    first = journal.begin(Step("one"))
    second = journal.begin(Step("two"))
    journal.end(first)
    again = Journal(tmp_path / "sub/j", Step)
    assert again.open() == {second: Step("two")}
    assert again.begin(Step("three")) not in (first, second)


def test_a_half_written_line_is_left_out(tmp_path: Path, logged: list[object]) -> None:
    journal = Journal(tmp_path / "j", Step)
    journal.begin(Step("one"))
    whole = (tmp_path / "j").read_bytes()
    for length in range(len(whole)):
        (tmp_path / "j").write_bytes(whole + whole[:length])
        again = Journal(tmp_path / "j", Step)
        assert list(again.open().values()) == [Step("one")]
        again.begin(Step("two"))
        assert len(Journal(tmp_path / "j", Step).open()) == 2


def test_it_does_not_grow_for_ever(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j", Step)
    for number in range(1500):
        journal.end(journal.begin(Step(str(number))))
    assert (tmp_path / "j").stat().st_size < 100_000


def test_a_folder_that_refuses(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot keep a journal"):
        Journal(tmp_path / "file/j", Step)
