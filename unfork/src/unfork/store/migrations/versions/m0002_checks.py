"""Checks: how items changed, and how often each rule spoke."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "item_change",
        sa.Column("run", sa.String(32), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("disposition", sa.String(32), nullable=False),
        sa.Column("gate", sa.String(16), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("ended", sa.String(32)),
        sa.Column("gone", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("run", "item", name="pk_item_change"),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name="fk_item_change_run"),
    )
    op.create_table(
        "finding_count",
        sa.Column("run", sa.String(32), nullable=False),
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("silenced", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("run", "rule", name="pk_finding_count"),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name="fk_finding_count_run"),
    )
