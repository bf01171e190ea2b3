"""What goes into a store comes out, on SQLite and on PostgreSQL."""

import os
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from report_samples import sample_scan
from sqlalchemy import create_engine, inspect, select, text
from unfork.errors import InputError, UsageError
from unfork.model import Scan
from unfork.model.finding import Check
from unfork.model.history import ItemChange
from unfork.store import leave_scan, outbox_of, store_address
from unfork.store.database import Store
from unfork.store.tables import HEAD, item_change, metadata, run, seen_patch, snapshot


def leave(address: str, scan: Scan, project: str = "nova") -> Path:
    return leave_scan(store_address(address), scan, plan="p", project=project, version="0.1.0")


def opened(address: str) -> Store:
    return Store(store_address(address))


def count(store: Store, table: object) -> int:
    with store.engine.connect() as connection:
        return len(connection.execute(select(table)).all())


def without(scan: Scan, *names: str) -> Scan:
    return replace(scan, patches=tuple(each for each in scan.patches if each.name not in names))


def test_a_scan_comes_out_as_it_went_in(address: str) -> None:
    scan = sample_scan()
    leave(address, scan)
    with opened(address) as store:
        assert store.taken == 1
        series = store.last_scans("p", ["nova"])["nova"]
        assert store.last_scans("p", ["neutron", "nova"]).keys() == {"nova"}
        assert store.last_scans("other", ["nova"]) == {}
    assert len(series.patches) == len(scan.patches)
    for seen, said in zip(series.patches, scan.patches, strict=True):
        assert (seen.id, seen.relation, seen.state, seen.advice) == (
            said.id, said.relation, said.state, said.advice,
        )  # fmt: skip
        assert seen.lines == said.added + said.removed
        assert seen.commits == tuple(each.sha for each in said.commits)
        seen.name.encode("utf-8")  # undecodable bytes are written out
        assert "\x00" not in seen.subject
    assert abs((datetime.now(UTC) - series.at).total_seconds()) < 60
    assert series.target == scan.target_name


def test_each_scan_is_taken_in_once_and_the_same_rows_are_kept_once(address: str) -> None:
    scan = sample_scan()
    path = leave(address, scan)
    data = path.read_bytes()
    leave(address, scan)
    with opened(address) as store:
        assert store.taken == 2
        assert not [*outbox_of(store.address).glob("*.scan")]
        path.write_bytes(data)  # as if it had been killed before it took the file away
    with opened(address) as store:
        assert (count(store, run), count(store, snapshot)) == (2, 1)
        assert count(store, seen_patch) == len(scan.patches)


def test_a_damaged_file_of_the_outbox_stays_and_holds_nobody_up(address: str) -> None:
    bad = leave(address, sample_scan())
    bad.write_bytes(bad.read_bytes()[:-1])
    leave(address, sample_scan())
    with opened(address) as store:
        assert store.taken == 1
    assert bad.exists()


def test_the_only_project_of_a_plan_has_the_scans_that_named_none(address: str) -> None:
    leave(address, sample_scan(), project="")
    with opened(address) as store:
        assert store.last_scans("p", ["nova"]).keys() == {"nova"}
        assert store.last_scans("p", ["nova", "neutron"]) == {}


def test_what_had_gone_and_is_back_is_told(address: str) -> None:
    whole = sample_scan()
    first, second = whole.patches[0], whole.patches[1]
    for scan in (without(whole, second.name), without(whole, first.name, second.name), whole):
        leave(address, scan)
    with opened(address) as store:
        series = store.last_scans("p", ["nova"])["nova"]
    assert series.retired == {first.id}  # the second one is new


def check(plan: str = "p") -> Check:
    return Check(plan, "folder", "2019-02-01", (), (), 1, 0, ())


def test_of_checks_only_what_changed_is_kept(address: str) -> None:
    one = ItemChange("one", "nova", "upstream-bug-fix", "cutover", "open", None)
    two = ItemChange("two", "nova", "undecided", "none", "open", None)
    done = ItemChange("one", "nova", "upstream-bug-fix", "cutover", "open", "replaced")
    days = [datetime(2019, 1, day, 12, tzinfo=UTC) for day in (1, 2, 3, 4)]
    with opened(address) as store:
        for at, items in zip(days, ([one, two], [one, two], [done, two], [done]), strict=True):
            store.record_check(check(), {each.item: each for each in items}, at=at, version="0")
        store.record_check(check("other"), {"x": two}, at=days[0], version="0")
        changes = store.item_changes("p")
        assert (count(store, item_change), count(store, run)) == (5, 5)
    gone = ItemChange("two", "nova", "undecided", "none", "open", None, gone=True)
    by_day = [(at, {each for when, each in changes if when == at}) for at in days]
    assert by_day == [(days[0], {one, two}), (days[1], set()), (days[2], {done}), (days[3], {gone})]


def test_two_that_open_a_new_store_at_once_both_can(address: str) -> None:
    leave(address, sample_scan())
    script = (
        "import sys; from unfork.store.database import Store; from unfork.store import store_address\n"
        "with Store(store_address(sys.argv[1])) as store: print(store.taken)"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", script, address],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(3)
    ]  # fmt: skip
    done = [each.communicate(timeout=60) for each in started]
    assert all(err == "" for _, err in done), done
    assert sorted(out.strip() for out, _ in done) == ["0", "0", "1"]


