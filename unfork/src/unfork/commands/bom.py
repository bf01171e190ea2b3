"""``unfork scan --cyclonedx``: a scan as a bill of materials."""

from pathlib import Path

from unfork.boms import write_pedigree
from unfork.commands.scan import ScanRequest
from unfork.errors import InputError
from unfork.files import cache_root
from unfork.model import Scan
from unfork.series import read_series


def run_bom(request: ScanRequest, scan: Scan) -> bytes:
    """The document; the series is read again, for what its messages say of issues."""
    series = read_series(request.series, carrier=request.carrier, cache_dir=cache_root(request.cache_dir))
    if [patch.id for patch in series.patches] != [verdict.id for verdict in scan.patches]:
        raise InputError("the series changed while it was scanned", where=request.series, hint="scan again")
    name = request.project or Path(scan.upstream.rstrip("/")).name.removesuffix(".git")
    return write_pedigree(scan, series.patches, name=name or scan.upstream)
