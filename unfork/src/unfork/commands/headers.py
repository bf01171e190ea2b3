"""``unfork headers``: what patches say of upstream in their headers, and what is known written into them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from unfork.commands.find_patch import find_patch
from unfork.commands.scan import ScanRequest, run_scan
from unfork.errors import InputError
from unfork.files import cache_root, write_atomically
from unfork.headers import contradicted, read_header, write_header
from unfork.model import Patch
from unfork.model.edited import EditedFile
from unfork.model.header import Fact, Form, PatchHeader
from unfork.model.plan import Item, patch_ref
from unfork.planning import has_plan, load_plan
from unfork.planning.facts import fact_of
from unfork.progress import Progress
from unfork.series import read_series
from unfork.series.detect import detect

_ON_DISK = ("directory", "quilt", "debian")


@dataclass(frozen=True, slots=True)
class WrittenHeaders:
    """What was written, or would be."""

    files: tuple[EditedFile, ...]
    problems: tuple[str, ...]  # patches that were left alone, and why
    patches: int


def run_headers(series: str, *, carrier: str | None, cache_dir: Path | None) -> list[PatchHeader]:
    """What the header of each patch of a series says, or what a CycloneDX document says of each."""
    if carrier is None and series.endswith(".json") and Path(series).is_file():
        from unfork.boms import read_pedigree  # takes a second to load

        return read_pedigree(Path(series))
    read = read_series(series, carrier=carrier, cache_dir=cache_root(cache_dir))
    return [read_header(patch) for patch in read.patches]


def run_write_headers(
    request: ScanRequest,
    form: Form,
    *,
    names: Sequence[str] = (),
    today: date | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> WrittenHeaders:
    """Scan, and write what is known of each patch (of ``names``, else of all) into its header.

    Raises ``InputError`` when the series is none of files that can be written.
    """
    place = detect(request.series, request.carrier)
    if place.carrier not in _ON_DISK:
        raise InputError(
            f"a series of the carrier {place.carrier!r} has no files to write headers into",
            where=request.series,
            hint=f"one of {', '.join(_ON_DISK)} has",
        )
    series = read_series(request.series, carrier=request.carrier, cache_dir=cache_root(request.cache_dir))
    chosen = {series.patches[find_patch(series, name)].name for name in names} or {
        patch.name for patch in series.patches
    }
    scan = run_scan(request, progress=progress)
    items = _items(request)
    day = (today or datetime.now(UTC).astimezone().date()).isoformat()
    files: list[EditedFile] = []
    problems: list[str] = []
    for patch, verdict in zip(series.patches, scan.patches, strict=True):
        if patch.name not in chosen:
            continue
        fact = fact_of(verdict, items.get(patch.name) or items.get(patch.id) or ())
        try:
            edited = _edited(place.path, patch, form, fact, day)
        except ValueError as error:
            problems.append(f"{place.path / patch.name}: {error}; left as it is")
            continue
        if edited is not None:
            files.append(edited)
    if not dry_run:
        for each in files:
            write_atomically(each.path, each.after)
    return WrittenHeaders(tuple(files), tuple(problems), len(chosen))


def _edited(folder: Path, patch: Patch, form: Form, fact: Fact, day: str) -> EditedFile | None:
    """The patch's file with the fact in its header; ``None`` when it says it already.

    Raises ``ValueError`` with the reason when it is not to be touched.
    """
    header = read_header(patch)
    wrong = patch.error or (header.problems[0] if header.problems else contradicted(header, fact))
    if wrong:
        raise ValueError(wrong.removeprefix(f"{patch.name}:").strip())
    path = folder / patch.name
    before = path.read_bytes()
    after = write_header(before, header, fact, form, day=day)
    return EditedFile(path, before, after) if after != before else None


def _items(request: ScanRequest) -> dict[str, list[Item]]:
    """The plan's items by the names and the content of the patches they cover."""
    found: dict[str, list[Item]] = {}
    if request.plan is not None and has_plan(request.plan):
        for item in load_plan(request.plan).items.values():
            if request.project in (None, item.project):
                for ref in map(patch_ref, item.patches):
                    for word in {ref.name, ref.id} - {None}:
                        found.setdefault(str(word), []).append(item)
    return found
