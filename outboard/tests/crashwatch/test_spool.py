"""The spool: whole records, however it ends; a full disk takes acknowledged ones first and no other."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from outboard.crashwatch.record import Crash, Stage
from outboard.crashwatch.spool import Spool, acknowledge_file
from outboard.errors import InputError
from outboard.exits import key_of

_BIG = 1 << 30


def _crash(number: int, *, size: int = 10) -> Crash:
    uuid = f"{number:08x}-1111-4111-8111-111111111111"
    started = f"2026-11-24 15:28:{number % 60:02}.143+0000"
    return Crash(
        key=key_of(uuid, started), uuid=uuid, name=f"instance-{number}", host="node1", started=started,
        ended=started, reason="crashed", recorded=float(number), tail=("x" * size,),
    )  # fmt: skip


def test_records_outlive_the_process(tmp_path: Path) -> None:
    spool = Spool(tmp_path, _BIG)
    assert spool.add(_crash(1))
    assert not spool.add(_crash(1))
    spool.add(_crash(2))
    spool.change(_crash(2).key, lambda crash: msgspec.structs.replace(crash, stage=Stage.ASKED))
    assert spool.acknowledge(_crash(1).key)
    assert not spool.acknowledge(_crash(1).key)
    again = Spool(tmp_path, _BIG)
    assert [(crash.uuid, crash.stage) for crash in again.open()] == [(_crash(2).uuid, Stage.ASKED)]
    assert again.of(_crash(1).uuid) == (_crash(1),)
    assert not again.add(_crash(1))  # known, though acknowledged


def test_acknowledged_beside_the_daemon(tmp_path: Path) -> None:
    spool = Spool(tmp_path, _BIG)
    spool.add(_crash(1))
    acknowledge_file(tmp_path, _crash(1).key)
    spool.change(_crash(1).key, lambda crash: msgspec.structs.replace(crash, why="late"))  # writes it again
    spool.refresh()
    assert spool.open() == ()
    assert not list((tmp_path / "crashes").iterdir())
    with pytest.raises(InputError, match="No such file"):
        acknowledge_file(tmp_path, _crash(1).key)


def test_killed_between_the_halves_of_acknowledging(tmp_path: Path) -> None:
    spool = Spool(tmp_path, _BIG)
    spool.add(_crash(1))
    path = tmp_path / "crashes" / f"{_crash(1).key}.json"
    (tmp_path / "acknowledged" / path.name).write_bytes(path.read_bytes())
    assert Spool(tmp_path, _BIG).open() == ()
    assert not path.exists()


def test_what_cannot_be_read_is_left_for_people(tmp_path: Path, logged: list[Any]) -> None:
    Spool(tmp_path, _BIG).add(_crash(1))
    for name, text in (("broken.json", "{"), (f"{_crash(3).key}.json", "{}"), (".x.json.tmp", "")):
        (tmp_path / "crashes" / name).write_text(text)
    moved = tmp_path / "crashes" / f"{_crash(4).key}.json"
    moved.write_bytes((tmp_path / "crashes" / f"{_crash(1).key}.json").read_bytes())
    assert [crash.key for crash in Spool(tmp_path, _BIG).open()] == [_crash(1).key]
    assert len([line for line in logged if "cannot be read" in line["event"]]) == 3
    assert moved.exists()


def test_the_size_drops_the_oldest_acknowledged_only(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 3500)
    for number in range(1, 5):
        spool.add(_crash(number, size=700))
        if number in (2, 3):
            spool.acknowledge(_crash(number).key)
    assert [crash.recorded for crash in Spool(tmp_path, _BIG).open()] == [1.0, 4.0]
    assert [p.name for p in (tmp_path / "acknowledged").iterdir()] == [f"{_crash(3).key}.json"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """16 pages."""
    path = tmp_path / "disk"
    path.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", path], capture_output=True)
    if made.returncode:
        pytest.skip("needs the right to mount")
    yield path
    subprocess.run(["umount", path], check=True)


def test_a_full_disk(small_disk: Path) -> None:
    spool = Spool(small_disk, _BIG)
    for number in range(1, 4):
        spool.add(_crash(number, size=8000))
    spool.acknowledge(_crash(1).key)
    spool.acknowledge(_crash(2).key)
    added = [number for number in range(4, 20) if _adds(spool, number)]
    kept = [int(crash.recorded) for crash in spool.open()]
    assert kept == [3, *added]
    assert 4 in added
    assert len(added) < 16  # it was full
    assert not (small_disk / "acknowledged" / f"{_crash(1).key}.json").exists()
    again = Spool(small_disk, _BIG)
    assert [int(crash.recorded) for crash in again.open()] == kept


def _adds(spool: Spool, number: int) -> bool:
    try:
        return spool.add(_crash(number, size=8000))
    except OSError:
        return False


def test_a_dry_run_keeps_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "none", _BIG, read_only=True)
    spool.add(_crash(1))
    assert spool.acknowledge(_crash(1).key)
    assert not (tmp_path / "none").exists()
