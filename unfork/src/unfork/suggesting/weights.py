"""How much each signal counts: data (``weights.json``), so that no module holds a number of its own."""

from functools import cache
from importlib.resources import files

import msgspec


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The blend. Words give 0..1 (1: the best document for this patch), files and lines at most
    their weight; ``joined`` is more than all others together, so that what names the same bug or
    blueprint comes first."""

    made: str  # how these came about
    subject: float  # of words of the patch's subject, against the other two kinds of words
    message: float  # of words of its message
    code: float  # of names in its changed lines and of its files
    files: float  # of files in common, by rarity
    lines: float  # of being a candidate of the line matcher: this for the first, half for the second
    joined: float  # of naming the same bug, blueprint or issue
    aside: float  # factor for a commit that touches tests and documents only
    k1: float  # BM25: how soon a word said again adds nothing
    b: float  # BM25: how far long documents are held back, 0..1
    least: float  # words a document must share, in words of its own only, to be shown without a bug
    common: float  # share of documents that have a word from which on it says nothing
    message_words: int  # words of a message looked up, rarest first
    code_words: int  # names looked up, rarest and most used first
    shown: int  # suggestions given for a patch


def weights_text() -> bytes:
    """The data file as it is: part of the key of remembered answers."""
    return (files("unfork.suggesting") / "weights.json").read_bytes()


@cache
def default_weights() -> Weights:
    """The weights in use."""
    return msgspec.json.decode(weights_text(), type=Weights)
