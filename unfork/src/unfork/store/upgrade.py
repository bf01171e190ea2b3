"""Brings a store to the form this unfork knows, with a backup; refuses one that is newer."""

import re
import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from unfork.errors import InputError
from unfork.files import one_writer
from unfork.store.tables import HEAD

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x756E666F726B  # PostgreSQL's advisory lock: "unfork"


def upgrade(engine: Engine, path: Path | None) -> None:
    """Make, migrate or leave the tables. ``path`` is a SQLite store's file.

    An older store is copied first: the file beside itself, a database into a schema of its own. A
    migration happens whole or not at all, and once, however many start it.
    """
    with engine.connect().execution_options(reads=True) as connection:
        if _version(connection) == HEAD:
            return
    if path is not None:
        with one_writer(path.parent, path.name):
            _migrate(engine, path)
    else:
        _migrate(engine, None)


def _migrate(engine: Engine, path: Path | None) -> None:
    with engine.begin() as connection:
        if path is None:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        found = _version(connection)
        if found == HEAD:
            return
        from alembic import command
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
        config.attributes["connection"] = connection
        known = {each.revision for each in ScriptDirectory.from_config(config).walk_revisions()}
        if found is not None and found not in known:
            raise InputError(
                f"the store has the form {found}, this unfork knows forms up to {HEAD}",
                where=str(path or _safe(engine)),
                hint="update unfork, or name another --store",
            )
        if found is not None:
            _back_up(connection, path, found)
        command.upgrade(config, "head")


def _version(connection: Connection) -> str | None:
    """The store's form; ``None`` for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _back_up(connection: Connection, path: Path | None, form: str) -> None:
    if path is not None:
        # Through SQLite: a copy of the bytes could fall between two of a transaction's writes.
        with sqlite3.connect(path) as source, sqlite3.connect(f"{path}.before-{HEAD}") as copy:
            source.backup(copy)
        source.close()
        copy.close()
        return
    schema = f"unfork_form_{re.sub(r'[^0-9a-z]', '', form)}"
    connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
    for table in inspect(connection).get_table_names():
        quoted = table.replace('"', '""')
        copied = f'"{schema}"."{quoted}"'
        connection.execute(text(f"DROP TABLE IF EXISTS {copied}"))
        connection.execute(text(f'CREATE TABLE {copied} AS TABLE "{quoted}"'))


def _safe(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)
