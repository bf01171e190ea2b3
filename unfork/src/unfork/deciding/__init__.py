"""What people decided about patches: kept as text for review, matched to patches, and put in force."""

from unfork.deciding.commits import check_commits, find_commits
from unfork.deciding.rule import rule, spelled
from unfork.deciding.settle import overrule, settle
from unfork.deciding.store import FILE_NAME, forget, read_decisions, record

__all__ = [
    "FILE_NAME",
    "check_commits",
    "find_commits",
    "forget",
    "overrule",
    "read_decisions",
    "record",
    "rule",
    "settle",
    "spelled",
]
