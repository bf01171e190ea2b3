"""The store: runs in, the last scan and the history out."""

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, create_engine, event, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from unfork.errors import InputError
from unfork.files import one_writer
from unfork.model.finding import Check
from unfork.model.history import ItemChange
from unfork.model.seen import SeenPatch, SeenSeries
from unfork.model.tested import Tested
from unfork.model.verdict import Advice, Relation, State
from unfork.store.outbox import ScanRecord, outbox_of, waiting, waiting_tested
from unfork.store.place import file_of
from unfork.store.tables import finding_count, item_change, run, seen_patch, snapshot
from unfork.store.tested import last_tested, record_tested
from unfork.store.upgrade import upgrade

_WAIT = 30.0  # seconds to wait for another writer of a SQLite file


class Store:
    """An open store. Every write is one transaction."""

    def __init__(self, address: str) -> None:
        """Open or make it, and take in what waits. Raises ``InputError`` when it cannot be used."""
        self.address = address
        path = file_of(address)
        with self._explained():
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self.engine = create_engine(address, **({"connect_args": {"timeout": _WAIT}} if path else {}))
            if path is not None:
                event.listen(self.engine, "connect", _on_connect)
                event.listen(self.engine, "begin", _on_begin)
            try:
                upgrade(self.engine, path)
                self.taken = self._take_in()
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        """Give its connections back."""
        self.engine.dispose()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- in --------------------------------------------------------------------------

    def _take_in(self) -> int:
        """Record what lies in the outbox; how many scans and checks of tracks that were."""
        taken = 0
        outbox = outbox_of(self.address)
        if not any(waiting(outbox)) and not any(waiting_tested(outbox)):
            return 0
        with one_writer(outbox, "taking"):  # two that open the store at once must not take the same in
            for path, record in waiting(outbox):
                with self.engine.begin() as connection:
                    self._record_scan(connection, record)
                path.unlink(missing_ok=True)  # killed before this: it is found to be there the next time
                taken += 1
            for path, tested in waiting_tested(outbox):
                with self.engine.begin() as connection:
                    record_tested(connection, tested)
                path.unlink(missing_ok=True)
                taken += 1
        return taken

    def _record_scan(self, connection: Connection, record: ScanRecord) -> None:
        if connection.execute(select(run.c.id).where(run.c.id == record.run)).first():
            return
        digest = hashlib.sha256(msgspec.msgpack.encode(record.patches)).hexdigest()
        if not connection.execute(select(snapshot.c.id).where(snapshot.c.id == digest)).first():
            connection.execute(insert(snapshot), {"id": digest})
            if record.patches:
                connection.execute(insert(seen_patch), [*_rows(digest, record.patches)])
        connection.execute(
            insert(run),
            {
                "id": record.run,
                "kind": "scan",
                "at": datetime.fromtimestamp(record.at, UTC),
                "unfork": record.unfork,
                "plan": record.plan,
                "project": record.project,
                "series": record.series,
                "upstream": record.upstream,
                "base": record.base,
                "target": record.target,
                "target_name": record.target_name,
                "snapshot": digest,
            },
        )

    def record_check(
        self, check: Check, items: Mapping[str, ItemChange], *, at: datetime, version: str
    ) -> None:
        """Record a check, and of the items those that are not as the last check saw them."""
        with self.writing() as connection:
            before = self._last_items(connection, check.plan)
            changed = [item for name, item in items.items() if before.get(name) != item]
            changed += [
                msgspec.structs.replace(item, gone=True)
                for name, item in before.items()
                if name not in items and not item.gone
            ]
            number = uuid.uuid4().hex
            none = dict.fromkeys(("project", "series", "upstream", "base", "target", "target_name"), "")
            connection.execute(
                insert(run),
                {"id": number, "kind": "check", "at": at, "unfork": version, "plan": check.plan, **none},
            )
            if changed:
                connection.execute(
                    insert(item_change),
                    [
                        {"run": number, **msgspec.structs.asdict(each), "gone": int(each.gone)}
                        for each in changed
                    ],
                )
            counts = _count(check)
            if counts:
                connection.execute(insert(finding_count), [{"run": number, **each} for each in counts])

    # -- out -------------------------------------------------------------------------

    def last_scans(self, plan: str, projects: Iterable[str]) -> dict[str, SeenSeries]:
        """The last scan of each project of a plan. A plan's only project also has scans that named none."""
        projects = [*projects]
        found: dict[str, SeenSeries] = {}
        with self.reading() as connection:
            for project in projects:
                names = [project, ""] if len(projects) == 1 else [project]
                series = self._last_scan(connection, plan, project, names)
                if series is not None:
                    found[project] = series
        return found

    def _last_scan(
        self, connection: Connection, plan: str, project: str, names: list[str]
    ) -> SeenSeries | None:
        wanted = (run.c.kind == "scan", run.c.plan == plan, run.c.project.in_(names))
        latest = connection.execute(
            select(run.c.id, run.c.at, run.c.target_name, run.c.snapshot)
            .where(*wanted)
            .order_by(run.c.at.desc(), run.c.id)
            .limit(1)
        ).first()
        if latest is None:
            return None
        rows = connection.execute(
            select(seen_patch).where(seen_patch.c.snapshot == latest.snapshot).order_by(seen_patch.c.place)
        )
        patches = tuple(_patch(row) for row in rows)
        retired = self._retired(connection, wanted, latest, {each.id for each in patches})
        return SeenSeries(project, latest.id, utc(latest.at), latest.target_name, patches, retired)

    def _retired(
        self, connection: Connection, wanted: tuple[Any, ...], latest: Any, now: set[str]
    ) -> frozenset[str]:
        """Of the patches of ``now`` those an earlier scan had and the last other snapshot had not."""
        last = func.max(run.c.at)
        rows = connection.execute(
            select(run.c.snapshot, last)
            .where(*wanted, run.c.snapshot != latest.snapshot)
            .group_by(run.c.snapshot)
            .order_by(last.desc())
        ).all()
        if len(rows) < 2:
            return frozenset()
        ids = [row.snapshot for row in rows]
        before = {*connection.scalars(select(seen_patch.c.content).where(seen_patch.c.snapshot == ids[0]))}
        lost = now - before
        if not lost:
            return frozenset()
        ever = connection.scalars(
            select(seen_patch.c.content).distinct().where(seen_patch.c.snapshot.in_(ids[1:]))
        )
        return frozenset(lost & {*ever})

    def last_tested(self, plan: str, project: str, track: str) -> Tested | None:
        """The last run of each check on a track's newest tested commit; ``None``: no check was run."""
        with self._explained(), self.reading() as connection:
            return last_tested(connection, plan, project, track)

    def item_changes(self, plan: str) -> list[tuple[datetime, ItemChange]]:
        """How a plan's items changed, as checks saw it, oldest first."""
        with self.reading() as connection:
            rows = connection.execute(
                select(run.c.at, item_change)
                .join_from(item_change, run)
                .where(run.c.plan == plan, run.c.kind == "check")
                .order_by(run.c.at)
            ).all()
        return [(utc(row.at), _item(row)) for row in rows]

    def _last_items(self, connection: Connection, plan: str) -> dict[str, ItemChange]:
        rows = connection.execute(
            select(item_change)
            .join_from(item_change, run)
            .where(run.c.plan == plan, run.c.kind == "check")
            .order_by(run.c.at)
        )
        return {row.item: _item(row) for row in rows}

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads; what goes wrong is an ``InputError``."""
        with self._explained(), self.engine.connect().execution_options(reads=True) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction, whole or not at all; what goes wrong is an ``InputError``."""
        with self._explained(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def _explained(self) -> Any:
        try:
            yield
        except SQLAlchemyError as error:
            what = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            place = file_of(self.address) or "--store"
            raise InputError(f"the store cannot be used: {what}", where=str(place)) from error
        except OSError as error:
            raise InputError(
                f"the store cannot be used: {error.strerror}", where=str(error.filename)
            ) from error


def _on_connect(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA foreign_keys=ON")


def _on_begin(connection: Connection) -> None:
    # A transaction that reads first and writes later could not get the lock any more: it takes it at once.
    reads = connection.get_execution_options().get("reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def utc(at: datetime) -> datetime:
    """SQLite keeps no zone; what is written is UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _rows(digest: str, patches: tuple[SeenPatch, ...]) -> Iterable[dict[str, object]]:
    for place, each in enumerate(patches):
        yield {
            "snapshot": digest,
            "place": place,
            "name": each.name,
            "content": each.id,
            "subject": each.subject,
            "relation": str(each.relation),
            "state": str(each.state),
            "advice": str(each.advice),
            "advice_release": each.advice_release,
            "first_release": each.first_release,
            "commits": " ".join(each.commits),
            "confidence": each.confidence,
            "lines": each.lines,
        }


def _patch(row: Any) -> SeenPatch:
    return SeenPatch(
        name=row.name,
        id=row.content,
        subject=row.subject,
        relation=Relation(row.relation),
        state=State(row.state),
        advice=Advice(row.advice),
        advice_release=row.advice_release,
        first_release=row.first_release,
        commits=tuple(row.commits.split()),
        confidence=row.confidence,
        lines=row.lines,
    )


def _item(row: Any) -> ItemChange:
    return ItemChange(row.item, row.project, row.disposition, row.gate, row.stage, row.ended, bool(row.gone))


def _count(check: Check) -> list[dict[str, object]]:
    counts: dict[str, list[int]] = {}
    for silenced, findings in enumerate((check.findings, check.silenced)):
        for each in findings:
            counts.setdefault(each.rule, [0, 0])[silenced] += 1
    return [{"rule": rule, "number": both[0], "silenced": both[1]} for rule, both in counts.items()]
