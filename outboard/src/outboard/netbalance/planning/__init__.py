"""A plan of moves: fewest moves for the least maximum load, nothing lost on the way. Pure functions."""

from outboard.netbalance.planning.plan import apply, plan

__all__ = ["apply", "plan"]
