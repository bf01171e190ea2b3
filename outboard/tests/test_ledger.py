"""What was taken over is known after any end, and given back only while it is ours."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from outboard.errors import InputError
from outboard.ledger import FORMAT, Entry, Ledger
from outboard.state import StateFile, hold


def _file(tmp_path: Path, boot: str = "b1") -> StateFile[dict[str, Entry]]:
    return StateFile(tmp_path / "x.json", dict[str, Entry], number=FORMAT, boot=boot)


def test_nothing_is_on_disk_before_the_flush_and_all_of_it_after(tmp_path: Path) -> None:
    ledger = Ledger(_file(tmp_path))
    ledger.announce("k", current="0", value="2", owner="a")
    assert Ledger(_file(tmp_path)).held() == ()
    ledger.flush()
    again = Ledger(_file(tmp_path))
    assert (again.held("a"), again.held("b"), again.owners()) == (("k",), (), {"a"})
    assert again.to_give_back("k", "2") == "0"
    assert again.to_give_back("k", "0") is None
    assert again.to_give_back("k", "7") is None


def test_every_value_announced_is_ours(tmp_path: Path) -> None:
    ledger = Ledger(_file(tmp_path))
    ledger.announce("k", current="0", value="2", owner="a")
    ledger.announce("k", current="2", value="n/a", owner="b")
    assert [ledger.to_give_back("k", value) for value in ("2", "n/a")] == ["0", "0"]


def test_what_the_kernel_made_anew_for_another_guest_has_a_new_original(tmp_path: Path) -> None:
    ledger = Ledger(_file(tmp_path))
    ledger.announce("k", current="0-7", value="2", owner="a")
    ledger.announce("k", current="0-3", value="3", owner="b")
    assert ledger.to_give_back("k", "3") == "0-3"


def test_the_state_of_another_boot_is_none(tmp_path: Path) -> None:
    ledger = Ledger(_file(tmp_path))
    ledger.announce("k", current="0", value="2", owner="a")
    ledger.flush()
    assert Ledger(_file(tmp_path, "b2")).held() == ()
    other = StateFile(tmp_path / "x.json", dict[str, Entry], number=FORMAT + 1, boot="b1")
    assert Ledger(other).held() == ()


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b'{"format":1,"boot":"b1"}', b'{"format":1,"boot":"b1","body":{"k":1}}', b"\xff\xfe"],
)
def test_a_damaged_state_is_put_aside_and_said(tmp_path: Path, data: bytes, logged: list[Any]) -> None:
    (tmp_path / "x.json").write_bytes(data)
    assert Ledger(_file(tmp_path)).held() == ()
    assert (tmp_path / "x.damaged").read_bytes() == data
    assert [line["log_level"] for line in logged] == ["error"]


def test_a_write_that_fails_leaves_the_old_state_and_no_litter(tmp_path: Path) -> None:
    file = _file(tmp_path)
    file.save({"k": Entry("0", ("2",), "a")})
    with pytest.raises((TypeError, msgspec.MsgspecError)):
        file.save({"k": object()})  # type: ignore[dict-item]
    assert file.load() == {"k": Entry("0", ("2",), "a")}
    assert [each.name for each in tmp_path.iterdir()] == ["x.json"]


def test_only_one_holds_a_service(tmp_path: Path) -> None:
    import os

    handle = hold(tmp_path / "run", "irqpin")
    with pytest.raises(InputError, match="another outboard irqpin"):
        hold(tmp_path / "run", "irqpin")
    os.close(handle)
    os.close(hold(tmp_path / "run", "irqpin"))
