"""The answers people ask a plan for."""

from unfork.planning.status.status import status_of

__all__ = ["status_of"]
