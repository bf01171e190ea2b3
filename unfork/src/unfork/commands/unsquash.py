"""``unfork unsquash``: propose how to take a patch apart, and do what was agreed on."""

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from unfork.commands.find_patch import find_patch
from unfork.commands.squash_parts import donors_upstream, known_parts
from unfork.errors import InputError, UsageError
from unfork.files import cache_root, new_file_mode
from unfork.git import Repository, TreeEntry
from unfork.grouping import file_number
from unfork.model import Patch, Series
from unfork.progress import Progress, Silent
from unfork.series import read_series
from unfork.unsquashing import (
    Proposal,
    as_mail,
    check_proposal,
    compose,
    default_weights,
    file_name,
    propose,
    prove,
    read_text,
)


@dataclass(frozen=True, slots=True)
class UnsquashRequest:
    """What taking apart needs to know. Without an upstream only the series is asked."""

    patch: str
    series: str | None = None
    carrier: str | None = None
    upstream: str | None = None
    also: tuple[str, ...] = ()
    base: str | None = None
    target: str | None = None
    since: str | None = None
    paths: tuple[str, ...] = ()
    cache_dir: Path | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Proposed:
    """A proposal, with the patch it is about."""

    proposal: Proposal
    patch: Patch
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Applied:
    """The series that a proposal makes: proven, and written unless ``folder`` is ``None``."""

    proposal: Proposal
    patch: Patch
    tree: str  # what both make
    on_tree: bool  # proven on the tree below the patch; else on one made of its context
    files: tuple[str, ...]  # names, in order
    folder: Path | None


def run_unsquash(request: UnsquashRequest, *, progress: Progress | None = None) -> Proposed:
    """Propose how to take a patch apart. Raises ``InputError`` when there is no such patch, or when it
    cannot be read or does not apply where it says."""
    progress = progress or Silent()
    cache = cache_root(request.cache_dir)
    name, spec = _place(request)
    series = read_series(spec, carrier=request.carrier, cache_dir=cache)
    place = find_patch(series, name)
    patch = _usable(series.patches[place])
    donors, listed = known_parts(series.patches, place)
    warnings: Sequence[str] = ()
    if request.upstream is not None:
        found, warnings = donors_upstream(request, request.upstream, series, patch, cache, progress)
        donors = [*found, *donors]  # a line that both have goes to the patch beside it
    weights = default_weights()
    progress.start("putting hunks together", None)
    proposal = propose(patch, donors, listed, weights, series=spec)
    progress.start("proving that it makes the same tree", None)
    _prove(series, patch, compose(patch, proposal.parts))
    progress.finish()
    return Proposed(proposal, patch, (*series.warnings, *warnings))


def apply_proposal(
    path: Path, out: Path | None, *, series: str | None = None, carrier: str | None = None,
    cache_dir: Path | None = None, progress: Progress | None = None,
) -> Applied:  # fmt: skip
    """Make the series of a proposal, prove it, and write it to the folder ``out`` (``None``: only prove).

    The folder is there whole or not at all. Raises ``InputError`` for a proposal that does not fit its
    patch, with the line, and for a folder that has something in it.
    """
    progress = progress or Silent()
    if out is not None and out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise InputError(
            "is there already", where=str(out), hint="name a new folder with --out, or remove it"
        )
    read = read_text(path)
    spec = series or read.series
    if not spec:
        raise UsageError("the proposal names no series", hint="give --series")
    carried = read_series(spec, carrier=carrier, cache_dir=cache_root(cache_dir))
    names = [patch.name for patch in carried.patches]
    place = names.index(read.patch) if read.patch in names else find_patch(carried, read.patch)
    patch = _usable(carried.patches[place])
    proposal = replace(check_proposal(read, patch), series=spec)
    progress.start("proving that it makes the same tree", None)
    parts = compose(patch, proposal.parts)
    tree, on_tree = _prove(carried, patch, parts)
    progress.finish()
    stem = file_number(patch.name)
    mails = {
        file_name(part, number, len(parts), stem): as_mail(part, number, len(parts))
        for number, part in enumerate(parts, 1)
    }
    if out is not None:
        _write_folder(out, mails)
    return Applied(proposal, patch, tree, on_tree, tuple(mails), out)


def _place(request: UnsquashRequest) -> tuple[str, str]:
    """The patch's name and its series; a patch that is named as a file has its folder for a series."""
    if request.series is not None:
        return request.patch, request.series
    path = Path(request.patch)
    if path.is_file():
        return path.name, str(path.parent)
    raise UsageError(
        f"no series is given, and {request.patch} is no file",
        hint="give --series, set series in unfork.toml, or name a patch file",
    )


def _usable(patch: Patch) -> Patch:
    if patch.error is not None:
        raise InputError(f"cannot be read: {patch.error}", where=patch.name)
    if not patch.files:
        raise InputError("changes nothing", where=patch.name, hint="there is nothing to take apart")
    return patch


def _prove(series: Series, patch: Patch, parts: Sequence[Patch]) -> tuple[str, bool]:
    """The tree that patch and parts make, and whether it is the real one."""
    tree: Mapping[str, TreeEntry] | None = None
    lender = None
    if series.base_repository is not None and patch.sha is not None:
        lender = Repository(Path(series.base_repository))
        tree = (
            {}
            if lender.try_run("rev-parse", "-q", "--verify", f"{patch.sha}^").code
            else lender.tree(f"{patch.sha}^")
        )
    return prove(patch, parts, where=patch.name, tree=tree, lender=lender), tree is not None


def _write_folder(out: Path, files: Mapping[str, bytes]) -> None:
    """Write beside the folder and rename: it is there whole or not at all."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{out.name[:40]}.", suffix=".tmp", dir=out.parent))
        try:
            for name, data in files.items():
                with (unfinished / name).open("wb") as stream:
                    stream.write(data)
                    stream.flush()
                    os.fsync(stream.fileno())
            unfinished.chmod(new_file_mode() | 0o111 & new_file_mode() >> 2)  # who may read may enter
            unfinished.rename(out)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    except OSError as error:
        raise InputError(f"cannot write: {error.strerror or error}", where=str(out)) from error
