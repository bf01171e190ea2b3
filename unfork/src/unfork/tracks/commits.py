"""What a track's commit says, and who wrote it."""

import re

from unfork.model import Patch
from unfork.model.track import (
    ADVICE_TRAILER,
    FROM_TRAILER,
    ITEM_TRAILER,
    PATCH_TRAILER,
    RELATION_TRAILER,
)
from unfork.tracks.work import Pick

_TRAILER = re.compile(r"[A-Za-z][A-Za-z0-9-]*: |\(cherry picked from commit ")
_NOT_IN_A_NAME = re.compile(r"[<>\n\r\0]+")


def message_of(pick: Pick) -> str:
    """The patch's own message, with trailers that lead back to the patch."""
    patch = pick.patch
    subject = _one_line(patch.subject) or _one_line(patch.name)
    body = patch.message.replace("\0", "").strip("\n")
    last = body.rpartition("\n\n")[2].splitlines()
    joined = bool(last) and all(_TRAILER.match(line) for line in last)
    trailers = [
        (PATCH_TRAILER, patch.id),
        (FROM_TRAILER, _one_line(patch.name)),
        *([(ITEM_TRAILER, pick.item)] if pick.item else []),
        (RELATION_TRAILER, pick.relation),
        (ADVICE_TRAILER, pick.advice),
    ]
    block = "".join(f"{key}: {value}\n" for key, value in trailers)
    if not body:
        return f"{subject}\n\n{block}"
    return f"{subject}\n\n{body}\n{'' if joined else chr(10)}{block}"


def author_of(patch: Patch, otherwise: str) -> str:
    """Who wrote the patch, as git writes it; ``otherwise`` where the patch does not say."""
    if patch.author is None or not (patch.author.name or patch.author.email):
        return otherwise
    name, mail = (_NOT_IN_A_NAME.sub(" ", text).strip() for text in (patch.author.name, patch.author.email))
    return f"{name or mail} <{mail}>"


def _one_line(text: str) -> str:
    return " ".join(text.replace("\0", " ").split())
