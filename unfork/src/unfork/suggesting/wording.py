"""A ranked document as a question to a person, with what ties it to the patch."""

from collections import Counter

from unfork.history import History, Source
from unfork.model import Suggestion
from unfork.suggesting.documents import Document, Documents
from unfork.suggesting.query import Query
from unfork.suggesting.ranking import Ranking
from unfork.suggesting.words import shown

_WORDS = 6  # words named
_FILES = 3  # files named
_COMMITS = 10  # commits given with a specification
_OPTIONS = 4  # new options named


class Wording:
    """Says why a document was chosen."""

    def __init__(self, history: History, documents: Documents, ranking: Ranking) -> None:
        self._history = history
        self._documents = documents
        self._ranking = ranking

    def suggestion(self, query: Query, number: int, score: float) -> Suggestion | None:
        """The question; ``None`` where there is no word, no file and no bug to show for it."""
        about = self._documents.about[number]
        words = self._words(query, number)
        files = [] if about.spec else [shown(path) for path in self._ranking.shared_paths(query, about.place)]
        joined = sorted(query.ids & self._ids(about))
        if not (words or files or joined):
            return None
        if about.spec:
            kind, title = "spec", about.title
            what = f"specification {about.spec}"
        else:
            info = self._history.index.infos[int(self._history.searched[about.place])]
            kind, title = ("release-note" if about.note else "commit"), info.subject
            what = f"commit {info.sha[:12]}"
            if about.note:
                what += f" with the release note {about.note}: {about.says}"
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
            shas=tuple(self._history.shas[place] for place in places[:_COMMITS]),
            kind=kind,
            words=tuple(words),
            files=tuple(files),
            joined=tuple(joined),
            score=round(score, 4),
        )

    def _words(self, query: Query, number: int) -> list[str]:
        """The words that weigh most, as the patch spells them; no part beside its whole."""
        there = set(self._ranking.terms[number])
        worth: dict[int, float] = {}
        for weight, chosen in self._ranking.chosen(query):
            for term in chosen:
                if term in there:
                    worth[term] = worth.get(term, 0.0) + weight * self._ranking.rarity(term)
        vocabulary = self._documents.vocabulary
        found: list[str] = []
        for term in sorted(worth, key=lambda each: (-worth[each], each)):
            word = query.spelling[vocabulary[term]]
            if not any(word.casefold() in other.casefold() for other in found):
                found.append(word)
        return found[:_WORDS]

    def _ids(self, about: Document) -> set[str]:
        if about.spec:
            return {f"blueprint:{about.blueprint}"}
        return set(self._history.index.infos[int(self._history.searched[about.place])].ids)

    def _where(self, about: Document) -> tuple[Source, tuple[int, ...]]:
        """The repository a document is of, and its commits there by place; of a specification that
        several work on the one with most of the commits."""
        places = about.places if about.spec else (about.place,)
        if not places:
            return self._history.sources[0], ()
        source_of = {place: self._history.source(int(self._history.searched[place])) for place in places}
        source, _ = Counter(source_of.values()).most_common(1)[0]
        return source, tuple(place for place in places if source_of[place] is source)

    def _release(self, about: Document, source: Source, places: tuple[int, ...]) -> str | None:
        """The first release that has the commit; of a specification the one in which most of its
        commits arrived, for there are often repairs long after."""
        firsts = Counter(source.graph.shipped[place - source.first].first for place in places)
        if not firsts:
            return about.release
        return source.graph.release(max(firsts, key=lambda first: (firsts[first], -first)))


def _some(names: tuple[str, ...] | list[str], most: int) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
