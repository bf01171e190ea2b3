"""A small upstream whose answers are known, and patches made by git."""

from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

import pytest
from making import Made
from unfork.commands.scan import ScanRequest, run_scan
from unfork.model import Scan

Patch = Callable[..., Path]
Ask = Callable[..., Scan]
Files = Mapping[str, str]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """An empty upstream."""
    return Made(tmp_path / "up.git")


@pytest.fixture
def patch(tmp_path: Path) -> Patch:
    """Write the change between two sets of files as a mail into ``patches/``; the folder."""
    numbers = count(1)

    def call(
        before: Files,
        after: Files,
        subject: str,
        body: str = "",
        *,
        author: str = "Down Stream <down@example.org>",
        name: str | None = None,
    ) -> Path:
        number = next(numbers)
        folder = tmp_path / "patches"
        folder.mkdir(exist_ok=True)
        down = Made(tmp_path / f"down{number}.git")
        with down.writing() as writer:
            writer.commit("Base", before)
            sha = writer.commit(f"{subject}\n\n{body}\n", after, author=author)
        mail = down.git("format-patch", "--stdout", "--no-signature", "--always", "-1", sha)
        (folder / (name or f"{number:04d}-patch.patch")).write_text(mail + "\n", encoding="utf-8")
        return folder

    return call


@pytest.fixture
def ask(made: Made, tmp_path: Path) -> Ask:
    """Scan ``patches/`` from 1.0 to the tip of master."""

    def call(base: str = "1.0", target: str = "master") -> Scan:
        return run_scan(
            ScanRequest(
                series=str(tmp_path / "patches"),
                upstream=str(made.path),
                base=base,
                target=target,
                cache_dir=tmp_path / "cache",
            )
        )

    return call
