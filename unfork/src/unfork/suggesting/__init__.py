"""Suggests what upstream could replace a patch: a question to a person, never a relation."""

from unfork.suggesting.commits import Commits
from unfork.suggesting.documents import Documents
from unfork.suggesting.query import Query, query_of
from unfork.suggesting.ranking import Ranking
from unfork.suggesting.reading import Specs
from unfork.suggesting.suggest import Answer, Asked, kept_documents, suggest
from unfork.suggesting.weights import Weights, default_weights

__all__ = [
    "Answer",
    "Asked",
    "Commits",
    "Documents",
    "Query",
    "Ranking",
    "Specs",
    "Weights",
    "default_weights",
    "kept_documents",
    "query_of",
    "suggest",
]
