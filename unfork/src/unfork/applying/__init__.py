"""What happens when a patch meets the target tree, asked of git in a private repository."""

from unfork.applying.placing import place_series
from unfork.applying.target import is_telling, squeeze

__all__ = ["is_telling", "place_series", "squeeze"]
