"""neutron's rows as they were when the bed had started, and their return.

Its processes keep nothing but agents' times, so its tables get their first rows back: in a second, whatever a
test created, where deleting through the API takes a tenth of a second for each thing.
"""

from typing import Any

from testbed import database
from testbed.layout import Layout

_KEPT = "baseline_neutron"
_AGENTS = "agents"  # not kept: whoever lives reports again in a moment
# ruff: noqa: S608  # the names in the statements are the database's own


def remember(layout: Layout) -> None:
    """Keep neutron's rows as they are now."""
    with database.cursor(layout) as sql:
        sql.execute(f"DROP DATABASE IF EXISTS {_KEPT}")
        sql.execute(f"CREATE DATABASE {_KEPT} CHARACTER SET utf8mb3")
        for table in _filled(sql):
            if table != _AGENTS:
                sql.execute(f"CREATE TABLE {_KEPT}.`{table}` AS SELECT * FROM neutron.`{table}`")


def restore(layout: Layout) -> None:
    """Bring those rows back, and no others. The agents should be silent meanwhile."""
    with database.cursor(layout) as sql:
        sql.execute("SET FOREIGN_KEY_CHECKS = 0")
        kept = _tables(sql, _KEPT)
        for table in _filled(sql):
            sql.execute(f"DELETE FROM neutron.`{table}`")
        for table in kept:
            sql.execute(f"INSERT INTO neutron.`{table}` SELECT * FROM {_KEPT}.`{table}`")


def _filled(sql: Any) -> list[str]:
    return [table for table in _tables(sql, "neutron") if _has_rows(sql, table)]


def _tables(sql: Any, name: str) -> list[str]:
    sql.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = %s", (name,))
    return [row[0] for row in sql.fetchall() if row[0] != "alembic_version"]


def _has_rows(sql: Any, table: str) -> bool:
    sql.execute(f"SELECT EXISTS (SELECT 1 FROM neutron.`{table}`)")
    return bool(sql.fetchone()[0])
