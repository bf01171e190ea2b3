"""Patches of one series that belong together: fixes, reverts, repeats, the parts of a squash.

Reads the series alone. What follows upstream is the matcher's to say.
"""

from unfork.grouping.bounds import Bounds
from unfork.grouping.groups import Family, find_families, joined_changes
from unfork.grouping.joined import Joined, Member, join
from unfork.grouping.naming import file_number, plain
from unfork.grouping.relations import Edge, Relations, find_relations

__all__ = [
    "Bounds",
    "Edge",
    "Family",
    "Joined",
    "Member",
    "Relations",
    "file_number",
    "find_families",
    "find_relations",
    "join",
    "joined_changes",
    "plain",
]
