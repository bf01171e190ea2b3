"""What happens when a patch meets the target tree, asked of git in a private repository."""

from unfork.applying.placing import Placing, place_series

__all__ = ["Placing", "place_series"]
