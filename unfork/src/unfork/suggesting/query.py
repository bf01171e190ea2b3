"""What a patch is looked up by: the words of its message, names in its change, files, identifiers."""

import itertools
from collections import Counter
from dataclasses import dataclass

from unfork.history import identifiers
from unfork.model import Patch
from unfork.suggesting.words import prose, terms_of, words

_JOINS = ("bug:", "blueprint:", "issue:", "cve:")
_MOST = 1 << 20  # bytes of changed lines that are read: a patch may hold a whole library


@dataclass(frozen=True, slots=True)
class Query:
    """A patch in words."""

    subject: Counter[str]
    message: Counter[str]
    code: Counter[str]  # names in changed lines and in file names
    paths: tuple[str, ...]
    ids: frozenset[str]  # bugs, blueprints, issues: see history.identifiers()
    words: tuple[str, ...] = ()  # all of these whole, each once, as the patch spells them

    def spelling(self) -> dict[str, str]:
        """How the patch spells each term: as it did first."""
        found: dict[str, str] = {}
        for word in self.words:
            for term, so in terms_of(word):
                found.setdefault(term, so)
        return found


def query_of(patch: Patch) -> Query:
    """The query of a carried patch."""
    paths = [path for change in patch.files for path in (change.old_path, change.new_path) if path]
    names = dict.fromkeys(path.rsplit("/", 1)[-1].partition(".")[0] for path in paths)
    changed: list[bytes] = []
    room = _MOST
    for line in (line for change in patch.files for hunk in change.hunks for line in hunk.changed()):
        if (room := room - len(line)) < 0:
            break
        changed.append(line[1:])
    texts = (
        patch.subject,
        prose(patch.message),
        "\n".join([*names, b"\n".join(changed).decode("utf-8", "replace")]),
    )
    trailers = "\n".join(f"{key}: {value}" for key, value in patch.trailers)
    named = identifiers(f"{patch.subject}\n{patch.message}\n{trailers}")
    counted = [Counter(words(text)) for text in texts]
    subject, message, code = map(_terms, counted)
    return Query(
        subject, message, code, tuple(dict.fromkeys(paths)),
        frozenset(each for each in named if each.startswith(_JOINS)),
        tuple(dict.fromkeys(itertools.chain.from_iterable(counted))),
    )  # fmt: skip


def _terms(counted: Counter[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for word, often in counted.items():
        for term, _ in terms_of(word):
            found[term] += often
    return found
