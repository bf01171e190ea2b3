"""Checks of tracks: what was run on which commit, and what each test came to."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables."""
    op.create_table("test_set", sa.Column("id", sa.String(64), nullable=False),
                    sa.PrimaryKeyConstraint("id", name="pk_test_set"))  # fmt: skip
    op.create_table(
        "test_tally",
        sa.Column("test_set", sa.String(64), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("test_set", "place", name="pk_test_tally"),
        sa.ForeignKeyConstraint(["test_set"], ["test_set.id"], name="fk_test_tally_test_set"),
    )
    op.create_table(
        "check_run",
        sa.Column("run", sa.String(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dirty", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(16), nullable=False),
        sa.Column("repetitions", sa.Text(), nullable=False),
        sa.Column("output", sa.Text(), nullable=False),
        sa.Column("test_set", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("run", name="pk_check_run"),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name="fk_check_run_run"),
        sa.ForeignKeyConstraint(["test_set"], ["test_set.id"], name="fk_check_run_test_set"),
    )
