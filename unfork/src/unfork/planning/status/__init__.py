"""The answers people ask a plan for."""

from unfork.planning.status.status import ready_for, status_of

__all__ = ["ready_for", "status_of"]
