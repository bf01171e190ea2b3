"""Statements to the bed's MariaDB."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymysql

from testbed.layout import Layout


@contextmanager
def cursor(layout: Layout) -> Iterator[Any]:
    """A cursor that sees and changes every database at once, each statement for itself."""
    connection = pymysql.connect(
        host="127.0.0.1", port=layout.ports["mariadb"], user="openstack", password="openstack",  # noqa: S106
        autocommit=True,
    )  # fmt: skip
    try:
        with connection.cursor() as made:
            yield made
    finally:
        connection.close()


def answers(layout: Layout) -> bool:
    """Whether MariaDB lets its user in."""
    try:
        with cursor(layout):
            return True
    except pymysql.MySQLError:
        return False


def count(layout: Layout, query: str, *values: object) -> int:
    """The number a query gives; ``values`` fill its ``%s``."""
    with cursor(layout) as asked:
        asked.execute(query, values)
        return int(asked.fetchone()[0])
