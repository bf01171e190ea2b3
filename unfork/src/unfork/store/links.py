"""What trackers said of links, in the store: the newest answer of each, whoever asked."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, Table, delete, or_, select

from unfork.model.tracker import LinkSeen, Observation
from unfork.store.database import Store, utc
from unfork.store.tables import link_seen, patch_link

_TOGETHER = 500  # values of one question: SQLite takes a bounded number


def links_seen(store: Store, links: Collection[str]) -> dict[str, LinkSeen]:
    """What is known of the links that are named, by their keys; without those never asked for."""
    with store.reading() as connection:
        rows = _rows_of(connection, select(link_seen), link_seen.c.link, links)
        return {row.link: _seen(row) for row in rows}


def record_links(store: Store, links: Iterable[LinkSeen]) -> None:
    """Record answers, in one transaction. What somebody else saw later than that is left as it is."""
    rows = [_row(each) for each in links]
    if not rows:
        return
    with store.writing() as connection:
        new = _insert(connection, link_seen)
        values = {name: new.excluded[name] for name in link_seen.c.keys() if name != "link"}  # noqa: SIM118
        older = or_(
            link_seen.c.asked.is_(None), new.excluded.asked.is_(None), link_seen.c.asked <= new.excluded.asked
        )
        connection.execute(
            new.on_conflict_do_update(index_elements=[link_seen.c.link], set_=values, where=older), rows
        )


def record_named(store: Store, named: Mapping[str, Mapping[str, str | None]]) -> None:
    """Record which links patches name: by the patch's content, link and patch set."""
    with store.writing() as connection:
        for part in _parts(named):
            connection.execute(delete(patch_link).where(patch_link.c.content.in_(part)))
        rows = [
            {"content": content, "link": link, "revision": revision}
            for content, links in named.items()
            for link, revision in links.items()
        ]
        if rows:
            new = _insert(connection, patch_link)
            connection.execute(new.on_conflict_do_nothing(), rows)  # somebody else may be as far


def links_named(store: Store, contents: Collection[str]) -> dict[str, dict[str, str | None]]:
    """The links that patches name, as they were recorded."""
    found: dict[str, dict[str, str | None]] = {}
    with store.reading() as connection:
        if connection.execute(select(patch_link.c.link).limit(1)).first() is None:
            return found  # nobody synced: a large series is not looked up in vain
        for row in _rows_of(connection, select(patch_link), patch_link.c.content, contents):
            found.setdefault(row.content, {})[row.link] = row.revision
    return found


def _rows_of(
    connection: Connection, query: Select[Any], column: Any, values: Collection[str]
) -> Iterator[Any]:
    for part in _parts(values):
        yield from connection.execute(query.where(column.in_(part)))


def _parts(values: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted({*values})
    for at in range(0, len(ordered), _TOGETHER):
        yield ordered[at : at + _TOGETHER]


def _insert(connection: Connection, table: Table) -> Any:
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    return insert(table)


def _row(seen: LinkSeen) -> dict[str, object]:
    return {
        "link": seen.key,
        "asked": seen.asked,
        "moved": seen.moved,
        "observation": msgspec.json.encode(seen.observation).decode().replace("\\u0000", " ")
        if seen.observation is not None
        else None,
        "etag": seen.etag,
        "modified": seen.modified,
        "problem": seen.problem.replace("\0", " ") if seen.problem else None,  # PostgreSQL takes no NUL
        "in_history": None if seen.in_history is None else int(seen.in_history),
        "first_release": seen.first_release,
    }


def _seen(row: Any) -> LinkSeen:
    seen = LinkSeen(
        key=row.link,
        asked=utc(row.asked) if row.asked is not None else None,
        moved=utc(row.moved) if row.moved is not None else None,
        etag=row.etag,
        modified=row.modified,
        problem=row.problem,
        in_history=None if row.in_history is None else bool(row.in_history),
        first_release=row.first_release,
    )
    if row.observation is None:
        return seen
    try:
        return replace(seen, observation=msgspec.json.decode(row.observation, type=Observation))
    except msgspec.MsgspecError:  # of a newer unfork: asked for again
        return LinkSeen(key=row.link)
