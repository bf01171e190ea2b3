"""What a CycloneDX document says of the patches of its components."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

from cyclonedx.exception import CycloneDxException
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, Patch, PatchClassification

from unfork.errors import InputError
from unfork.model.header import Form, PatchHeader, Said, Standing

_LARGEST = 64 << 20  # bytes
_DEEP = 16  # components in components
_OF_UPSTREAM = (PatchClassification.BACKPORT, PatchClassification.CHERRY_PICK)


def read_pedigree(path: Path) -> list[PatchHeader]:
    """A header for each patch in the document, by the name of its file, component by component.

    A backport or a cherry-pick is upstream; an unofficial patch says nothing of upstream. Raises
    ``InputError`` when the file is no CycloneDX document in JSON.
    """
    where = str(path)
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"larger than {_LARGEST >> 20} MB", where=where)
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot read: {error.strerror}", where=where) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON: {error}", where=where) from error
    if not isinstance(data, dict) or data.get("bomFormat") != "CycloneDX":
        raise InputError(
            "is no CycloneDX document", where=where, hint='a series is wanted, or JSON with "bomFormat"'
        )
    try:
        bom = Bom.from_json(data)  # type: ignore[attr-defined] # made by a decorator
    except (
        CycloneDxException, ValueError, TypeError, KeyError, AttributeError, RecursionError,
    ) as error:  # fmt: skip # the library checks no schema while it reads, and fails where it must
        raise InputError(
            f"is no valid CycloneDX document: {' '.join(str(error).split())[:120]}", where=where
        ) from error
    main = bom.metadata.component
    top = [*([main] if main is not None else []), *bom.components]
    return [
        _header(patch, component.name, number)
        for component in _all(top)
        if component.pedigree is not None
        for number, patch in enumerate(component.pedigree.patches, 1)
    ]


def _all(components: Iterable[Component], depth: int = 0) -> Iterator[Component]:
    for component in components:
        yield component
        if depth < _DEEP:
            yield from _all(component.components, depth + 1)


def _header(patch: Patch, component: str, number: int) -> PatchHeader:
    url = patch.diff.url if patch.diff is not None else None
    name = unquote(str(url), errors="surrogateescape") if url is not None else f"{component}, patch {number}"
    text = f"pedigree of {component}: {patch.type.value}"
    said = (Said(Form.CYCLONEDX, Standing.UPSTREAM, text),) if patch.type in _OF_UPSTREAM else ()
    issues = tuple(each.id or each.name or "" for each in patch.resolves)
    return PatchHeader(name, said, tuple(each for each in issues if each))
