"""What a source tree offers to those who run it: options, API routes, entry points, database migrations."""

from unfork.surface.found import Found
from unfork.surface.lost import BroughtBy, content_lost, lines_lost
from unfork.surface.read import read_surface

__all__ = ["BroughtBy", "Found", "content_lost", "lines_lost", "read_surface"]
