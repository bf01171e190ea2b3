"""The tables. ``migrations/versions`` makes them; a test compares the two."""

from sqlalchemy import (
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

HEAD = "0004"  # the newest migration; a test compares it with the folder

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

# The rows of a scan. Two scans that saw the same share one: a nightly scan of a quiet series costs a row.
snapshot = Table(
    "snapshot",
    metadata,
    Column("id", String(64), primary_key=True),  # digest of its rows
)
seen_patch = Table(
    "seen_patch",
    metadata,
    Column("snapshot", String(64), ForeignKey("snapshot.id"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),  # in the series, from 0
    Column("name", Text, nullable=False),
    Column("content", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("relation", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("advice", String(16), nullable=False),
    Column("advice_release", Text),
    Column("first_release", Text),
    Column("commits", Text, nullable=False),  # full hashes, one a word
    Column("confidence", Float, nullable=False),
    Column("lines", Integer, nullable=False),
)
run = Table(
    "run",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(8), nullable=False),  # "scan", "check" (of the plan) or "tests" (of a track)
    Column("at", DateTime(timezone=True), nullable=False),
    Column("unfork", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("project", Text, nullable=False),  # empty for a check
    Column("series", Text, nullable=False),
    Column("upstream", Text, nullable=False),
    Column("base", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("target_name", Text, nullable=False),
    Column("snapshot", String(64), ForeignKey("snapshot.id")),
)
Index("ix_run_plan_project_at", run.c.plan, run.c.project, run.c.at)

# What checks saw of items: a row for each change, not for each check.
item_change = Table(
    "item_change",
    metadata,
    Column("run", String(32), ForeignKey("run.id"), primary_key=True),
    Column("item", Text, primary_key=True),
    Column("project", Text, nullable=False),
    Column("disposition", String(32), nullable=False),
    Column("gate", String(16), nullable=False),
    Column("stage", String(16), nullable=False),
    Column("ended", String(32)),  # how; null: open, or gone from the plan
    Column("gone", Integer, nullable=False),  # 1: the plan has no such item any longer
)
finding_count = Table(
    "finding_count",
    metadata,
    Column("run", String(32), ForeignKey("run.id"), primary_key=True),
    Column("rule", String(40), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("silenced", Integer, nullable=False),
)

# What trackers said, of each link the last time: of all plans, as it is the same for all of them.
link_seen = Table(
    "link_seen",
    metadata,
    Column("link", Text, primary_key=True),  # the same for all ways of writing it
    Column("asked", DateTime(timezone=True)),  # null: never answered
    Column("moved", DateTime(timezone=True)),
    Column("observation", Text),  # JSON; null: nothing is there
    Column("etag", Text),
    Column("modified", Text),
    Column("problem", Text),  # why it could not be asked the last time
    Column("in_history", Integer),
    Column("first_release", Text),
)
# The links that the messages of patches name, by the patch's content.
patch_link = Table(
    "patch_link",
    metadata,
    Column("content", String(64), primary_key=True),
    Column("link", Text, primary_key=True),
    Column("revision", Text),  # the patch set that it names
)

# What the tests of a check came to. Two runs that saw the same share one.
test_set = Table(
    "test_set",
    metadata,
    Column("id", String(64), primary_key=True),  # digest of its rows
)
test_tally = Table(
    "test_tally",
    metadata,
    Column("test_set", String(64), ForeignKey("test_set.id"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),  # by name, from 0
    Column("name", Text, nullable=False),
    Column("passed", Integer, nullable=False),  # repetitions
    Column("failed", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    Column("said", Text, nullable=False),
    Column("files", Text, nullable=False),  # JSON
)
# A check that was run on a track; the track is the target_name of its run, the commit the target.
check_run = Table(
    "check_run",
    metadata,
    Column("run", String(32), ForeignKey("run.id"), primary_key=True),
    Column("name", Text, nullable=False),
    Column("dirty", Integer, nullable=False),  # 1: the worktree had changes that are not in the commit
    Column("rule", String(16), nullable=False),
    Column("repetitions", Text, nullable=False),  # JSON
    Column("output", Text, nullable=False),
    Column("test_set", String(64), ForeignKey("test_set.id"), nullable=False),
)
