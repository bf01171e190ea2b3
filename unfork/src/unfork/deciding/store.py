"""Reads and writes ``decisions.toml``: whole or not at all, one writer at a time, comments kept."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path

from unfork.deciding.blocks import Block, cut, join, values_of
from unfork.deciding.check import check_together, clash, decision_of
from unfork.deciding.render import INTRODUCTION, changed_block, new_block
from unfork.errors import InputError
from unfork.files import one_writer, write_atomically
from unfork.model.decision import Decision, DecisionKind

FILE_NAME = "decisions.toml"
_ORDER = {kind: place for place, kind in enumerate(DecisionKind)}

# The decisions of a file with their blocks, in the file's order.
_Pairs = list[tuple[Decision, Block]]


def read_decisions(folder: Path) -> tuple[Decision, ...]:
    """The decisions of a plan's folder, none when it has no file.

    Raises ``InputError`` with file and line for anything that is not as ``unfork decide`` writes it.
    """
    _, pairs = _read(folder / FILE_NAME)
    return tuple(decision for decision, _ in pairs)


def record(
    folder: Path, new: Decision, *, series: Collection[str], subjects: Mapping[str, str]
) -> tuple[Decision, bool]:
    """Write a decision down; what stands in the file now, and whether it renewed an older one.

    ``series`` are the names of the patches carried: a decision about the same content under a name
    that is not among them is about this patch too, and is renamed. ``subjects`` are those of the
    commits, for the people who review. A ``not`` is added to those there are. Raises ``InputError``
    when it contradicts an older decision, which stays.
    """
    done: list[tuple[Decision, bool]] = []

    def change(preamble: str, pairs: _Pairs) -> tuple[str, _Pairs]:
        kept: _Pairs = []
        written = new
        old_block = None
        for old, block in pairs:
            if old.patch != new.patch and (old.id != new.id or old.patch in series):
                kept.append((old, block))
            elif old.kind is new.kind:
                written, old_block = _joined(written, old), block
            else:
                _refuse(clash(new, old), new, old)
                named = replace(old, patch=new.patch)
                kept.append((named, block if named == old else changed_block(block, named, {})))
        block = changed_block(old_block, written, subjects) if old_block else new_block(written, subjects)
        done.append((written, old_block is not None))
        return preamble, [*kept, (written, block)]

    _update(folder, change)
    return done[-1]


def forget(folder: Path, patch: str) -> tuple[Decision, ...]:
    """Take all decisions about a patch out of the file; what they were."""
    gone: list[Decision] = []

    def change(preamble: str, pairs: _Pairs) -> tuple[str, _Pairs]:
        kept: _Pairs = []
        for decision, block in pairs:
            if decision.patch != patch:
                kept.append((decision, block))
                continue
            gone.append(decision)
            if block.tail and kept:  # a comment that is about no block outlives this one
                before, other = kept[-1]
                kept[-1] = (before, replace(other, tail=other.tail + block.tail))
            else:
                preamble += block.tail
        return preamble, kept

    if (folder / FILE_NAME).exists():
        _update(folder, change)
    return tuple(gone)


def _joined(new: Decision, old: Decision) -> Decision:
    """A decision with what an older one of its kind said; who and when are those of the new one."""
    why = new.why or old.why
    if new.kind is DecisionKind.NOT:
        if new.why and old.why and new.why not in old.why:
            why = f"{old.why}; {new.why}"
        return replace(new, commits=tuple(sorted({*new.commits, *old.commits})), why=why)
    same = new.commits == old.commits and new.text == old.text
    if new.kind is DecisionKind.KEEP:
        same = new.why == old.why
    if not same:
        _refuse("it is decided already", new, old)
    return replace(new, why=why)


def _refuse(reason: str | None, new: Decision, old: Decision) -> None:
    if reason:
        raise InputError(
            f"{new.patch!r}: {reason}; {old.by} said {old.date:%Y-%m-%d}: {old}",
            where=old.where,
            hint="to change it, first unfork decide PATCH --forget",
        )


def _update(folder: Path, change: Callable[[str, _Pairs], tuple[str, _Pairs]]) -> None:
    path = folder / FILE_NAME
    with one_writer(folder, FILE_NAME):
        preamble, pairs = change(*_read(path))
        pairs.sort(key=lambda pair: (pair[0].patch, _ORDER[pair[0].kind]))
        text = join(preamble or INTRODUCTION, [block for _, block in pairs])
        check_together(_parse(text, str(path))[1])  # what we write, we can read
        write_atomically(path, text.encode("utf-8"))


def _read(path: Path) -> tuple[str, _Pairs]:
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return "", []
    except OSError as error:
        raise InputError(f"cannot read: {error.strerror}", where=str(path)) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError("not UTF-8", where=f"{path}:{line}", hint="save the file as UTF-8") from error
    preamble, decisions, blocks = _parse(text, str(path))
    check_together(decisions)
    return preamble, list(zip(decisions, blocks, strict=True))


def _parse(text: str, path: str) -> tuple[str, list[Decision], list[Block]]:
    preamble, blocks = cut(text, path)
    return preamble, [decision_of(values_of(block, path), block, path) for block in blocks], blocks
