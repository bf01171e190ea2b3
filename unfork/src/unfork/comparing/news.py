"""What the changelog says of a patch: an entry with its subject, its bug, its commit."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

from unfork.changelogs import Entry, hashes, is_changelog, read_changelogs, references, same_hash
from unfork.history import subject_words
from unfork.model import Patch

_FEW = 4  # entries that name the same bug; one with more is a theme
_LEAST = 3  # words of a subject that can be recognized
_ADVISORIES = ("cve:", "ghsa:")
_DROPPED = re.compile(r"\b(?:drop|remov|delet|merged|obsolete|supersede|upstream now|applied upstream)", re.I)
_NUMBERS = re.compile(r"#\d+|:\w+:`[^`]*`|`[^`]*<http[^>]*>`_|\]\([^)]*\)|https?://\S+")
_LINKS = re.compile(r"^(?:origin|bug|bug-\w+|forwarded|applied-upstream|fixes|closes(?:-bug)?|.*-bug)$", re.I)


@dataclass(frozen=True, slots=True)
class Mention:
    """The entry that says most of a patch."""

    entry: Entry | None = None
    same: float = 0.0  # it has the patch's subject word for word, and no other entry has
    near: float = 0.0  # share of words both have, rare ones weigh more
    joined: tuple[str, ...] = ()  # bugs and issues both name
    advisory: tuple[str, ...] = ()  # CVEs and advisories both name
    commit: str | None = None  # a commit both name
    named: bool = False  # it names the patch's file

    @property
    def strength(self) -> tuple[bool, bool, bool, float, float]:
        """Orders mentions."""
        return (
            self.commit is not None,
            self.named or bool(self.advisory),
            bool(self.joined),
            self.same,
            self.near,
        )


class News:
    """The entries of a target that its base does not have, ready to be searched.

    ``complete``: they name every commit, so that one without an entry is not there.
    """

    def __init__(
        self, entries: Sequence[Entry], known: Iterable[Entry] = (), *, complete: bool = False
    ) -> None:
        self.complete = complete
        old = {_key(entry.text) for entry in known}
        self.entries = [entry for entry in entries if _key(entry.text) not in old]
        self._words = [frozenset(_key(entry.text)) for entry in self.entries]
        self._lines: dict[tuple[str, ...], list[int]] = defaultdict(list)
        self._refs: dict[str, list[int]] = defaultdict(list)
        self._hashes: list[tuple[int, frozenset[str]]] = []
        self._by_word: dict[str, list[int]] = defaultdict(list)
        for number, entry in enumerate(self.entries):
            self._lines[_key(entry.text)].append(number)
            for each in references(entry.text):
                self._refs[each].append(number)
            if found := hashes(entry.text):
                self._hashes.append((number, found))
            for word in self._words[number]:
                self._by_word[word].append(number)

    def __len__(self) -> int:
        return len(self.entries)

    def find(self, patch: Patch) -> Mention:
        """The entry that says most of a patch."""
        found = [
            *self._by_subject(patch),
            *self._by_own_entry(patch),
            *self._by_reference(patch),
            *self._by_name(patch),
        ]
        merged: dict[int, Mention] = {}
        for number, mention in found:
            other = merged.get(number, Mention(self.entries[number]))
            merged[number] = Mention(
                other.entry,
                max(other.same, mention.same),
                max(other.near, mention.near),
                other.joined or mention.joined,
                other.advisory or mention.advisory,
                other.commit or mention.commit,
                other.named or mention.named,
            )
        return max(merged.values(), key=lambda mention: mention.strength, default=Mention())

    def _by_subject(self, patch: Patch) -> list[tuple[int, Mention]]:
        words = frozenset(_key(patch.subject))
        if len(words) < _LEAST:
            return []
        found = self._with_text(patch.subject)
        shared: Counter[int] = Counter()
        total = sum(self._weight(word) for word in words)
        for word in words:
            for number in self._by_word.get(word, ()):
                shared[number] += self._weight(word)  # type: ignore[assignment]
        for number, common in shared.most_common(3):
            union = total + sum(map(self._weight, self._words[number])) - common
            found.append((number, Mention(near=common / union if union else 0.0)))
        return found

    def _by_own_entry(self, patch: Patch) -> list[tuple[int, Mention]]:
        """What the patch itself adds to a changelog."""
        found = []
        for change in patch.files:
            if change.new_path and is_changelog(change.new_path):
                added = b"".join(line[1:] for hunk in change.hunks for line in hunk.lines if line[:1] == b"+")
                for entry in read_changelogs([change.new_path], {change.new_path: added}.__getitem__).entries:
                    found += self._with_text(entry.text)
        return found

    def _with_text(self, text: str) -> list[tuple[int, Mention]]:
        """The entries that say just this; they tell something when there is one."""
        key = _key(text)
        same = self._lines.get(key, []) if len(key) >= _LEAST else []
        return [(number, Mention(same=1.0 if len(same) == 1 else 0.0, near=1.0)) for number in same]

    def _by_reference(self, patch: Patch) -> list[tuple[int, Mention]]:
        links = [f"{key}: {value}" for key, value in patch.trailers if _LINKS.match(key)]
        text = "\n".join([patch.name, patch.subject, patch.message, *links])
        joined: dict[int, list[str]] = defaultdict(list)
        for each in sorted(references(text)):
            numbers = self._refs.get(each, ())
            if len(numbers) <= _FEW:
                for number in numbers:
                    joined[number].append(each)
        found = [
            (
                number,
                Mention(
                    joined=tuple(each for each in names if not each.startswith(_ADVISORIES)),
                    advisory=tuple(each for each in names if each.startswith(_ADVISORIES)),
                ),
            )
            for number, names in joined.items()
        ]
        named = hashes(text)
        for number, theirs in self._hashes if named else ():
            if commit := same_hash(sorted(named), theirs):
                found.append((number, Mention(commit=commit)))
        return found

    def _by_name(self, patch: Patch) -> list[tuple[int, Mention]]:
        """Debian's changelog says which patch file it dropped; one that it adds or refreshes is none."""
        name = patch.name.rpartition("/")[2]
        if "." not in name:
            return []
        dropped = [(n, entry.text) for n, entry in enumerate(self.entries) if name in entry.text]
        return [
            (n, Mention(named=True))
            for n, text in dropped
            if _DROPPED.search(text) and name in {word.strip(".,:;()'\"`") for word in text.split()}
        ]

    def _weight(self, word: str) -> float:
        return log((len(self.entries) + 1) / (len(self._by_word.get(word, ())) + 0.5)) + 0.1


def _key(text: str) -> tuple[str, ...]:
    """The words of a text, without the numbers and links that are put behind it."""
    return tuple(subject_words(_NUMBERS.sub(" ", text)))
