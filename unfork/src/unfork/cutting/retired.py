"""Patches that must not come back: those of an archived track that the new one did not carry.

They are kept as a file in the plan's folder, so that a gate in CI needs neither the repository nor the
store. Of their text there are only hashes of lines; that is enough to know a patch again when it was
rebased, renamed, squashed with others or taken apart.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from unfork.errors import InputError
from unfork.model import Patch
from unfork.model.plan import Plan

FORMAT = 1
# A patch has come back when so much of it is in another one, or so much of another one is of it. What a
# rebase changes is context; of the changed lines it leaves nearly all as they are.
SHARE = 0.8
LEAST = 3  # lines in common: one or two may be anybody's
_SAYS = 8  # characters without white space from which a line says whose it is


class Retired(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One such patch."""

    name: str
    id: str  # of its content
    subject: str
    lines: tuple[str, ...]  # hashes of its changed lines, sorted


class RetiredFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    format: int
    track: str
    projects: dict[str, tuple[Retired, ...]]


def retire(patches: Iterable[Patch]) -> tuple[Retired, ...]:
    """Patches as they are kept."""
    return tuple(
        Retired(_valid(each.name), each.id, _valid(each.subject), tuple(sorted(_lines(each))))
        for each in patches
    )


def retired_bytes(track: str, projects: Mapping[str, tuple[Retired, ...]]) -> bytes:
    """The file: JSON, a patch a block, the same bytes for the same patches."""
    file = RetiredFile(FORMAT, track, dict(sorted(projects.items())))
    return msgspec.json.format(msgspec.json.encode(file), indent=1) + b"\n"


def read_retired(path: Path) -> dict[str, tuple[Retired, ...]]:
    """The patches by project. Raises ``InputError`` when the file is not there or not as it was written."""
    try:
        file = msgspec.json.decode(path.read_bytes(), type=RetiredFile)
    except OSError as error:
        raise InputError(
            f"cannot read: {error.strerror}", where=str(path), hint="unfork cutover archive writes it again"
        ) from error
    except msgspec.DecodeError as error:
        raise InputError(
            f"no list of retired patches: {error}",
            where=str(path),
            hint="take it from git as it was committed",
        ) from error
    if file.format != FORMAT:
        raise InputError(
            f"format {file.format}, this unfork knows {FORMAT}", where=str(path), hint="update unfork"
        )
    return file.projects


def retired_of(plan: Plan) -> dict[str, tuple[Retired, ...]]:
    """The patches that a plan's cutover retired, by project; none before the cutover."""
    archived = plan.head.cutover.archived if plan.head.cutover is not None else None
    return read_retired(Path(plan.folder) / archived.retired) if archived is not None else {}


def find_returned(retired: Sequence[Retired], patches: Sequence[Patch]) -> dict[str, str]:
    """The patches that are, hold or are part of a retired one: content id -> which, and how that is known."""
    by_id = {each.id: each for each in retired}
    by_line: dict[str, list[int]] = {}
    for place, old in enumerate(retired):
        for line in old.lines:
            by_line.setdefault(line, []).append(place)
    found: dict[str, str] = {}
    for patch in patches:
        how = _how(patch, by_id, by_line, retired)
        if how is not None:
            found[patch.id] = how
    return found


def _how(
    patch: Patch, by_id: Mapping[str, Retired], by_line: Mapping[str, list[int]], retired: Sequence[Retired]
) -> str | None:
    if patch.id in by_id:
        return f"it is {by_id[patch.id].name}, unchanged"
    made_from = next(
        (value for key, value in patch.trailers if key == "Unfork-Patch" and value in by_id), None
    )
    if made_from is not None:
        return f"it was made from {by_id[made_from].name}"
    lines = _lines(patch)
    common: dict[int, int] = {}
    for line in lines:
        for place in by_line.get(line, ()):
            common[place] = common.get(place, 0) + 1
    best = max(common, key=lambda place: (common[place], -place), default=None)
    if best is None or common[best] < min(LEAST, len(retired[best].lines)):
        return None
    old = retired[best]
    of_old, of_new = common[best] / len(old.lines), common[best] / len(lines)
    if of_old >= SHARE:
        return f"it has {of_old:.0%} of the changed lines of {old.name}"
    if of_new >= SHARE and common[best] >= LEAST:
        return f"{of_new:.0%} of its changed lines are those of {old.name}"
    return None


def _lines(patch: Patch) -> set[str]:
    return {*_hashes(patch)}


def _hashes(patch: Patch) -> Iterator[str]:
    for change in patch.files:
        # Without folders: a port to another release finds its files in other places.
        name = change.path.rpartition("/")[2].encode("utf-8", "surrogateescape")
        for hunk in change.hunks:
            for line in hunk.changed():
                text = b"".join(line[1:].split())
                if len(text) >= _SAYS:
                    yield hashlib.sha256(name + b"\0" + line[:1] + text).hexdigest()[:12]


def _valid(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
