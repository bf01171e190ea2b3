"""How much each signal counts: data (``weights.json``), so that no module holds a number of its own."""

from functools import cache
from importlib.resources import files

import msgspec


class Chance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Coefficients of a logistic regression: the chance that two people would have named the same bug
    or blueprint for the patch and for the document."""

    none: float  # where nothing is known
    words: float  # of ln of the words in common, by weight; 1: as much as one word that nobody else has
    relative: float  # of the same as a share of what the best document for this patch has
    lines: float  # of being a candidate of the line matcher: this for the first, half for the second
    joined: float  # of naming the same bug, blueprint or issue, where nobody else does
    aside: float  # of touching tests and documents only


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is looked up, how much it counts, and what is worth a look."""

    made: str  # how these came about
    subject: float  # of words of the patch's subject, against the other two kinds of words
    message: float  # of words of its message
    code: float  # of names in its changed lines and of its files
    title: int  # how often the subject of an upstream commit is read
    k1: float  # BM25: how soon a word said again adds nothing
    b: float  # BM25: how far long documents are held back, 0..1
    common: float  # share of documents that have a word from which on it says nothing
    message_words: int  # words of a message looked up, rarest first
    code_words: int  # names looked up, rarest and most used first
    chance: Chance
    offered: float  # the least chance with which a document is offered
    promising: float  # the chance from which on a patch is counted among those worth a look first
    shown: int  # suggestions given for a patch


def weights_text() -> bytes:
    """The data file as it is: part of the key of remembered answers."""
    return (files("unfork.suggesting") / "weights.json").read_bytes()


@cache
def default_weights() -> Weights:
    """The weights in use."""
    return msgspec.json.decode(weights_text(), type=Weights)
