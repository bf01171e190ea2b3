"""What upstream wrote about its changes, as documents to search, in the form they are kept in."""

import re
from array import array
from collections.abc import Iterable

import msgspec
import numpy as np
from numpy.typing import NDArray

from unfork.suggesting.words import terms_of, words

_MOST = 4000  # terms of one document: nobody writes more about one change
_LONGEST = 64 * _MOST  # characters read of one text


class Document(msgspec.Struct, frozen=True, array_like=True):
    """What is known of a document beside its terms."""

    kind: str = "commit"  # see ``Suggestion.kind``
    places: tuple[int, ...] = ()  # of its commits in ``Commits``, newest first
    path: str = ""  # of the release note, changelog or specification
    says: str = ""  # the beginning of the note
    title: str = ""  # of what is no commit
    release: str | None = None  # as the document itself names it
    options: tuple[str, ...] = ()
    blueprint: str = ""  # of a specification


class Documents(msgspec.Struct, frozen=True):
    """All documents of a range: first one for each commit, in the order searched, then the others."""

    vocabulary: list[str]
    terms: bytes  # numbers in the vocabulary, 32 bits, ascending: document after document
    counts: bytes  # how often each of these occurs there, 16 bits
    sizes: list[int]  # how many different terms each document has
    about: list[Document]
    warnings: list[str] = []

    def arrays(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Document, term and count of each pair of a document and one of its terms."""
        owner = np.repeat(np.arange(len(self.sizes), dtype=np.int64), self.sizes)
        terms = np.frombuffer(self.terms, dtype="<u4").astype(np.int64)
        return owner, terms, np.frombuffer(self.counts, dtype="<u2").astype(np.float64)


class Writer:
    """Puts terms into numbers."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._of_word: dict[str, tuple[int, ...]] = {}
        self._terms = array("I")
        self._ends: list[int] = []
        self._about: list[Document] = []

    def add(self, about: Document, texts: Iterable[str]) -> None:
        """One document more."""
        most = len(self._terms) + _MOST
        known = self._of_word
        for word in words("\n".join(text[:_LONGEST] for text in texts)):
            found = known.get(word)
            if found is None:
                found = tuple(
                    self._numbers.setdefault(term, len(self._numbers)) for term, _ in terms_of(word)
                )
                known[word] = found
            self._terms.extend(found)
        del self._terms[most:]
        self._ends.append(len(self._terms))
        self._about.append(about)

    def written(self, warnings: list[str]) -> Documents:
        """All that was added."""
        ends = np.asarray(self._ends, dtype=np.int64)
        sizes = ends - np.concatenate([[0], ends[:-1]])
        owner = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
        width = max(1, len(self._numbers))
        pairs, counts = np.unique(owner * width + np.asarray(self._terms, dtype=np.int64), return_counts=True)
        return Documents(
            list(self._numbers),
            (pairs % width).astype("<u4").tobytes(),
            np.minimum(counts, 0xFFFF).astype("<u2").tobytes(),
            np.bincount(pairs // width, minlength=len(sizes)).tolist(),
            self._about,
            warnings,
        )


def beginning(text: str) -> str:
    """The first sentence of a text in one line."""
    line = re.sub(r"\s+", " ", text[:2000]).strip()
    end = re.search(r"[.!?](?= [A-Z`*]|$)", line)
    line = line[: end.end()] if end else line
    return line if len(line) <= 160 else line[:157].rsplit(" ", 1)[0] + " …"
