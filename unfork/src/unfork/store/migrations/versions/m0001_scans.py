"""Scans: runs, and the rows they saw."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table("snapshot", sa.Column("id", sa.String(64), nullable=False),
                    sa.PrimaryKeyConstraint("id", name="pk_snapshot"))  # fmt: skip
    op.create_table(
        "seen_patch",
        sa.Column("snapshot", sa.String(64), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("relation", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("advice", sa.String(16), nullable=False),
        sa.Column("advice_release", sa.Text()),
        sa.Column("first_release", sa.Text()),
        sa.Column("commits", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("snapshot", "place", name="pk_seen_patch"),
        sa.ForeignKeyConstraint(["snapshot"], ["snapshot.id"], name="fk_seen_patch_snapshot"),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unfork", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("upstream", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("target_name", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
        sa.ForeignKeyConstraint(["snapshot"], ["snapshot.id"], name="fk_run_snapshot"),
    )
    op.create_index("ix_run_plan_project_at", "run", ["plan", "project", "at"])
