"""Reads and indexes upstream: commits, their changed lines, and the releases they shipped in."""

from unfork.history.arrays import RAREST, idf
from unfork.history.aside import is_aside
from unfork.history.build import build_index
from unfork.history.commits import CommitInfo, read_commits
from unfork.history.first_release import Landed, find_landed
from unfork.history.graph import Graph, Shipped, searched_commits
from unfork.history.hashes import Hashes
from unfork.history.history import INDEX_NAME, History, Range, Source, index_name, open_history, store_of
from unfork.history.identifiers import identifiers, only, plain_subject, stem, subject_words
from unfork.history.index import NO_PATH, DamagedError, Index, read_index
from unfork.history.lines import ADDED, among, hash_texts, hash_words, kept_lines
from unfork.history.paths import outside
from unfork.history.several import join_histories
from unfork.history.stream import header_changes
from unfork.history.tags import find_releases
from unfork.history.tokens import IN_ADDED, IN_REMOVED, merge_sides, tokens_by_line, tokens_of_lines
from unfork.history.upstream import has_upstream, is_address, open_upstream, stale, without_secret
from unfork.history.wide import WideDiff, WideFile, read_wide

__all__ = [
    "ADDED",
    "INDEX_NAME",
    "IN_ADDED",
    "IN_REMOVED",
    "NO_PATH",
    "RAREST",
    "CommitInfo",
    "DamagedError",
    "Graph",
    "Hashes",
    "History",
    "Index",
    "Landed",
    "Range",
    "Shipped",
    "Source",
    "WideDiff",
    "WideFile",
    "among",
    "build_index",
    "find_landed",
    "find_releases",
    "has_upstream",
    "hash_texts",
    "hash_words",
    "header_changes",
    "identifiers",
    "idf",
    "index_name",
    "is_address",
    "is_aside",
    "join_histories",
    "kept_lines",
    "merge_sides",
    "only",
    "open_history",
    "open_upstream",
    "outside",
    "plain_subject",
    "read_commits",
    "read_index",
    "read_wide",
    "searched_commits",
    "stale",
    "stem",
    "store_of",
    "subject_words",
    "tokens_by_line",
    "tokens_of_lines",
    "without_secret",
]
