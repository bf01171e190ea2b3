"""Leaves a scan for the store, so that a plan can be joined with it."""

import os
from pathlib import Path

from unfork import __version__
from unfork.errors import UnforkError
from unfork.model import Scan
from unfork.store import STORE_VARIABLE, leave_scan, plan_named, store_address
from unfork.store.place import file_of


def record_scan(scan: Scan, *, plan: Path | None, project: str | None, store: str | None) -> str | None:
    """Record a scan when there is a plan, or a store was named; what went wrong, ``None`` when nothing did.

    A scan that was made is never lost to its reader because it could not be recorded.
    """
    name = plan_named(plan) if plan is not None else None
    if name is None and store is None and not os.environ.get(STORE_VARIABLE):
        return None
    try:
        address = store_address(store)
        leave_scan(address, scan, plan=name or "", project=project or "", version=__version__)
        if file_of(address) is None:
            # A team's server: others are to see it now, and this machine may be gone tomorrow.
            from unfork.store.database import Store

            Store(address).close()
    except UnforkError as error:
        return f"the scan is not in the store: {error}"
    return None
