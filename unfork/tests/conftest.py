"""Hermetic tests: own HOME and cache, no system git configuration, fixed names and dates."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import unfork.sheets.workbook_read  # noqa: F401  # chooses openpyxl's parser: before a test imports it


@pytest.fixture(autouse=True)
def hermetic(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Each test has a HOME of its own and sees nothing of the user's configuration."""
    home = tmp_path_factory.mktemp("home")
    (home / ".gitconfig").write_text(
        "[user]\n\tname = A U Thor\n\temail = author@example.com\n"
        '[init]\n\tdefaultBranch = master\n[gc]\n\tauto = 0\n[protocol "file"]\n\tallow = always\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2020-01-01T00:00:00Z")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2020-01-01T00:00:00Z")
    monkeypatch.setenv("GIT_EDITOR", "false")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("GIT_DIR", raising=False)
    monkeypatch.delenv("GIT_INDEX_FILE", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.delenv("UNFORK_CACHE", raising=False)
    monkeypatch.delenv("UNFORK_STORE", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    yield home
