"""What a patch is looked up by: the words of its message, names in its change, files, identifiers."""

from collections import Counter
from dataclasses import dataclass, field

from unfork.history import identifiers
from unfork.model import Patch
from unfork.suggesting.words import prose, spelled

_JOINS = ("bug:", "blueprint:", "issue:", "cve:")
_MOST = 1 << 20  # characters of changed lines that are read: a patch may hold a whole library


@dataclass(frozen=True, slots=True)
class Query:
    """A patch in words."""

    subject: Counter[str]
    message: Counter[str]
    code: Counter[str]  # names in changed lines, once a line, and in file names
    paths: tuple[str, ...]
    ids: frozenset[str]  # bugs, blueprints, issues: see history.identifiers()
    spelling: dict[str, str] = field(default_factory=dict)  # of each term, as the patch has it


def query_of(patch: Patch) -> Query:
    """The query of a carried patch."""
    spelling: dict[str, str] = {}

    def count(text: str) -> Counter[str]:
        found: Counter[str] = Counter()
        for term, spelled_so in spelled(text):
            found[term] += 1
            spelling.setdefault(term, spelled_so)
        return found

    paths = [path for change in patch.files for path in (change.old_path, change.new_path) if path]
    subject, message = count(patch.subject), count(prose(patch.message))
    code = count(" ".join(dict.fromkeys(path.rsplit("/", 1)[-1].partition(".")[0] for path in paths)))
    room = _MOST
    for line in (line for change in patch.files for hunk in change.hunks for line in hunk.changed()):
        if (room := room - len(line)) < 0:
            break
        code.update(count(line[1:].decode("utf-8", "replace")).keys())
    trailers = "\n".join(f"{key}: {value}" for key, value in patch.trailers)
    named = identifiers(f"{patch.subject}\n{patch.message}\n{trailers}")
    return Query(
        subject, message, code, tuple(dict.fromkeys(paths)),
        frozenset(each for each in named if each.startswith(_JOINS)), spelling,
    )  # fmt: skip
