"""The public history and series the bars were set on: openstack/nova, and the StarlingX series for it.

Only names of revisions are written here; the clones are named by environment variables.
"""

from collections.abc import Iterator
from pathlib import Path

from bench import evaluating, peers, scanning
from bench.figures import Answer

SINCE, TIP = "16.0.0", "master"
SERIES = "207b897d28:stx-patches"
LINES = (
    "16.0.0..pike-eol", "17.0.0..queens-eol", "18.0.0..rocky-eol", "19.0.0..stein-eol",
    "20.0.0..train-eol", "21.0.0..ussuri-eol", "22.0.0..victoria-eol", "23.0.0..wallaby-eol",
    "24.0.0..xena-eol",
)  # fmt: skip
_BARS = scanning.Bars(cold_ratio=0.7, warm_seconds=1.0, index_mb=16, largest_mb=700)


def answers(nova: Path, stx_nova: Path | None, *, pairs: int, scratch: Path) -> Iterator[Answer]:
    """Scan, recall and peers, one after the other."""
    if stx_nova is not None:
        subject = scanning.Subject("nova", nova, f"{stx_nova}@{SERIES}", SINCE, TIP)
        yield scanning.answer_of(subject, scanning.measure(subject, pairs=pairs, scratch=scratch), _BARS)
    yield evaluating.answer_of("nova", nova, SINCE, LINES, scratch / "recall")
    contest = peers.Contest(nova, SINCE, TIP, "pike-eol")
    yield peers.answer_of("nova", contest, scratch / "peers", until="17.0.0")
