"""The last answers of the matcher, kept: a scan of an unchanged series has nothing to match."""

import hashlib
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

import msgspec

from unfork import __version__
from unfork.files import keep_sealed, read_sealed
from unfork.history import History
from unfork.model import Answers, Patch

_KEPT = 32  # answers of other series, ranges or targets on the same upstream: a look ahead asks a dozen


def remembered(
    history: History,
    patches: Sequence[Patch],
    store: Path,
    match: Callable[[], Answers],
    *,
    decided: bytes = b"",
) -> Answers:
    """What ``match`` gives, from ``store`` when nothing that it depends on has changed.

    ``decided`` changes when what people decided does.
    """
    path = store / f"matches-{_key(history, patches, decided)}.msgpack"
    kept = read_sealed(path)
    if kept is not None:
        return msgspec.msgpack.decode(kept, type=Answers)
    answers = match()
    keep_sealed(path, msgspec.msgpack.encode(answers), kind="matches", most=_KEPT)
    return answers


def _key(history: History, patches: Sequence[Patch], decided: bytes) -> str:
    """A hash over everything an answer depends on."""
    digest = hashlib.sha256()
    model = (files("unfork.matching") / "confidence.json").read_bytes()
    names = "\0".join(source.name for source in history.sources)
    for part in (__version__.encode(), model, history.key.encode(), names.encode(), decided):
        digest.update(hashlib.sha256(part).digest())
    for patch in patches:
        text = "\0".join(
            [patch.id, patch.name, patch.subject, str(patch.author), str(patch.error), patch.message]
            + [str(patch.sha)]
            + [f"{key}:{value}" for key, value in patch.trailers]
        )
        digest.update(hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest())
    return digest.hexdigest()[:32]
