"""The page in a real browser: its policy lets its own script run, and the script filters."""

import shutil
import subprocess
from pathlib import Path

import pytest
from report_samples import hostile_scan, sample_scan
from unfork.model import Scan
from unfork.reports.html import render_html

BROWSER = shutil.which("chromium")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium here: apt install chromium runs this")


def rendered(scan: Scan, folder: Path, view: str) -> tuple[str, str]:
    """The document after its script ran, and what the browser's console said."""
    page = folder / "scan.html"
    page.write_bytes(render_html(scan))
    assert BROWSER is not None
    done = subprocess.run(
        [
            BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr", "--virtual-time-budget=2000",
            "--dump-dom", f"{page.as_uri()}{view}",
        ],
        capture_output=True,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 0
    return done.stdout.decode("utf-8"), done.stderr.decode("utf-8", "replace")


def test_a_link_to_a_filtered_view(tmp_path: Path) -> None:
    document, console = rendered(sample_scan(), tmp_path, "#advice=drop-at&q=pool")
    assert "1 of 9 shown" in document
    assert document.count("<tbody id=") == 9
    assert document.count('hidden=""') == 8  # eight rows; the form is no longer hidden
    assert "CONSOLE" not in console


def test_a_hostile_series_runs_nothing(tmp_path: Path) -> None:
    document, console = rendered(hostile_scan(), tmp_path, "")
    assert "1 of 1 shown" in document
    assert document.count("<script") == 1
    assert "CONSOLE" not in console
