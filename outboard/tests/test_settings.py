"""The one file of settings: what is wrong in it is said with its place."""

from pathlib import Path

import pytest
from outboard.cpulat import CpuLatSection
from outboard.errors import InputError
from outboard.irqpin import IrqPinSection
from outboard.settings import HostSection, Settings, listen_address


def _load(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "outboard.toml"
    path.write_text(text)
    return Settings.load(path)


def test_what_is_not_set_has_its_default(tmp_path: Path) -> None:
    settings = _load(tmp_path, '[irqpin]\nspread = "round-robin"\n')
    assert settings.section("irqpin", IrqPinSection) == IrqPinSection(spread="round-robin")
    assert settings.section("host", HostSection).procfs == "/proc"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[irqpin]\nspred = 1\n", "`spred`"),
        ('[irqpin]\nspread = "both"\n', "irqpin.spread"),
        ("[irqpin]\naudit_interval = 0\n", "irqpin.audit_interval"),
        ('[irqpin]\ntick_interval = "fast"\n', "irqpin.tick_interval"),
        ('[irqpin]\nmetrics = "nowhere"\n', "[irqpin] not ADDRESS:PORT"),
        ('[cpulat]\ndefault = "unheard of"\n', "unheard of"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    settings = _load(tmp_path, text)
    with pytest.raises(InputError, match=r"outboard\.toml") as error:
        settings.section("irqpin", IrqPinSection)
        settings.section("cpulat", CpuLatSection)
    assert said in str(error.value)


def test_a_table_nobody_reads_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"unknown table \[irqpn\]"):
        _load(tmp_path, "[irqpn]\n").check_tables(frozenset({"irqpin"}))


def test_no_file_no_toml_no_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        Settings.load(tmp_path / "none.toml")
    with pytest.raises(InputError, match="not TOML"):
        _load(tmp_path, "[irqpin\n")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xff")
    with pytest.raises(InputError, match="not TOML"):
        Settings.load(tmp_path / "bytes.toml")


def test_addresses() -> None:
    assert listen_address(":9751") == ("", 9751)
    assert listen_address("[::1]:9751") == ("::1", 9751)
    for text in ("9751", "a:", "a:99999", "a:x"):
        with pytest.raises(ValueError, match="ADDRESS:PORT"):
            listen_address(text)
