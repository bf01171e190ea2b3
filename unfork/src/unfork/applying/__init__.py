"""What happens when a patch meets the target tree, asked of git in a private repository."""

from unfork.applying.placing import place_series

__all__ = ["place_series"]
