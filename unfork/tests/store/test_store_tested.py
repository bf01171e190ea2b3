"""Checks of tracks in the store, on SQLite and on PostgreSQL."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select
from unfork.model.tested import CheckRun, Finish, Repetition, Tally
from unfork.store import TESTED_FORMAT, CheckRecord, leave_tested, outbox_of, store_address
from unfork.store.database import Store
from unfork.store.tables import check_run, test_tally

RED = Tally("t.red\x00", 0, 2, 0, "ValueError: \xff", ("nova/a.py",))
GREEN = Tally("t.green", 2, 0, 0)


def leave(address: str, number: int, name: str, *tests: Tally, commit: str = "c" * 40) -> Path:
    at = datetime(2019, 2, 1, number, tzinfo=UTC)
    repetition = Repetition(Finish.FAILED, 1, 0.5, 12, 0, "1 of 2 tests failed")
    check = CheckRun(name, at, (repetition,), tests, "r" * 16, "\udcff.log")
    record = CheckRecord(
        TESTED_FORMAT, f"{number:032x}", at.timestamp(), "0", "p", "nova", "new", "/nova", commit,
        dirty=False, check=check,
    )  # fmt: skip
    return leave_tested(store_address(address), record)


def test_a_check_comes_out_as_it_went_in(address: str) -> None:
    leave(address, 1, "unit", GREEN, RED)
    with Store(store_address(address)) as store:
        tested = store.last_tested("p", "nova", "new")
        assert store.last_tested("p", "neutron", "new") is None
        assert store.last_tested("p", "nova", "old") is None
    assert tested is not None
    (check,) = tested.checks
    assert (tested.commit, tested.dirty, check.check, check.rule) == ("c" * 40, False, "unit", "r" * 16)
    assert check.repetitions == (Repetition(Finish.FAILED, 1, 0.5, 12, 0, "1 of 2 tests failed"),)
    assert check.at == datetime(2019, 2, 1, 1, tzinfo=UTC)
    assert (check.tests[0], check.output) == (GREEN, "\\udcff.log")
    assert (check.tests[1].name, check.tests[1].files) == ("t.red\\x00", ("nova/a.py",))


def test_each_is_taken_in_once_and_the_last_of_each_check_counts(address: str) -> None:
    path = leave(address, 1, "unit", GREEN)
    data = path.read_bytes()
    leave(address, 2, "unit", GREEN, RED)
    leave(address, 3, "api", GREEN)
    leave(address, 4, "again", GREEN)
    with Store(store_address(address)) as store:
        assert store.taken == 4
        path.write_bytes(data)
    with Store(store_address(address)) as store:
        assert not [*outbox_of(store.address).glob("*.tested")]
        tested = store.last_tested("p", "nova", "new")
        with store.engine.connect() as connection:
            counts = [
                connection.scalar(select(func.count()).select_from(table))
                for table in (check_run, test_tally)
            ]
    assert tested is not None
    assert {each.check: len(each.tests) for each in tested.checks} == {"unit": 2, "api": 1, "again": 1}
    assert counts == [4, 3]


def test_what_ran_on_an_older_commit_says_nothing_of_the_newest(address: str) -> None:
    leave(address, 1, "unit", GREEN)
    leave(address, 2, "api", GREEN, commit="d" * 40)
    with Store(store_address(address)) as store:
        tested = store.last_tested("p", "nova", "new")
    assert tested is not None
    assert (tested.commit, [each.check for each in tested.checks]) == ("d" * 40, ["api"])
