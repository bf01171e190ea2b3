"""Suggest, for patches that are not upstream line by line, what upstream could replace them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np

from unfork import __version__
from unfork.files import keep_sealed, read_sealed
from unfork.history import History
from unfork.model import Candidate, Patch, Suggestion
from unfork.progress import Progress
from unfork.suggesting.commits import Commits
from unfork.suggesting.documents import Documents
from unfork.suggesting.query import query_of
from unfork.suggesting.ranking import Ranking
from unfork.suggesting.reading import Specs, read_documents
from unfork.suggesting.weights import Weights, default_weights, weights_text
from unfork.suggesting.wording import Wording

_KEPT = 8  # files of each kind kept for one upstream: other ranges and series
_FORMAT = 3  # raise it whenever the terms of a document could come out otherwise


@dataclass(frozen=True, slots=True)
class Asked:
    """A patch to find replacements for, and what the matcher already said."""

    patch: Patch
    candidates: tuple[Candidate, ...] = ()
    settled: tuple[str, ...] = ()  # hashes of commits that are no question any more


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """Suggestions for each patch asked, best first."""

    suggestions: list[tuple[Suggestion, ...]] = []
    warnings: list[str] = []  # sources that could not be read


def suggest(
    history: History, asked: Sequence[Asked], specs: Specs, *, store: Path, progress: Progress
) -> Answer:
    """What could replace each patch; remembered in ``store`` until something it depends on changes."""
    if not asked:
        return Answer()
    commits = Commits(history)
    key = _key(commits, specs)
    path = store / f"suggestions-{_key_of(key, asked)}.msgpack"
    kept = read_sealed(path)
    if kept is not None:
        return msgspec.msgpack.decode(kept, type=Answer)
    progress.start("looking for replacements", len(asked))
    try:
        documents = kept_documents(commits, specs, store)
        answer = _answer(commits, documents, asked, default_weights(), progress)
    finally:
        progress.finish()
    keep_sealed(path, msgspec.msgpack.encode(answer), kind="suggestions", most=_KEPT)
    return answer


def kept_documents(commits: Commits, specs: Specs, store: Path) -> Documents:
    """The documents of a history: from ``store``, or read and kept there."""
    path = store / f"documents-{_key(commits, specs)}.msgpack"
    kept = read_sealed(path)
    if kept is not None:
        return msgspec.msgpack.decode(kept, type=Documents)
    documents = read_documents(commits, specs, title=default_weights().title)
    keep_sealed(path, msgspec.msgpack.encode(documents), kind="documents", most=_KEPT)
    return documents


def _answer(
    commits: Commits, documents: Documents, asked: Sequence[Asked], weights: Weights, progress: Progress
) -> Answer:
    ranking = Ranking(commits, documents, weights)
    answers: list[tuple[Suggestion, ...]] = []
    for each in asked:
        query = query_of(each.patch)
        settled = [commits.place[sha] for sha in each.settled if sha in commits.place]
        chances = ranking.chances(query, each.candidates, settled)
        wording = Wording(commits, documents, ranking, query)
        offered = np.flatnonzero(chances >= weights.offered)
        best = offered[np.argsort(-chances[offered], kind="stable")][: 2 * weights.shown].tolist()
        found = [
            wording.suggestion(
                number, float(chances[number]), promising=bool(chances[number] >= weights.promising)
            )
            for number in best
        ]
        answers.append(_once([one for one in found if one is not None])[: weights.shown])
        progress.advance()
    return Answer(answers, documents.warnings)


def _once(found: list[Suggestion]) -> tuple[Suggestion, ...]:
    """Changes of one subject in one repository (landed again, or picked to a branch) as one, in the
    better one's place."""
    by_title: dict[tuple[str, str], Suggestion] = {}
    for each in found:
        key = (each.repo, each.title)
        first = by_title.setdefault(key, each)
        if first is not each:
            by_title[key] = replace(first, shas=tuple(dict.fromkeys((*first.shas, *each.shas))))
    return tuple(by_title.values())


def _key(commits: Commits, specs: Specs) -> str:
    """A hash over what documents depend on."""
    facts = [_FORMAT, __version__, default_weights().title, commits.key]
    facts += [source.name for source in commits.sources]
    facts += [[str(repository.path.resolve()), commit] for repository, commit in specs]
    return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:32]


def _key_of(documents: str, asked: Sequence[Asked]) -> str:
    """A hash over what an answer depends on."""
    digest = hashlib.sha256(documents.encode() + weights_text())
    for each in asked:
        patch = each.patch
        trailers = [f"{name}:{value}" for name, value in patch.trailers]
        shas = [candidate.sha for candidate in each.candidates]
        text = "\0".join([patch.id, patch.subject, patch.message, *trailers, "", *shas, "", *each.settled])
        digest.update(hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest())
    return digest.hexdigest()[:32]
