"""Links: what trackers said of each, and which patches name them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "link_seen",
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("asked", sa.DateTime(timezone=True)),
        sa.Column("moved", sa.DateTime(timezone=True)),
        sa.Column("observation", sa.Text()),
        sa.Column("etag", sa.Text()),
        sa.Column("modified", sa.Text()),
        sa.Column("problem", sa.Text()),
        sa.Column("in_history", sa.Integer()),
        sa.Column("first_release", sa.Text()),
        sa.PrimaryKeyConstraint("link", name="pk_link_seen"),
    )
    op.create_table(
        "patch_link",
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text()),
        sa.PrimaryKeyConstraint("content", "link", name="pk_patch_link"),
    )
