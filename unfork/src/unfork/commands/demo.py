"""``unfork demo``: a small upstream and its fork, made offline and always the same, then scanned."""

import shutil
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from unfork.commands.scan import ScanRequest, run_scan
from unfork.errors import InputError
from unfork.model import Scan
from unfork.progress import Progress
from unfork.scenario import Built, build, parse

MARKER = ".unfork-demo"
_MARKED = "unfork demo made this folder, and replaces what it made there when it runs again.\n"
_PAGE, _JSON, _CACHE = "scan.html", "scan.json", "cache"
_OURS = ("upstream.git", "fork.git", "patches", _CACHE, _PAGE, _JSON)


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What was made, what the scan says, and where its reports belong."""

    scan: Scan
    out: Path
    upstream: Path  # bare repository
    fork: Path  # bare repository, the series on branch "fork"
    series: str  # what the scan was given, so that a reader can repeat it
    base: str
    target: str
    page: Path  # for the HTML page
    json: Path


def run_demo(out: Path, *, progress: Progress | None = None) -> DemoResult:
    """Make the demo in ``out``, replacing an earlier one, and scan it.

    Raises ``InputError`` when ``out`` holds anything and is not an earlier demo. Nothing outside
    of ``out`` is written: the index has its cache in there.
    """
    built = make_demo(out)
    scan = run_scan(
        ScanRequest(
            series=built.series,
            upstream=str(built.upstream),
            base=built.base,
            target=built.target,
            cache_dir=out / _CACHE,
            suggest=True,
        ),
        progress=progress,
    )
    return DemoResult(
        scan=scan,
        out=out,
        upstream=built.upstream,
        fork=built.fork,
        series=built.series,
        base=built.base,
        target=built.target,
        page=out / _PAGE,
        json=out / _JSON,
    )


def make_demo(out: Path) -> Built:
    """Write the demo's repositories and patches; see ``run_demo``."""
    text = (files("unfork.scenario") / "demo.toml").read_bytes()
    scenario = parse(text, where="demo.toml")
    try:
        _clear(out)
        return build(scenario, out)
    except OSError as error:
        raise InputError(
            f"the demo cannot be written: {error.strerror or error}",
            where=str(out),
            hint="name another --out",
        ) from error


def _clear(out: Path) -> None:
    """Make ``out`` a folder of ours that holds nothing of an earlier demo."""
    out.mkdir(parents=True, exist_ok=True)
    marker = out / MARKER
    if not marker.is_file():
        if any(out.iterdir()):
            raise InputError(
                "the folder holds files that unfork demo did not make",
                where=str(out),
                hint="name an empty or a new folder with --out",
            )
        marker.write_text(_MARKED, encoding="utf-8")
    for name in _OURS:
        path = out / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)  # of a link only the link: what it names is not ours
