"""What lies in the drop and was not taken yet; which files came in one bundle."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add a table and a column."""
    op.create_table(
        "drop_names",
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mtime", sa.BigInteger(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("gone", TIME),
        sa.Column("part_place", KEY),
        sa.Column("part_bytes", sa.BigInteger()),
        sa.Column("part_sha256", sa.Text()),
        sa.PrimaryKeyConstraint("name", name="pk_drop_names"),
    )
    op.add_column("files", sa.Column("bundle_id", sa.Integer()))
