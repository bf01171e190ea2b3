"""What a carried patch is to an upstream of which only trees and a changelog are known."""

from unfork.comparing.compare import Compared, Sides, compare
from unfork.comparing.files import Tree
from unfork.comparing.hunks import FEATURES, see
from unfork.comparing.model import (
    HUNK_PRODUCTS,
    PATCH_FEATURES,
    PATCH_PRODUCTS,
    Snapshots,
    default_snapshots,
    features_of,
    snapshots_of,
)
from unfork.comparing.news import Mention, News

__all__ = [
    "FEATURES",
    "HUNK_PRODUCTS",
    "PATCH_FEATURES",
    "PATCH_PRODUCTS",
    "Compared",
    "Mention",
    "News",
    "Sides",
    "Snapshots",
    "Tree",
    "compare",
    "default_snapshots",
    "features_of",
    "see",
    "snapshots_of",
]
