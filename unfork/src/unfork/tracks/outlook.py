"""The last look ahead, kept to say what changed; and which targets to look at."""

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import msgspec

from unfork.files import write_atomically
from unfork.git import Repository
from unfork.history import find_releases
from unfork.model.outlook import Outlook, Seen, Sight, Turn
from unfork.tracks.kept import shelf_of

_FORMAT = 1


class _Kept(msgspec.Struct, frozen=True):
    """The file of the last look."""

    format: int
    looked_on: date
    sights: tuple[Sight, ...]


def targets_after(repository: Repository, base: str, *, last: int, pattern: str | None) -> list[str]:
    """The names to look at, oldest first: of each of the ``last`` release lines since the base the newest
    release, a release candidate that is newer than all of them, and upstream's main branch."""
    made_on = int(repository.text("log", "-1", "--format=%ct", base))
    releases = [each for each in find_releases(repository, pattern) if each.date > made_on]
    finals = {each.line: each for each in releases if not each.prerelease}  # the newest of each line stays
    chosen = sorted(finals.values(), key=lambda each: each.version)[-last:]
    names = [each.name for each in chosen]
    early = [each for each in releases if each.prerelease]
    if early:
        newest = max(early, key=lambda each: each.version)
        if not chosen or newest.version > chosen[-1].version:
            names.append(newest.name)
    head = repository.try_run("symbolic-ref", "--quiet", "--short", "HEAD")
    return [*names, head.out.decode("utf-8", "surrogateescape").strip() if head.code == 0 else "HEAD"]


def last_look(
    root: Path, repository: Repository, series: str, base: str
) -> tuple[date, tuple[Sight, ...]] | None:
    """The last look of a series from a base; ``None`` when there was none that can be read."""
    try:
        data = json.loads(_file(root, repository, series, base).read_bytes())
        kept = msgspec.convert(data, _Kept)
    except (OSError, ValueError, msgspec.ValidationError):  # it can be made again
        return None
    return (kept.looked_on, kept.sights) if kept.format == _FORMAT else None


def keep_look(root: Path, repository: Repository, base: str, outlook: Outlook) -> None:
    """Keep a look for the next one to compare with."""
    path = _file(root, repository, outlook.series, base)
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = msgspec.to_builtins(_Kept(_FORMAT, outlook.looked_on, outlook.sights))
    write_atomically(path, json.dumps(plain).encode("ascii") + b"\n")


def turns_between(before: Iterable[Sight], now: Iterable[Sight]) -> list[Turn]:
    """What is another state than it was, on the targets that both have."""
    old = {sight.target_name: {_key(seen): seen for seen in sight.patches} for sight in before}
    turns = []
    for sight in now:
        known = old.get(sight.target_name, {})
        for seen in sight.patches:
            was = known.get(_key(seen))
            if was is not None and (was.state, was.advice) != (seen.state, seen.advice):
                turns.append(
                    Turn(
                        sight.target_name, seen.patch, was.state, seen.state, was.advice, seen.advice,
                        worse=was.fits and not seen.fits,
                    )
                )  # fmt: skip
    return turns


def _key(seen: Seen) -> tuple[str, str]:
    return seen.patch, seen.id


def _file(root: Path, repository: Repository, series: str, base: str) -> Path:
    name = hashlib.sha256(f"{series}\0{base}".encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return shelf_of(root, repository) / f"outlook-{name}.json"
