"""Forks with known truth, made from the text of Python's standard library."""
