"""Writes several files of a plan as one: all of them, or none, also when the process is killed in between.

The new files are written beside the old under names nobody reads, then a note that names them, then they
are renamed, then the note goes. Whoever finds a note nobody holds finishes what it says: databases call
it a hot journal (https://www.sqlite.org/atomiccommit.html).
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from unfork.errors import InputError
from unfork.files import one_writer, write_atomically

_NOTE = ".unfork-writing.json"
_LOCK = "unfork-writing"


class _Pending(msgspec.Struct, frozen=True):
    file: str  # relative to the plan's folder
    hash: str  # of the new content


@contextmanager
def writing(folder: Path, files: list[Path]) -> Iterator[None]:
    """Hold the right to write these files; raises ``InputError`` when somebody else has it."""
    with ExitStack() as held:
        held.enter_context(one_writer(folder, _LOCK, wait=False))
        for path in sorted(files):
            held.enter_context(one_writer(path.parent, path.name, wait=False))
        recover(folder)
        yield


def write_together(folder: Path, files: Mapping[Path, bytes]) -> None:
    """Write the files, each of which is in the folder or below it."""
    if len(files) < 2:
        for path, data in files.items():
            write_atomically(path, data)
        return
    note = [_Pending(os.path.relpath(path, folder), _hash(data)) for path, data in files.items()]
    for path, data in files.items():
        write_atomically(_beside(path), data)
    write_atomically(folder / _NOTE, msgspec.json.encode(note))
    _finish(folder, note)


def recover(folder: Path) -> None:
    """Finish what a killed process began. Raises ``InputError`` when that is not possible any longer."""
    note = folder / _NOTE
    try:
        pending = msgspec.json.decode(note.read_bytes(), type=list[_Pending])
    except FileNotFoundError:
        return
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(
            f"cannot be read: {error}", where=str(note), hint="delete it, and see with git what is new"
        ) from error
    _finish(folder, pending)


def recover_unheld(folder: Path) -> None:
    """``recover`` for those who only read: waits for a writer that is at work."""
    if (folder / _NOTE).exists():
        with one_writer(folder, _LOCK):
            recover(folder)


def _finish(folder: Path, pending: list[_Pending]) -> None:
    for each in pending:
        path = folder / each.file
        if Path(each.file).is_absolute() or ".." in Path(each.file).parts:
            raise InputError(f"names {each.file!r} outside of the plan", where=str(folder / _NOTE))
        new = _beside(path)
        if new.exists() and _hash(new.read_bytes()) == each.hash:
            if path.exists():
                new.chmod(path.stat().st_mode & 0o7777)
            new.replace(path.resolve())
        elif not path.exists() or _hash(path.read_bytes()) != each.hash:
            raise InputError(
                "was changed while an unfinished import waited to write it",
                where=str(path),
                hint=f"see with git what is new, then delete {folder / _NOTE}",
            )
    (folder / _NOTE).unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.pending")


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