def test_writers_wait_for_each_other(address: str) -> None:
    with opened(address) as store:
        problems: list[Exception] = []

        def write(number: int) -> None:
            item = ItemChange(f"item-{number}", "nova", "undecided", "none", "open", None)
            try:
                store.record_check(check(f"p{number}"), {item.item: item}, at=datetime.now(UTC), version="0")
            except Exception as error:  # noqa: BLE001 - told below
                problems.append(error)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert not problems
        assert count(store, run) == 8


def test_the_migrations_make_the_tables(address: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with opened(address) as store, store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    folder = Path(sys.modules["unfork.store"].__file__ or "").parent / "migrations"
    assert ScriptDirectory(str(folder)).get_current_head() == HEAD


def older(address: str) -> None:
    """A store as the first form had it, with a scan in it."""
    from alembic import command
    from alembic.config import Config

    folder = Path(sys.modules["unfork.store"].__file__ or "").parent / "migrations"
    engine = create_engine(store_address(address))
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO snapshot (id) VALUES ('kept')"))
    engine.dispose()


def test_an_older_store_is_migrated_with_a_backup(address: str) -> None:
    older(address)
    with opened(address) as store:
        names = inspect(store.engine).get_table_names()
        assert "item_change" in names
        assert count(store, snapshot) == 1
        if store.engine.dialect.name == "postgresql":
            with store.engine.connect() as connection:
                kept = connection.execute(text("SELECT id FROM unfork_form_0001.snapshot")).scalars().all()
                form = connection.execute(text("SELECT version_num FROM unfork_form_0001.alembic_version"))
                assert (kept, form.scalar()) == (["kept"], "0001")
    if not address.startswith("postgresql"):
        backup = create_engine(f"sqlite:///{address}.before-{HEAD}")
        with backup.connect() as connection:
            assert connection.execute(text("SELECT id FROM snapshot")).scalars().all() == ["kept"]
            assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "0001"
        backup.dispose()


def test_a_migration_that_breaks_changes_nothing(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic.operations import Operations

    older(address)
    real = Operations.create_table

    def breaks(self: Operations, name: str, *columns: object, **options: object) -> object:
        if name == "finding_count":
            raise RuntimeError("broken")
        return real(self, name, *columns, **options)

    monkeypatch.setattr(Operations, "create_table", breaks)
    with pytest.raises(RuntimeError, match="broken"):
        opened(address)
    engine = create_engine(store_address(address))
    assert "item_change" not in inspect(engine).get_table_names()
    engine.dispose()
    monkeypatch.undo()
    with opened(address) as store:
        assert count(store, snapshot) == 1


def test_a_newer_store_is_refused_and_left_alone(address: str) -> None:
    with opened(address) as store, store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InputError, match="the store has the form 9999, this unfork knows forms up to"):
        opened(address)


def test_a_file_that_is_no_store_is_one_line(tmp_path: Path) -> None:
    bad = tmp_path / "notes.txt"
    bad.write_text("not a database\n" * 100)
    with pytest.raises(InputError, match=r"notes\.txt: the store cannot be used: file is not a database"):
        opened(str(bad))
    assert bad.read_text().startswith("not a database")


def test_a_server_that_is_not_there_costs_no_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from unfork.commands.record import record_scan

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    address = f"postgresql://me:secret@/nothing?host={tmp_path}"
    problem = record_scan(sample_scan(), plan=None, project="nova", store=address)
    assert problem is not None and problem.startswith("the scan is not in the store")
    assert "secret" not in problem and "\n" not in problem
    assert len([*outbox_of(store_address(address)).glob("*.scan")]) == 1


@pytest.mark.parametrize("address", ["mysql://a:secret@b/c", "http://x"])
def test_another_kind_of_store_is_a_wrong_option(address: str) -> None:
    with pytest.raises(UsageError, match="the store cannot be") as told:
        store_address(address)
    assert "secret" not in str(told.value)


def test_the_store_is_where_the_surroundings_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert store_address() == f"sqlite:///{tmp_path}/unfork/store.sqlite3"
    monkeypatch.setenv("UNFORK_STORE", "/elsewhere/x.db")
    assert store_address() == "sqlite:////elsewhere/x.db"
    assert store_address("postgres://h/db") == "postgresql+psycopg://h/db"


def test_a_scan_is_recorded_without_what_is_slow_to_load(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom report_samples import sample_scan\n"
        "from unfork.commands.record import record_scan\n"
        "(Path('plan.yaml')).write_text('plan: p')\n"
        "assert record_scan(sample_scan(), plan=Path(), project='nova', store='x.db') is None\n"
        "slow = {'sqlalchemy', 'alembic', 'yaml', 'ruamel', 'unfork.planning'} & {*sys.modules}\n"
        "assert not slow, slow\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    subprocess.run([sys.executable, "-c", script], check=True, cwd=tmp_path, env=environment)
    assert len([*(tmp_path / "x.db.outbox").iterdir()]) == 1
