"""A ranked document as a question to a person, with what ties it to the patch."""

from collections import Counter

from unfork.history import Source
from unfork.model import Suggestion
from unfork.suggesting.commits import Commits
from unfork.suggesting.documents import Document, Documents
from unfork.suggesting.query import Query
from unfork.suggesting.ranking import Ranking
from unfork.suggesting.words import shown

_WORDS = 6  # words named
_FILES = 3  # files named
_COMMITS = 10  # commits given with a specification
_OPTIONS = 4  # new options named


class Wording:
    """Says of one patch why documents were chosen for it."""

    def __init__(self, commits: Commits, documents: Documents, ranking: Ranking, query: Query) -> None:
        self._commits = commits
        self._documents = documents
        self._ranking = ranking
        self._query = query
        self._chosen = ranking.chosen(query)
        self._spelling = query.spelling()

    def suggestion(self, number: int, chance: float, *, promising: bool) -> Suggestion | None:
        """The question; ``None`` where there is no word, no file and no bug to show for it."""
        about = self._documents.about[number]
        words = self._words(number)
        of_commit = number < len(self._commits.shas)
        files = (
            [shown(path) for path in self._commits.shared_paths(self._query.paths, number)]
            if of_commit
            else []
        )
        joined = sorted(self._query.ids & self._ids(about))
        if not (words or files or joined):
            return None
        if of_commit:
            title, what = self._commits.subject(number), f"commit {self._commits.shas[number][:12]}"
            if about.path:
                what += f" with the {about.kind.replace('-', ' ')} {about.path}: {about.says}"
        else:
            title = about.title
            what = f"{'specification' if about.kind == 'spec' else 'entry of'} {about.path}"
        source, places = self._where(about)
        said = [what]
        if about.options:
            said.append(f"new options: {_some(about.options, _OPTIONS)}")
        if joined:
            said.append(f"both name {', '.join(each.replace(':', ' ', 1) for each in joined)}")
        if words:
            said.append(f"words in common: {', '.join(words)}")
        if files:
            said.append(f"files in common: {_some(files, _FILES)}")
        return Suggestion(
            title=f"Does “{title}” replace it?",
            detail="; ".join(said),
            release=self._release(about, source, places),
            repo=source.name,
            shas=tuple(self._commits.shas[place] for place in places[:_COMMITS]),
            kind=about.kind,
            words=tuple(words),
            files=tuple(files),
            joined=tuple(joined),
            chance=round(chance, 3),
            promising=promising,
        )

    def _words(self, number: int) -> list[str]:
        """The words that weigh most, as the patch spells them; no part beside its whole."""
        vocabulary = self._documents.vocabulary
        found: list[str] = []
        for term in self._ranking.shared_terms(self._chosen, number):
            word = self._spelling[vocabulary[term]]
            if not any(word.casefold() in other.casefold() for other in found):
                found.append(word)
        return found[:_WORDS]

    def _ids(self, about: Document) -> set[str]:
        if about.blueprint:
            return {f"blueprint:{about.blueprint}"}
        return {each for place in about.places for each in self._commits.ids(place)}

    def _where(self, about: Document) -> tuple[Source, tuple[int, ...]]:
        """The repository a document is of, and its commits there by place; of a specification that
        several work on the one with most of the commits."""
        source_of = {place: self._commits.source(place) for place in about.places}
        if not source_of:
            return self._commits.sources[0], ()
        source, _ = Counter(source_of.values()).most_common(1)[0]
        return source, tuple(place for place in about.places if source_of[place] is source)

    def _release(self, about: Document, source: Source, places: tuple[int, ...]) -> str | None:
        """The first release that has the commit; of a specification the one in which most of its
        commits arrived, for there are often repairs long after."""
        firsts = Counter(self._commits.first_release(place) for place in places)
        if not firsts:
            return about.release
        return source.graph.release(max(firsts, key=lambda first: (firsts[first], -first)))


def _some(names: tuple[str, ...] | list[str], most: int) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
