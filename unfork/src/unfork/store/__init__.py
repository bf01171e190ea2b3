"""What was seen, run by run: SQLite by default, PostgreSQL for a team.

Nothing here is imported before it is needed: SQLAlchemy takes longer to load than a scan's table.
"""

from unfork.store.outbox import SCAN_FORMAT, leave_scan, outbox_of
from unfork.store.place import STORE_VARIABLE, store_address

__all__ = ["SCAN_FORMAT", "STORE_VARIABLE", "leave_scan", "outbox_of", "store_address"]
