"""The command line with made-up results behind it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Run
from report_samples import sample_scan
from unfork.cli import run
from unfork.commands import scan as scan_command
from unfork.model import Scan


@pytest.fixture
def unfork(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """Run the command line in an empty folder: exit code, standard output, standard error."""
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / ".git").mkdir()  # the search for unfork.toml ends here
    monkeypatch.chdir(folder)

    def call(*argv: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = int(run(argv))
        done = capfd.readouterr()
        return code, done.out, done.err

    yield call


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[scan_command.ScanRequest]:
    """The requests that reached the scan, which answers with the sample."""
    requests: list[scan_command.ScanRequest] = []

    def answer(request: scan_command.ScanRequest, *, progress: object = None) -> Scan:
        assert progress is not None
        requests.append(request)
        return sample_scan()

    monkeypatch.setattr(scan_command, "run_scan", answer)
    return requests
