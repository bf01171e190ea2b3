"""``unfork show``: the evidence for one patch."""

from unfork.commands.scan import ScanRequest
from unfork.model.detail import PatchDetail
from unfork.progress import Progress


def run_show(request: ScanRequest, patch: str, *, progress: Progress | None = None) -> PatchDetail:
    """The patch named ``patch`` (its name, a unique part of it, its number or its id) beside upstream."""
    raise NotImplementedError
