"""Where the store is."""

import os
import re
from pathlib import Path

from unfork.errors import UsageError

STORE_VARIABLE = "UNFORK_STORE"
_FILE = "store.sqlite3"


def store_address(given: str | None = None) -> str:
    """The store's address: ``given``, else ``$UNFORK_STORE``, else a file of the user's data folder.

    A path is a SQLite file; ``postgresql://USER@HOST/NAME`` is a database of a team. Raises
    ``UsageError`` for an address of anything else.
    """
    value = given or os.environ.get(STORE_VARIABLE)
    if not value:
        from platformdirs import user_data_path

        return f"sqlite:///{user_data_path('unfork', appauthor=False) / _FILE}"
    if "://" not in value:
        return f"sqlite:///{Path(value).absolute()}"
    scheme = value.partition("://")[0]
    if scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        return "postgresql+psycopg" + value[len(scheme) :]
    if scheme == "sqlite":
        return value
    raise UsageError(
        f"the store cannot be {re.sub(r'//.*@', '//***@', value)!r}",
        hint="give the path of a file, or postgresql://USER@HOST/NAME",
    )


def file_of(address: str) -> Path | None:
    """The file of a SQLite store; ``None`` for a database server."""
    return Path(address.removeprefix("sqlite:///")) if address.startswith("sqlite:///") else None
