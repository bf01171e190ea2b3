"""What was seen, run by run: SQLite by default, PostgreSQL for a team.

Nothing here is imported before it is needed: SQLAlchemy takes longer to load than a scan's table.
"""

from unfork.store.naming import PLAN_NAME, plan_named
from unfork.store.outbox import (
    SCAN_FORMAT,
    TESTED_FORMAT,
    CheckRecord,
    leave_scan,
    leave_tested,
    outbox_of,
)
from unfork.store.place import STORE_VARIABLE, store_address

__all__ = [
    "PLAN_NAME",
    "SCAN_FORMAT",
    "STORE_VARIABLE",
    "TESTED_FORMAT",
    "CheckRecord",
    "leave_scan",
    "leave_tested",
    "outbox_of",
    "plan_named",
    "store_address",
]
