"""What happens when a patch meets the target tree, asked of git in a private repository."""

from unfork.applying.placing import Placing, place_series
from unfork.applying.target import is_telling, squeeze

__all__ = ["Placing", "is_telling", "place_series", "squeeze"]
