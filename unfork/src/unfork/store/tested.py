"""Checks of tracks, into the tables and out of them."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from sqlalchemy import Connection, insert, select

from unfork.model.tested import CheckRun, Repetition, Tally, Tested
from unfork.store.outbox import CheckRecord, storable
from unfork.store.tables import check_run, run, test_set, test_tally


def record_tested(connection: Connection, record: CheckRecord) -> None:
    """Record a check of a track; one that is there already changes nothing."""
    if connection.execute(select(run.c.id).where(run.c.id == record.run)).first():
        return
    check = record.check
    digest = hashlib.sha256(msgspec.msgpack.encode(check.tests)).hexdigest()
    if not connection.execute(select(test_set.c.id).where(test_set.c.id == digest)).first():
        connection.execute(insert(test_set), {"id": digest})
        if check.tests:
            connection.execute(insert(test_tally), _rows(digest, check.tests))
    connection.execute(
        insert(run),
        {
            "id": record.run,
            "kind": "tests",
            "at": datetime.fromtimestamp(record.at, UTC),
            "unfork": record.unfork,
            "plan": record.plan,
            "project": record.project,
            "series": "",
            "upstream": record.repository,
            "base": "",
            "target": record.commit,
            "target_name": record.track,
        },
    )
    connection.execute(
        insert(check_run),
        {
            "run": record.run,
            "name": check.check,
            "dirty": int(record.dirty),
            "rule": check.rule,
            "repetitions": storable(msgspec.json.encode(check.repetitions).decode()),
            "output": check.output,
            "test_set": digest,
        },
    )


def last_tested(connection: Connection, plan: str, project: str, track: str) -> Tested | None:
    """The last run of each check of a track; ``None`` when there is none.

    The commit is that of the newest. Checks that ran on another one are left out: what they found is not
    true of it.
    """
    rows = connection.execute(
        select(run.c.at, run.c.target, check_run)
        .join_from(check_run, run)
        .where(
            run.c.kind == "tests", run.c.plan == plan, run.c.project == project, run.c.target_name == track
        )
        .order_by(run.c.at.desc(), run.c.id)
    ).all()
    if not rows:
        return None
    commit = rows[0].target
    latest = {row.name: row for row in reversed(rows) if row.target == commit}
    return Tested(
        track=track,
        commit=commit,
        dirty=any(row.dirty for row in latest.values()),
        checks=tuple(
            CheckRun(
                check=name,
                at=row.at.replace(tzinfo=UTC) if row.at.tzinfo is None else row.at.astimezone(UTC),
                repetitions=msgspec.json.decode(row.repetitions, type=tuple[Repetition, ...]),
                tests=_tests(connection, row.test_set),
                rule=row.rule,
                output=row.output,
            )
            for name, row in sorted(latest.items())
        ),
    )


def _rows(digest: str, tests: Sequence[Tally]) -> list[dict[str, object]]:
    return [
        {
            "test_set": digest,
            "place": place,
            "name": storable(each.name),
            "passed": each.passed,
            "failed": each.failed,
            "skipped": each.skipped,
            "said": storable(each.said),
            "files": storable(msgspec.json.encode(each.files).decode()),
        }
        for place, each in enumerate(tests)
    ]


def _tests(connection: Connection, digest: str) -> tuple[Tally, ...]:
    rows = connection.execute(
        select(test_tally).where(test_tally.c.test_set == digest).order_by(test_tally.c.place)
    )
    return tuple(
        Tally(
            row.name,
            row.passed,
            row.failed,
            row.skipped,
            row.said,
            msgspec.json.decode(row.files, type=tuple[str, ...]),
        )
        for row in rows
    )
