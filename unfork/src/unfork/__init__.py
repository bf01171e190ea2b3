"""Say what became of every patch a downstream carries, and when its fork can end."""

__version__ = "0.1.0"
