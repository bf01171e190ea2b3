"""An upstream with a base, filler commits that make words rare, and patches nobody has upstream."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from making import Made, Writer, function
from unfork.commands.scan import ScanRequest, run_scan
from unfork.model import Scan, Suggestion, Verdict

Patch = Callable[..., None]
Ask = Callable[..., Scan]
Fill = Callable[[Writer], None]

_TOPICS = (
    "volume", "tenant", "image", "router", "token", "quota", "bridge", "metadata", "console", "audit",
    "cluster", "mirror",
)  # fmt: skip


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """An empty upstream."""
    return Made(tmp_path / "up.git")


@pytest.fixture
def fill() -> Fill:
    """Commits about other things: without any, every word of a change would be as common as the next."""

    def call(writer: Writer) -> None:
        for topic in _TOPICS:
            writer.commit(
                f"Rework {topic} handling\n\nThe {topic} was handled badly.\n",
                {f"app/{topic}.py": function(topic)},
            )

    return call


@pytest.fixture
def patch(tmp_path: Path) -> Patch:
    """Write a change that upstream does not have as a mail into ``patches/``."""
    numbers = count(1)

    def call(subject: str, body: str = "", *, path: str = "down/own.py", text: str = "own = 1\n") -> None:
        number = next(numbers)
        folder = tmp_path / "patches"
        folder.mkdir(exist_ok=True)
        down = Made(tmp_path / f"down{number}.git")
        with down.writing() as writer:
            writer.commit("Base", {"there.txt": "there\n"})
            sha = writer.commit(f"{subject}\n\n{body}\n", {path: text}, author="Down <down@example.org>")
        mail = down.git("format-patch", "--stdout", "--no-signature", "-1", sha)
        (folder / f"{number:04d}.patch").write_text(mail + "\n", encoding="utf-8")

    return call


@pytest.fixture
def ask(made: Made, tmp_path: Path) -> Ask:
    """Scan ``patches/`` from 1.0 to the tip of master."""

    def call(target: str = "master", specs: Path | None = None) -> Scan:
        return run_scan(
            ScanRequest(
                suggest=True,
                series=str(tmp_path / "patches"),
                upstream=str(made.path),
                base="1.0",
                target=target,
                cache_dir=tmp_path / "cache",
                specs=str(specs) if specs else None,
            )
        )

    return call


@pytest.fixture
def first() -> Callable[[Scan], Suggestion]:
    """The first suggestion for the only patch."""

    def call(scan: Scan) -> Suggestion:
        only: Verdict
        (only,) = scan.patches
        assert only.suggestions, "nothing is suggested"
        return only.suggestions[0]

    return call
