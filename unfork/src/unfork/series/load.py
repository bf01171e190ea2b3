"""From a folder to its ordered patches: by its ``series`` file, else by the names."""

import posixpath
import re
from collections.abc import Iterable, Sequence

from unfork.errors import InputError
from unfork.model import Patch, Series
from unfork.series import quilt
from unfork.series.folder import Entry, Folder
from unfork.series.order import natural
from unfork.series.parse import LIMIT, parse_patch, too_large, unusable

SERIES = "series"
_SUFFIXES = (".patch", ".diff", ".dpatch", ".eml", ".mbox")
_NEVER = re.compile(
    r"(?:\.|readme|series$|changelog|license|copying)|.*(?:\.orig|\.rej|~|\.bak|\.swp)$", re.I
)
_LOOKS_LIKE = re.compile(rb"^(?:diff --git |--- [^\n]+\n\+\+\+ )", re.MULTILINE)
_SNIFFED = 65536  # bytes of a file without a telling suffix that are looked at
_COVER = re.compile(r"0000-.*cover-letter")
_SHOWN = 5  # names in a warning


def load(folder: Folder, carrier: str, location: str) -> Series:
    """Read all patches of a folder; raises ``InputError`` when there is none."""
    top = folder.entries("")
    if SERIES in top and not top[SERIES].is_folder:
        series = _by_series_file(folder, top, carrier, location)
    else:
        series = _by_name(folder, top, carrier, location)
    if not series.patches:
        raise InputError(
            "there is no patch in it, expected *.patch or *.diff files or a series file that names some",
            where=location,
            hint=_hint(top),
        )
    return series


def _hint(top: dict[str, Entry]) -> str:
    folders = sorted(name for name, entry in top.items() if entry.is_folder)
    if ".git" in folders:
        return "this is a repository: name a range as REPO:BASE..TIP"
    return f"it has folders: {shown(folders)}" if folders else "check the path"


def _by_series_file(folder: Folder, top: dict[str, Entry], carrier: str, location: str) -> Series:
    where = posixpath.join(folder.location, SERIES)
    if top[SERIES].problem:
        raise InputError(f"the series file {top[SERIES].problem}", where=where)
    listed = quilt.parse_series(folder.read([SERIES], LIMIT)[0], where)
    known = dict(top)
    for directory in sorted({posixpath.dirname(line.name) for line in listed} - {""}):
        known |= folder.entries(directory)
    for line in listed:
        if line.name not in known or known[line.name].is_folder:
            raise quilt.missing(line, where, known)
    patches = read_all(folder, [(line.name, line.strip, known[line.name], line.problem) for line in listed])
    named = {line.name for line in listed}
    unnamed = sorted(
        name
        for name, entry in known.items()
        if name not in named and not entry.is_folder and not _NEVER.match(posixpath.basename(name))
    )
    warnings = (f"{_files(len(unnamed))} in no series: {shown(unnamed)}",) if unnamed else ()
    return Series(carrier, location, tuple(patches), warnings=warnings)


def _by_name(folder: Folder, top: dict[str, Entry], carrier: str, location: str) -> Series:
    wanted: list[str] = []
    skipped: list[str] = []
    unclear: list[str] = []
    for name, entry in top.items():
        if entry.is_folder:
            if not name.startswith("."):
                skipped.append(f"{name}/")
        elif _NEVER.match(name) or _COVER.match(name):
            skipped.append(name)
        elif name.lower().endswith(_SUFFIXES):
            wanted.append(name)
        elif entry.problem is None and entry.size <= LIMIT:
            unclear.append(name)
        else:
            skipped.append(name)
    for name, data in zip(unclear, folder.read(unclear, _SNIFFED), strict=True):
        (wanted if _LOOKS_LIKE.search(data) else skipped).append(name)
    wanted.sort(key=natural)
    patches = read_all(folder, [(name, 1, top[name], None) for name in wanted])
    skipped.sort()
    warnings = (f"not read as patches: {shown(skipped)}",) if skipped else ()
    return Series(carrier, location, tuple(patches), warnings=warnings)


def read_all(folder: Folder, wanted: Sequence[tuple[str, int, Entry, str | None]]) -> list[Patch]:
    """Parse files; one that cannot be read is in the result with its error."""
    good = [
        name for name, _, entry, problem in wanted if not (problem or entry.problem) and entry.size <= LIMIT
    ]
    contents = dict(zip(good, folder.read(good, LIMIT), strict=True))
    patches: list[Patch] = []
    for name, strip, entry, problem in wanted:
        if problem:
            patches.append(unusable(name, problem, strip=strip, located=True))
        elif entry.problem:
            patches.append(unusable(name, f"1: {entry.problem}", strip=strip))
        elif entry.size > LIMIT:
            patches.append(too_large(name, entry.size, strip=strip))
        else:
            patches.append(parse_patch(contents.pop(name), name, strip=strip))
    return patches


def shown(names: Iterable[str]) -> str:
    """A few names and how many more there are."""
    listed = [ascii(name)[1:-1] if not name.isprintable() else name for name in names]
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return ", ".join(listed[:_SHOWN]) + more


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"
