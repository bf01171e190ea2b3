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
from unfork.suggesting.documents import Documents, Specs, read_documents
from unfork.suggesting.query import query_of
from unfork.suggesting.ranking import Ranking
from unfork.suggesting.weights import Weights, default_weights, weights_text
from unfork.suggesting.wording import Wording

_KEPT = 8  # files of each kind kept for one upstream: other ranges and series
_FORMAT = 1  # raise it whenever the terms of a document could come out otherwise


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
    key = _key(history, specs)
    path = store / f"suggestions-{_key_of(key, asked)}.msgpack"
    kept = read_sealed(path)
    if kept is not None:
        return msgspec.msgpack.decode(kept, type=Answer)
    progress.start("looking for replacements", len(asked))
    try:
        documents = kept_documents(history, specs, store)
        answer = _answer(history, documents, asked, default_weights(), progress)
    finally:
        progress.finish()
    keep_sealed(path, msgspec.msgpack.encode(answer), kind="suggestions", most=_KEPT)
    return answer


def kept_documents(history: History, specs: Specs, store: Path) -> Documents:
    """The documents of a history: from ``store``, or read and kept there."""
    path = store / f"documents-{_key(history, specs)}.msgpack"
    kept = read_sealed(path)
    if kept is not None:
        return msgspec.msgpack.decode(kept, type=Documents)
    documents = read_documents(history, specs)
    keep_sealed(path, msgspec.msgpack.encode(documents), kind="documents", most=_KEPT)
    return documents


def _answer(
    history: History, documents: Documents, asked: Sequence[Asked], weights: Weights, progress: Progress
) -> Answer:
    ranking = Ranking(history, documents, weights)
    wording = Wording(history, documents, ranking)
    place_of = {sha: place for place, sha in enumerate(history.shas)}
    answers: list[tuple[Suggestion, ...]] = []
    for each in asked:
        query = query_of(each.patch)
        scores = ranking.score(query, each.candidates)
        scores[[place_of[sha] for sha in each.settled if sha in place_of]] = 0
        best = np.argsort(-scores, kind="stable")[: 2 * weights.shown].tolist()
        found = [
            wording.suggestion(query, number, float(scores[number])) for number in best if scores[number] > 0
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


def _key(history: History, specs: Specs) -> str:
    """A hash over what documents depend on."""
    facts = [_FORMAT, __version__, history.key, *(source.name for source in history.sources)]
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
